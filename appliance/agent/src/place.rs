//! What the agent knows of the workspace it runs in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use atoll_wire::agent::{Manifest, Stats};
use tokio::sync::watch;
use uuid::Uuid;

use crate::reports::Reports;
use crate::users::User;

/// One for the life of the process, shared by every connection and session.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) user: User,
    /// Tells the server a reconnection from a restart.
    pub(crate) instance: Uuid,
    pub(crate) reports: Reports,
    pub(crate) counters: Counters,
    manifest: watch::Sender<Option<Arc<Manifest>>>,
}

/// What the agent counts.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) ssh_connections: AtomicU32,
    pub(crate) streams: AtomicU32,
    pub(crate) sent_bytes: AtomicU64,
    pub(crate) received_bytes: AtomicU64,
}

/// Counts one more of something until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted<'a>(&'a AtomicU32);

impl Place {
    pub(crate) fn new(user: User, instance: Uuid) -> Self {
        let (manifest, _) = watch::channel(None);
        Self { user, instance, reports: Reports::new(), counters: Counters::default(), manifest }
    }

    /// The manifest, once there is one.
    pub(crate) fn manifest(&self) -> Option<Arc<Manifest>> {
        self.manifest.borrow().clone()
    }

    /// Follows the manifest.
    pub(crate) fn manifests(&self) -> watch::Receiver<Option<Arc<Manifest>>> {
        self.manifest.subscribe()
    }

    /// Replaces the manifest; those who follow it hear only of a change.
    pub(crate) fn set_manifest(&self, manifest: Manifest) {
        self.manifest.send_if_modified(|current| {
            let changed = current.as_deref() != Some(&manifest);
            if changed {
                *current = Some(Arc::new(manifest));
            }
            changed
        });
    }

    /// Where sessions start: the template's directory, the home directory, or the root, whichever
    /// exists first.
    pub(crate) fn directory(&self) -> PathBuf {
        let wanted = self.manifest().and_then(|manifest| manifest.directory.clone());
        let wanted = wanted.map(|text| self.expand(&text));
        let candidates = wanted.into_iter().chain([self.user.home.clone()]);
        candidates.into_iter().find(|path| path.is_dir()).unwrap_or_else(|| PathBuf::from("/"))
    }

    fn expand(&self, text: &str) -> PathBuf {
        for prefix in ["~", "$HOME", "${HOME}"] {
            if let Some(rest) = text.strip_prefix(prefix)
                && (rest.is_empty() || rest.starts_with('/'))
            {
                return self.user.home.join(rest.trim_start_matches('/'));
            }
        }
        self.user.home.join(Path::new(text))
    }
}

impl Counters {
    /// What is counted now.
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            ssh_connections: self.ssh_connections.load(Ordering::Relaxed),
            streams: self.streams.load(Ordering::Relaxed),
            sent_bytes: self.sent_bytes.load(Ordering::Relaxed),
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
        }
    }
}

impl<'a> Counted<'a> {
    pub(crate) fn new(counter: &'a AtomicU32) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
