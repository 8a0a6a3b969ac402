//! The site's own account on the cluster: what it may do, how it is made from an operator's
//! kubeconfig, and what has to be there before.
//!
//! The operator's kubeconfig is used once and not kept. What is kept is a kubeconfig that holds
//! nothing but the address, the authority and one account with the rights of [`rights`].

mod admin;
mod create;
mod discover;
mod kubeconfig;
mod remove;
mod rights;

pub use admin::Admin;
pub use create::create;
pub use discover::{Discovery, RightCheck, discover};
pub use kubeconfig::ClusterAccount;
pub use remove::{Keep, Leftover, ObjectRef, made, remove};
pub use rights::{ACCOUNT, rights};
