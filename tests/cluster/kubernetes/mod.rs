//! The `kubernetes` driver on a real cluster, with the rights its own account has and no others.

mod account;
mod refusals;
mod site;
mod workspace;

pub(crate) use account::{
    a_cluster_without_a_default_class_is_refused_before_anything_is_made,
    a_kubeconfig_of_the_account_itself_is_taken_as_it_is, a_kubeconfig_that_leads_nowhere_says_so,
    a_kubeconfig_without_rights_names_what_is_missing, removing_the_account_leaves_nothing_of_it,
};
pub(crate) use refusals::{
    a_cancelled_build_leaves_an_inventory_that_a_delete_clears,
    a_container_that_ends_is_told_with_its_last_words,
    a_missing_image_ends_the_build_with_the_nodes_reason,
    a_quota_ends_the_build_with_its_own_words,
    an_impossible_request_ends_with_the_schedulers_reason,
};
pub(crate) use workspace::{
    a_parameter_with_yaml_in_it_stays_a_text,
    a_workspace_starts_stops_and_starts_with_its_home_kept,
    deleting_removes_everything_even_what_no_inventory_knows,
};
