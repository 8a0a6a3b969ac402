//! A site's life as a process: what is started in which order, what happens when a part fails,
//! and how it ends.
//!
//! The order: never as root (`user`), the data directory's lock, listeners (`listeners`, which
//! answer "starting" through the `gate`), the database and its schema (`database`), the parts
//! above it (`parts`), ready. The end runs the other way with a bound for each step (`run`).

mod certificates;
mod database;
mod gate;
mod license;
mod listeners;
mod mirror;
mod notify;
mod parts;
mod run;
mod telemetry;
mod user;

pub(crate) use certificates::issue as issue_certificate;
pub use database::{Database, Storage, storage};
pub use license::attach_license;
pub use run::{Serve, load_config, serve};
pub use user::leave_root;
