//! What leaves the process when something fails: a code, a message, its cause and a remedy.
//!
//! A library error says which operation failed on which object. Where it is handled it becomes a
//! [`Problem`], which adds what the operator can do about it without a network. Nothing here
//! knows HTTP or the terminal; `http` and `cli` each render a problem in their own form.

pub mod codes;
pub mod license;
mod problem;

pub use codes::Code;
pub use problem::{Outcome, Problem};
