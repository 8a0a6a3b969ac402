//! How a process ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitKind {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal { number: i32, core_dumped: bool },
}

impl From<ExitStatus> for ExitKind {
    fn from(status: ExitStatus) -> Self {
        match status.code() {
            Some(code) => Self::Code(code),
            None => Self::Signal {
                number: status.signal().unwrap_or(0),
                core_dumped: status.core_dumped(),
            },
        }
    }
}

impl ExitKind {
    /// As a shell would say it in `$?`.
    pub(crate) fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal { number, .. } => 128 + number,
        }
    }
}

impl std::fmt::Display for ExitKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "exit code {code}"),
            Self::Signal { number, .. } => write!(formatter, "signal {number}"),
        }
    }
}
