//! The license: taking one up, saying where the site stands, and asking before a seat is taken.
//!
//! Whether a license is good and what it allows is decided in `atoll-licensing`, which is pure;
//! here its inputs are gathered from the database and from what the server observes.

mod activate;
mod revocations;
mod seats;
mod stand;
mod surroundings;
mod time_mark;
mod words;

pub use activate::{activate, request, status};
pub use seats::{may_create_user, may_create_workspace};
pub use stand::standing;
pub use surroundings::Surroundings;
pub use time_mark::{TimeMark, keep_time};
