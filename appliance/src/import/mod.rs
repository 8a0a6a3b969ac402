//! Bundles at the site: the verdict, and from a bundle to a pack of the mirror.
//!
//! Read in this order: `open` (the front), `plan` (what would be done, decided without acting),
//! `run` (doing it). Nothing is visible before one transaction has made everything visible. Knows
//! the bundle format, the mirror's store and the site's database. Knows no terminal and no HTTP.

mod content;
mod facts;
mod open;
mod plan;
mod receipt;
mod refusal;
mod revoke;
mod run;
mod sink;
mod templates;

pub use facts::{Prepared, prepare};
pub use open::{Opened, open};
pub use plan::{Mode, Plan, Standing};
pub use receipt::Receipt;
pub use refusal::{copy_problem, front_problem};
pub use run::{Imported, run};

use std::path::PathBuf;
use std::sync::Arc;

use atoll_mirror::Store;
use atoll_signing::{Keyring, SigningKey};

use crate::app::{App, Caller};

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
