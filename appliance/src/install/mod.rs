//! `atoll install`: from a fresh host to a healthy site, in steps that can be repeated.
//!
//! Two halves. The host's half (`host`, `account`, `program`, `unit`) runs as whoever typed the
//! command and changes the machine; under root that is a user, folders, a program and a service.
//! The site's half (`setup` and its `steps`) runs as the site's own user and never as root: in
//! this process, or under root in a child that is handed everything through a pipe (`child`).
//!
//! Every step looks first and acts only where something is missing, and everything made outside
//! the data directory is recorded before it is made (`record`): a run that was killed anywhere is
//! continued by the same command, and taken back by `atoll uninstall`.

mod account;
mod administrator;
mod child;
mod cluster;
mod content;
mod event;
mod host;
mod program;
mod record;
mod request;
mod route;
mod run;
mod setup;
mod steps;
mod summary;
mod unit;

pub use child::serve_parent;
pub use event::{Event, Observer};
pub use record::{Made, Record};
pub use request::{Request, Service};
pub use run::{Installed, Prepared, Started, install, preflight};
pub use summary::Summary;

pub(crate) use account::remove as remove_account;
pub(crate) use unit::remove as remove_unit;
