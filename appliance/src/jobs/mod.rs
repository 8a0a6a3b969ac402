//! What each job does: reads what it is about, lets a driver work, writes what came of it.
//!
//! Every step bears repeating, and no transaction is held while a driver works. Nothing here knows
//! HTTP or the terminal.

mod bundle_import;
mod closure;
mod log;
mod template_import;
mod workshop;
mod workspace_build;

pub use closure::{AnyImage, Images};
pub use workshop::{Workshop, spawn};
