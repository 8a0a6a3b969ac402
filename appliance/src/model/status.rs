//! Where jobs, workspaces and agents are. A workspace's status is computed, never stored.

use super::Transition;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// It waits for a worker.
    Pending,
    /// A worker has it.
    Running,
    /// It was asked to stop and has not yet.
    Canceling,
    /// It did what it was for.
    Succeeded,
    /// It was stopped.
    Canceled,
    /// It could not, and will not be tried again.
    Failed,
}

impl JobStatus {
    /// The word of the tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Canceling => "canceling",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
            Self::Failed => "failed",
        }
    }

    /// The status of this word.
    pub fn parse(word: &str) -> Option<Self> {
        const ALL: [JobStatus; 6] = [
            JobStatus::Pending,
            JobStatus::Running,
            JobStatus::Canceling,
            JobStatus::Succeeded,
            JobStatus::Canceled,
            JobStatus::Failed,
        ];
        ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing more will happen.
    pub fn ended(self) -> bool {
        match self {
            Self::Pending | Self::Running | Self::Canceling => false,
            Self::Succeeded | Self::Canceled | Self::Failed => true,
        }
    }
}

/// What a workspace is at this moment, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceStatus {
    /// A start waits for a worker.
    Pending,
    /// A start is under way.
    Starting,
    /// The last start succeeded.
    Running,
    /// A stop waits or is under way.
    Stopping,
    /// The last stop succeeded.
    Stopped,
    /// A delete waits or is under way.
    Deleting,
    /// It is gone.
    Deleted,
    /// The latest build was asked to stop and has not yet.
    Canceling,
    /// The latest build was stopped.
    Canceled,
    /// The latest build failed.
    Failed,
}

impl WorkspaceStatus {
    /// The status that follows from the latest build.
    pub fn of(transition: Transition, job: JobStatus) -> Self {
        match (transition, job) {
            (_, JobStatus::Canceling) => Self::Canceling,
            (_, JobStatus::Canceled) => Self::Canceled,
            (_, JobStatus::Failed) => Self::Failed,
            (Transition::Start, JobStatus::Pending) => Self::Pending,
            (Transition::Start, JobStatus::Running) => Self::Starting,
            (Transition::Start, JobStatus::Succeeded) => Self::Running,
            (Transition::Stop, JobStatus::Pending | JobStatus::Running) => Self::Stopping,
            (Transition::Stop, JobStatus::Succeeded) => Self::Stopped,
            (Transition::Delete, JobStatus::Pending | JobStatus::Running) => Self::Deleting,
            (Transition::Delete, JobStatus::Succeeded) => Self::Deleted,
        }
    }
}

/// Whether an agent can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// It has not come yet.
    Connecting,
    /// It can be reached.
    Connected,
    /// It was connected and is not now.
    Disconnected,
    /// It did not come in the time it had.
    Timeout,
}

impl AgentState {
    /// The word of the tables and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Timeout => "timeout",
        }
    }

    /// The state of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Connecting, Self::Connected, Self::Disconnected, Self::Timeout]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back() {
        for word in ["pending", "running", "canceling", "succeeded", "canceled", "failed"] {
            assert_eq!(JobStatus::parse(word).map(JobStatus::as_str), Some(word));
        }
        for word in ["connecting", "connected", "disconnected", "timeout"] {
            assert_eq!(AgentState::parse(word).map(AgentState::as_str), Some(word));
        }
        assert_eq!(JobStatus::parse("lost"), None);
    }

    #[test]
    fn a_failed_build_is_a_failed_workspace_whatever_it_was_for() {
        for transition in [Transition::Start, Transition::Stop, Transition::Delete] {
            let status = WorkspaceStatus::of(transition, JobStatus::Failed);
            assert_eq!(status, WorkspaceStatus::Failed);
        }
        let status = WorkspaceStatus::of(Transition::Start, JobStatus::Succeeded);
        assert_eq!(status, WorkspaceStatus::Running);
    }
}
