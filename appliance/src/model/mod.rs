//! The words of the control plane as types: names, roles, parameters, transitions, statuses.
//!
//! Everything here is a pure function of its arguments. It refuses to know time, I/O, the forms
//! of the wire and of the tables, and every other room of the crate.

pub mod log;
pub mod name;
pub mod parameter;
mod status;
mod transition;
mod user;

pub use name::{NameError, TemplateName, TokenName, UserName, WorkspaceName};
pub use status::{AgentState, JobStatus, WorkspaceStatus};
pub use transition::Transition;
pub use user::{Role, UserStatus};
