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

/// The harness's own. In the order they are told: each leaves the world as it found it.
const HARNESS: &[Story<World>] = &[
    Story::new("harness::a_planted_request_is_counted_and_nothing_else", {
        harness::a_planted_request_is_counted_and_nothing_else
    }),
    Story::new("harness::a_pod_with_a_volume_runs", harness::a_pod_with_a_volume_runs),
    Story::new("harness::what_a_pod_sends_outside_is_counted", {
        harness::what_a_pod_sends_outside_is_counted
    }),
];

/// The whole product, and at the end that nothing of a cluster is left behind.
const WHOLE: &[Story<World>] = &[
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
    runner::main(&[HARNESS, kubernetes::STORIES, WHOLE], World::create)
}
