//! Bundles at the site: the verdict, and from a bundle to a pack of the mirror.
//!
//! Knows the bundle format, the mirror's store and the site's database. Knows no terminal.

mod open;
mod refusal;

pub use open::{Opened, open};
pub use refusal::{copy_problem, front_problem};
