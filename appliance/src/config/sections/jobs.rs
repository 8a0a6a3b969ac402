//! `[jobs]`: work that takes time.

use serde::{Deserialize, Serialize};

use crate::config::{Apply, Key};

/// How much work runs at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Jobs {
    /// Jobs this process works on at once.
    pub workers: u16,
    /// Longest build of a workspace, in seconds.
    pub build_timeout_seconds: u32,
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "jobs.workers",
        apply: Apply::Restart,
        about: "Jobs (builds, imports) this process works on at once.",
        default: "16",
    },
    Key {
        name: "jobs.build-timeout-seconds",
        apply: Apply::Restart,
        about: "Longest time a build of a workspace may take before it is failed.",
        default: "1800",
    },
];
