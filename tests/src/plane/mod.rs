//! A control plane in this process: real Postgres, real sockets, the scripted driver, and a clock
//! that tests move.

mod api;
mod running;
mod template;

pub use api::{Answer, Api, Events};
pub use running::{Missing, ORIGIN, PASSWORD, Plane};
pub use template::Template;
