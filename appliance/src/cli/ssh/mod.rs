//! `atoll ssh`: a shell, a command or a bare line in a workspace.
//!
//! SSH runs between this program and the agent; the server in between passes bytes. The host key
//! comes from the server's API, so that nobody is asked to believe a fingerprint.

mod command;
mod connect;
mod escape;
pub(super) mod forward;
mod session;
pub(super) mod setup;
mod setup_files;
mod stdin;
mod stdio;
mod terminal;
mod tunnel;

pub(super) use command::Options;

use super::Exit;
use crate::error::Problem;

/// What OpenSSH's client ends with when the connection fails: scripts tell it from the exit codes
/// of what they ran.
const FAILED: Exit = Exit::Command(255);

/// A failure of the connection in the words of the library that met it.
fn broken(
    code: &'static crate::error::Code,
    message: &str,
    error: &(dyn std::error::Error + 'static),
) -> Problem {
    Problem::new(code, message).because(error)
}
