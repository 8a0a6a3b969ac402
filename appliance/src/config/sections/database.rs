//! `[database]`: the bundled Postgres, or one of the site's.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Apply, Key};

/// Which Postgres holds the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Database {
    /// A file that holds the URL of an external Postgres; empty: the bundled one.
    pub url_file: PathBuf,
    /// Connections this process opens at most.
    pub connections_max: u32,
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "database.url-file",
        apply: Apply::Restart,
        about: "File (mode 0600) with the URL of an external Postgres 13 or newer; empty means the bundled one.",
        default: r#""""#,
    },
    Key {
        name: "database.connections-max",
        apply: Apply::Restart,
        about: "Connections to Postgres that this process opens at most.",
        default: "24",
    },
];
