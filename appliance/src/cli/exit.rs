//! The exit codes, documented in `docs/generated/cli.md`: scripts and monitors rely on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success = 0,
    /// It could not, for the reason printed.
    Failure = 1,
    /// The command line was not understood.
    Usage = 2,
    /// `atoll status`: something needs attention soon.
    Warning = 3,
    /// `atoll status`: something is broken now.
    Critical = 4,
    /// The same command may succeed later: the server is away, busy or the wait ran out.
    Retry = 75,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
