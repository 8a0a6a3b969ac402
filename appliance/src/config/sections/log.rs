//! `[log]`: what the server writes to stderr.

use serde::{Deserialize, Serialize};

use crate::config::{Apply, Key};

/// What is written to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Log {
    /// A filter such as `info` or `info,atoll_mirror=debug`.
    pub level: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "log.level",
        apply: Apply::Restart,
        about: "Filter of log lines: `error`, `warn`, `info`, `debug`, `trace`, also by module: `info,atoll_mirror=debug`.",
        default: r#""info""#,
    },
    Key {
        name: "log.format",
        apply: Apply::Restart,
        about: "Form of a log line: `text` or `json`.",
        default: r#""text""#,
    },
];
