//! The reference pages of `docs/generated`: made from the program, fresh or the test fails.

mod cli;
mod config;
mod crypto;
mod errors;
mod openapi;
mod ports;
