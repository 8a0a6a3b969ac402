//! What an installation made, in `install.json`: written before each thing is made, so that a
//! kill at any moment leaves a record of everything that may exist.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::Outcome;
use crate::site::{Layout, Mode, SiteError, write_durably};

const FORMAT: u32 = 1;
/// A record lists tens of things.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// One thing that exists because of the installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Made {
    /// A folder that was not there.
    Directory {
        /// Where.
        path: PathBuf,
    },
    /// A system user with its group.
    User {
        /// Its name.
        name: String,
    },
    /// A file outside the data directory.
    File {
        /// Where.
        path: PathBuf,
    },
    /// A systemd service.
    Service {
        /// The unit's file.
        path: PathBuf,
    },
    /// The site's account and namespace on a cluster.
    Cluster {
        /// The API server.
        server: String,
        /// The namespace of workspaces.
        namespace: String,
        /// What was made, each as kind and name.
        objects: Vec<String>,
    },
}

/// The record of one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    format: u32,
    /// The release that installed.
    pub release: String,
    /// Everything made, in the order it was made.
    pub made: Vec<Made>,
    /// Whether the last step was reached.
    pub completed: bool,
}

impl Default for Record {
    fn default() -> Self {
        let release = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, release, made: Vec::new(), completed: false }
    }
}

impl Record {
    /// The record of this data directory; nothing where no installation began.
    pub fn load(layout: &Layout) -> Outcome<Option<Self>> {
        let path = layout.install_record();
        let damaged = |what: String| SiteError::Damaged { path: path.clone(), what };
        let text = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SiteError::Read { path, source }.into()),
            Ok(meta) if meta.len() > FILE_BYTES_MAX => {
                return Err(damaged(format!("{} bytes long", meta.len())).into());
            }
            Ok(_) => fs::read_to_string(&path)
                .map_err(|source| SiteError::Read { path: path.clone(), source })?,
        };
        let record: Self = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
        if record.format != FORMAT {
            return Err(damaged(format!("format {} is not known", record.format)).into());
        }
        Ok(Some(record))
    }

    /// Writes it.
    pub fn save(&self, layout: &Layout) -> Outcome<()> {
        let text = serde_json::to_string_pretty(self).expect("plain fields are always JSON");
        Ok(write_durably(&layout.install_record(), text.as_bytes(), Mode::Public)?)
    }

    /// Adds something about to be made, on disk before this returns.
    pub fn note(layout: &Layout, made: Made) -> Outcome<()> {
        let mut record = Self::load(layout)?.unwrap_or_default();
        if record.made.contains(&made) {
            return Ok(());
        }
        record.made.push(made);
        record.save(layout)
    }

    /// Whether the installation made this.
    pub fn has(&self, made: &Made) -> bool {
        self.made.contains(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_twice_stands_once_and_survives_reading_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout::new(dir.path());
        assert_eq!(Record::load(&layout).expect("nothing"), None);
        let made = || Made::User { name: "atoll".into() };
        Record::note(&layout, made()).expect("noted");
        Record::note(&layout, made()).expect("noted");
        let record = Record::load(&layout).expect("reads").expect("is there");
        assert_eq!(record.made, [made()]);
        assert!(!record.completed);
    }
}
