//! The messages of the control stream.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Manifest, Protocol};

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FromAgent {
    /// The first message.
    Hello(Hello),
    /// The agent lives.
    Heartbeat(Heartbeat),
    /// The workspace got further.
    Lifecycle(Lifecycle),
    /// Lines of the startup script and of the agent.
    Logs(LogBatch),
    /// Measured values.
    Metadata {
        /// One for each item that was due.
        values: Vec<MetadataValue>,
    },
    /// A message of a later minor.
    #[serde(other)]
    Unknown,
}

/// What the control plane says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FromServer {
    /// The answer to the hello; again whenever it changes.
    Manifest(Box<Manifest>),
    /// The agent cannot be served; it tries again, slowly.
    Refused {
        /// The error code, as in the API.
        code: String,
        /// What failed, in one line.
        message: String,
    },
    /// The control plane lives.
    Heartbeat(Heartbeat),
    /// All lines before this number are stored.
    LogsStored {
        /// The number of the next line that is awaited.
        next: u64,
    },
    /// A message of a later minor.
    #[serde(other)]
    Unknown,
}

/// Who dials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What the agent speaks.
    pub protocol: Protocol,
    /// The agent's release.
    pub version: String,
    /// Random, one for each life of the agent's process: tells a reconnection from a restart.
    pub instance: Uuid,
    /// The login name sessions run as, or the number of the user if it has none.
    pub user: String,
    /// Where sessions start by default.
    pub home: String,
    /// The operating system, as Rust names it.
    pub os: String,
    /// The processor architecture, as Rust names it.
    pub architecture: String,
    /// How far the workspace is.
    pub phase: Phase,
}

/// A sign of life, with what the agent counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Absent in the server's heartbeats.
    #[serde(default)]
    pub stats: Option<Stats>,
}

/// What an agent counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// SSH connections now open.
    pub ssh_connections: u32,
    /// Other streams now open.
    pub streams: u32,
    /// Bytes sent to clients since the agent started.
    pub sent_bytes: u64,
    /// Bytes received from clients since the agent started.
    pub received_bytes: u64,
}

/// How far a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The agent runs; the startup script has not begun.
    Created,
    /// The startup script runs.
    Starting,
    /// The startup script ended well, or there is none.
    Ready,
    /// The startup script takes longer than the template said; it goes on.
    StartTimeout,
    /// The startup script failed.
    StartError,
    /// The agent was told to end.
    ShuttingDown,
    /// A phase of a later minor.
    #[serde(other)]
    Unknown,
}

/// A workspace got to a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Where it is.
    pub phase: Phase,
    /// When it got there, by the workspace's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The exit code of the startup script, when it has ended.
    #[serde(default)]
    pub exit_code: Option<i32>,
}

/// Lines in order, without a gap between `first` and the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogBatch {
    /// The number of the first line in this agent instance, from 0. A batch that was sent before
    /// is sent again until [`FromServer::LogsStored`] covers it: the server skips what it has.
    pub first: u64,
    /// The lines.
    pub lines: Vec<LogLine>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was read, by the workspace's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who wrote it.
    pub source: LogSource,
    /// The text, without its line end, at most [`super::LOG_LINE_BYTES_MAX`] bytes.
    pub text: String,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogSource {
    /// The agent itself.
    Agent,
    /// The startup script's standard output.
    StartupOut,
    /// The startup script's standard error.
    StartupErr,
    /// A source of a later minor.
    #[serde(other)]
    Unknown,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataValue {
    /// The item's key.
    pub key: String,
    /// When it was measured, by the workspace's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What the script printed, trimmed; empty if it failed.
    pub value: String,
    /// Why there is no value; empty if there is one.
    #[serde(default)]
    pub error: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_phases_of_a_later_minor_are_skipped() {
        let message: FromAgent =
            serde_json::from_str(r#"{"kind":"dream","of":"sheep"}"#).expect("is skipped");
        assert_eq!(message, FromAgent::Unknown);
        let lifecycle = r#"{"kind":"lifecycle","phase":"hibernating","at":"2030-01-01T00:00:00Z"}"#;
        let message: FromAgent = serde_json::from_str(lifecycle).expect("the phase is unknown");
        let FromAgent::Lifecycle(lifecycle) = message else {
            panic!("not a lifecycle: {message:?}")
        };
        assert_eq!(lifecycle.phase, Phase::Unknown);
    }
}
