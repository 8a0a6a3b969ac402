//! Bundles at the site: the verdict, and from a bundle to a pack of the mirror.
//!
//! Read in this order: `open` (the front), `plan` (what would be done, decided without acting),
//! `run` (doing it). Nothing is visible before one transaction has made everything visible. Knows
//! the bundle format, the mirror's store and the site's database. Knows no terminal and no HTTP.

mod content;
mod deps;
mod facts;
mod open;
mod plan;
mod receipt;
mod refusal;
mod revoke;
mod run;
mod sink;
mod templates;

pub use deps::{Deps, Event, Observer, Request, Site};
pub use facts::{Prepared, prepare};
pub use open::{Opened, open};
pub use plan::{Mode, Plan, Standing};
pub use receipt::Receipt;
pub use refusal::{copy_problem, front_problem};
pub use run::{Imported, run};
