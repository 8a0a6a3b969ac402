//! The `kubernetes` driver on a real cluster, with the rights its own account has and no others.

mod account;
mod refusals;
mod site;
mod workspace;

use crate::runner::Story;
use crate::world::World;

macro_rules! stories {
    ($($room:ident::$name:ident,)*) => {
        &[$(Story::new(concat!("kubernetes::", stringify!($name)), $room::$name),)*]
    };
}

/// The account goes last: the others make it when it is not there.
pub(crate) const STORIES: &[Story<World>] = stories![
    workspace::a_workspace_starts_stops_and_starts_with_its_home_kept,
    workspace::deleting_removes_everything_even_what_no_inventory_knows,
    workspace::a_parameter_with_yaml_in_it_stays_a_text,
    refusals::a_missing_image_ends_the_build_with_the_nodes_reason,
    refusals::an_impossible_request_ends_with_the_schedulers_reason,
    refusals::a_container_that_ends_is_told_with_its_last_words,
    refusals::a_quota_ends_the_build_with_its_own_words,
    refusals::a_cancelled_build_leaves_an_inventory_that_a_delete_clears,
    account::a_kubeconfig_without_rights_names_what_is_missing,
    account::a_kubeconfig_that_leads_nowhere_says_so,
    account::a_cluster_without_a_default_class_is_refused_before_anything_is_made,
    account::a_kubeconfig_of_the_account_itself_is_taken_as_it_is,
    account::removing_the_account_leaves_nothing_of_it,
];
