//! The one connection to the server: dialling, its streams, and what is said on the first of them.

mod control;
mod dial;
mod error;
mod frames;
mod serve;
mod socket;
mod tls;

pub(crate) use dial::dial;
pub(crate) use error::LinkError;
pub(crate) use serve::serve;
