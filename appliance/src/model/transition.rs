//! What a build brings about.

use serde::{Deserialize, Serialize};

/// Where a build takes its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transition {
    /// Running.
    Start,
    /// Not running, data kept.
    Stop,
    /// Gone, data included.
    Delete,
}

impl Transition {
    /// The word of templates, the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Delete => "delete",
        }
    }

    /// The transition of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Start, Self::Stop, Self::Delete].into_iter().find(|t| t.as_str() == word)
    }
}
