//! The lines a build says while it runs.

use serde::{Deserialize, Serialize};

/// Where in a build a line was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Looking at what exists.
    Gather,
    /// Judging the template and the values.
    Validate,
    /// Working out what should exist.
    Build,
    /// Making it so.
    Apply,
    /// Waiting until it runs.
    Status,
}

impl Stage {
    /// The word shown before a line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gather => "gather",
            Self::Validate => "validate",
            Self::Build => "build",
            Self::Apply => "apply",
            Self::Status => "status",
        }
    }
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The course of things.
    Info,
    /// Something that may end the build or slow it.
    Warn,
    /// Something that ended it.
    Error,
}

/// Takes the lines of one build. It must not block: a driver says a line in the midst of work.
pub trait BuildLog: Send + Sync {
    /// One line, without line break and without secrets.
    fn line(&self, stage: Stage, level: Level, text: &str);
}
