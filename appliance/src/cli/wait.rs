//! How long a command stays after what it asked for has begun.

use std::time::Duration;

use tokio::time::Instant;

/// What a command waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Until {
    /// Return at once
    None,
    /// Follow the build to its end
    Build,
    /// Also wait until the workspace's agent is connected
    Agent,
}

/// `--wait` and `--timeout`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Wait {
    /// What to wait for
    #[arg(long, value_enum, default_value_t = Until::Agent, value_name = "WHAT")]
    pub(super) wait: Until,
    /// How long to wait at most, in seconds; what was begun goes on after that
    #[arg(long, default_value_t = 1800, value_name = "SECONDS")]
    pub(super) timeout: u32,
}

impl Wait {
    /// When the patience ends.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.timeout.into())
    }
}
