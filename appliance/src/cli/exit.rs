//! The exit codes, documented in `docs/generated/cli.md`: scripts and monitors rely on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Success,
    /// It could not, for the reason printed.
    Failure,
    /// The command line was not understood.
    Usage,
    /// `atoll status`: something needs attention soon.
    Warning,
    /// `atoll status`: something is broken now.
    Critical,
    /// The same command may succeed later: the server is away, busy or the wait ran out.
    Retry,
    /// `atoll ssh`: what the command over there ended with, 255 if it could not be reached.
    Command(u8),
}

impl Exit {
    /// What the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Warning => 3,
            Self::Critical => 4,
            Self::Retry => 75,
            Self::Command(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
