//! Drivers: what turns a template and a workspace into running things.
//!
//! Read `driver` first. A driver is handed everything it needs in a request and gives back an
//! inventory of what it made; it knows neither the database nor HTTP, and it keeps no state of
//! its own between builds.

mod driver;
pub mod echo;
mod error;
mod files;
pub mod kube;
mod log;
mod outcome;
mod request;
pub mod template;

pub use driver::{Driver, DriverKind};
pub use error::{BuildError, ParseError};
pub use files::{ARCHIVE_BYTES_MAX, FilesError, TemplateFiles};
pub use log::{BuildLog, Level, Stage};
pub use outcome::{BuildOutcome, Inventory, Resource};
pub use request::{AgentGrant, BuildRequest, ServerAccess, WorkspaceIdentity};

pub use crate::model::Transition;
