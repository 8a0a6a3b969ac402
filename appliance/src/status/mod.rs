//! `atoll status`: whether the site is well, also when its server is down.
//!
//! `facts` reads and decides nothing; `judge` decides and reads nothing.

mod facts;
mod judge;

pub use facts::{Facts, Readiness, gather};
pub use judge::{Health, Line, judge};
