//! `atoll uninstall`: lists and removes what the installation made, on the host and in the
//! cluster. Data and claims stay unless the operator says otherwise.

mod plan;
mod run;

pub use plan::{Claims, Item, Plan, Scope, plan};
pub use run::uninstall;
