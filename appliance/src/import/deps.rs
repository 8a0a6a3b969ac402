//! What an import works with, what is asked of it, and what it says.

use std::path::PathBuf;
use std::sync::Arc;

use atoll_mirror::Store;
use atoll_signing::{Keyring, SigningKey};

use super::Mode;
use crate::app::{App, Caller};
use crate::error::Outcome;
use crate::site::Layout;
use crate::trust;

/// What an import works with.
#[derive(Clone)]
pub struct Deps {
    /// Use cases and the database.
    pub app: App,
    /// In whose name: an owner.
    pub caller: Caller,
    /// The mirror's store.
    pub store: Store,
    /// Whom the site trusts.
    pub keyring: Keyring,
    /// The site's own key, which signs receipts.
    pub site_key: Arc<SigningKey>,
    /// Where receipts go.
    pub receipts: PathBuf,
}

impl std::fmt::Debug for Deps {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Deps")
    }
}

/// What the imports of one site work with, whoever asks. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    /// Use cases and the database.
    pub app: App,
    /// The mirror's store.
    pub store: Store,
    /// The site's own key.
    pub site_key: Arc<SigningKey>,
    /// The data directory: the keyring is read anew for each import.
    pub layout: Layout,
}

impl Site {
    /// What an import in this caller's name works with.
    pub fn deps(&self, caller: Caller) -> Outcome<Deps> {
        Ok(Deps {
            app: self.app.clone(),
            caller,
            store: self.store.clone(),
            keyring: trust::load(self.layout.root())?,
            site_key: Arc::clone(&self.site_key),
            receipts: self.layout.receipts(),
        })
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Site")
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The bundle.
    pub path: PathBuf,
    /// Whether tags and templates are to be moved.
    pub mode: Mode,
}

/// What an import says while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Reading and writing.
    Copying {
        /// Bytes of the bundle dealt with.
        done: u64,
        /// Bytes of the bundle.
        total: u64,
    },
    /// Something a person wants to know.
    Note(String),
}

/// Who hears of it.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;
