//! The stories on a real cluster: one cluster for all of them, told in order, ended afterwards.
//!
//! Takes the usual arguments of a test binary: words that choose stories by name, `--list`.

mod delivered;
mod harness;
mod inside;
mod kubernetes;
mod runner;
mod whole;
mod world;

use runner::Story;
use world::World;

/// In the order they are told: each leaves the world as it found it.
const STORIES: &[Story<World>] = &[
    Story::new("harness::a_planted_request_is_counted_and_nothing_else", {
        harness::a_planted_request_is_counted_and_nothing_else
    }),
    Story::new("harness::a_pod_with_a_volume_runs", harness::a_pod_with_a_volume_runs),
    Story::new("harness::what_a_pod_sends_outside_is_counted", {
        harness::what_a_pod_sends_outside_is_counted
    }),
    Story::new(
        "kubernetes::a_workspace_starts_stops_and_starts_with_its_home_kept",
        kubernetes::a_workspace_starts_stops_and_starts_with_its_home_kept,
    ),
    Story::new(
        "kubernetes::deleting_removes_everything_even_what_no_inventory_knows",
        kubernetes::deleting_removes_everything_even_what_no_inventory_knows,
    ),
    Story::new(
        "kubernetes::a_parameter_with_yaml_in_it_stays_a_text",
        kubernetes::a_parameter_with_yaml_in_it_stays_a_text,
    ),
    Story::new(
        "kubernetes::a_missing_image_ends_the_build_with_the_nodes_reason",
        kubernetes::a_missing_image_ends_the_build_with_the_nodes_reason,
    ),
    Story::new(
        "kubernetes::an_impossible_request_ends_with_the_schedulers_reason",
        kubernetes::an_impossible_request_ends_with_the_schedulers_reason,
    ),
    Story::new(
        "kubernetes::a_container_that_ends_is_told_with_its_last_words",
        kubernetes::a_container_that_ends_is_told_with_its_last_words,
    ),
    Story::new(
        "kubernetes::a_quota_ends_the_build_with_its_own_words",
        kubernetes::a_quota_ends_the_build_with_its_own_words,
    ),
    Story::new(
        "kubernetes::a_cancelled_build_leaves_an_inventory_that_a_delete_clears",
        kubernetes::a_cancelled_build_leaves_an_inventory_that_a_delete_clears,
    ),
    Story::new(
        "kubernetes::a_kubeconfig_without_rights_names_what_is_missing",
        kubernetes::a_kubeconfig_without_rights_names_what_is_missing,
    ),
    Story::new(
        "kubernetes::a_kubeconfig_that_leads_nowhere_says_so",
        kubernetes::a_kubeconfig_that_leads_nowhere_says_so,
    ),
    Story::new(
        "kubernetes::a_cluster_without_a_default_class_is_refused_before_anything_is_made",
        kubernetes::a_cluster_without_a_default_class_is_refused_before_anything_is_made,
    ),
    Story::new(
        "kubernetes::a_kubeconfig_of_the_account_itself_is_taken_as_it_is",
        kubernetes::a_kubeconfig_of_the_account_itself_is_taken_as_it_is,
    ),
    Story::new(
        "kubernetes::removing_the_account_leaves_nothing_of_it",
        kubernetes::removing_the_account_leaves_nothing_of_it,
    ),
    Story::new(
        "whole::one_command_installs_a_healthy_site",
        whole::one_command_installs_a_healthy_site,
    ),
    Story::new(
        "whole::a_node_pulls_by_the_original_name",
        whole::a_node_pulls_by_the_original_name,
    ),
    Story::new(
        "whole::a_workspace_from_create_to_delete",
        whole::a_workspace_from_create_to_delete,
    ),
    Story::new(
        "whole::a_killed_appliance_comes_back_to_a_running_workspace",
        whole::a_killed_appliance_comes_back_to_a_running_workspace,
    ),
    Story::new("whole::a_purge_leaves_nothing", whole::a_purge_leaves_nothing),
    Story::new("harness::a_second_cluster_leaves_nothing_behind", {
        harness::a_second_cluster_leaves_nothing_behind
    }),
];

fn main() -> std::process::ExitCode {
    runner::main(STORIES, World::create)
}
