//! The data directory: what lies where, whose it is, who may write to it, and the site's identity.
//!
//! Knows files and keys; no database, no network. Whatever runs on a site starts here.

pub mod cluster;
mod durable;
mod error;
mod identity;
mod layout;
mod lock;
mod state;

pub use durable::{Mode, write as write_durably};
pub use error::SiteError;
pub use identity::Identity;
pub use layout::Layout;
pub use lock::Lock;
pub use state::{FORMAT, Marker, State};
