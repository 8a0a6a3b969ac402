//! What the agent starts: commands of the workspace's user, with or without a terminal.

mod environment;
mod exit;
mod pty;
mod terminal;

pub(crate) use environment::{command, shell_command};
pub(crate) use exit::ExitKind;
pub(crate) use pty::{Pty, Size};
pub(crate) use terminal::Modes;
