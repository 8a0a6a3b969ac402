//! The way of one delivery, from the release engineer to the developer, each act a command of the
//! distributed program. The demo walks it and the cluster stories watch it.
//!
//! It knows the program by its command line only, never by its code.

mod admin;
mod atoll;
mod delivery;
mod release;
mod site;

pub use atoll::Atoll;
pub use delivery::distributed;
pub use release::{Maker, Recipe};
pub use site::{Install, Site};
