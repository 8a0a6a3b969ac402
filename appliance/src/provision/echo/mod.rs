//! A scripted driver: the template says what a build logs, makes, waits for and how it fails.
//!
//! It lets everything around a driver be tested without a cluster. A template for it is a
//! `template.toml` with `driver = "echo"` and an `echo.toml` (see [`Script`]).

mod driver;
mod gates;
mod script;

pub use driver::EchoDriver;
pub use gates::Gates;
pub use script::{SCRIPT, Script};

#[cfg(test)]
mod tests;
