//! Gates: how a test holds a scripted build at a point and lets it go.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// Named gates, closed until opened. Clones share them.
#[derive(Debug, Clone)]
pub struct Gates {
    open: Arc<watch::Sender<BTreeSet<String>>>,
    arrived: Arc<watch::Sender<BTreeSet<String>>>,
}

impl Default for Gates {
    fn default() -> Self {
        let set = || Arc::new(watch::Sender::new(BTreeSet::new()));
        Self { open: set(), arrived: set() }
    }
}

impl Gates {
    /// Opens a gate for good.
    pub fn open(&self, name: &str) {
        self.open.send_modify(|open| {
            open.insert(name.into());
        });
    }

    /// Waits until a build stands at this gate, or has stood there.
    pub async fn reached(&self, name: &str) {
        wait_for(&self.arrived, name).await;
    }

    /// A build arrives and waits until the gate is open.
    pub(super) async fn passed(&self, name: &str) {
        self.arrived.send_modify(|arrived| {
            arrived.insert(name.into());
        });
        wait_for(&self.open, name).await;
    }
}

async fn wait_for(set: &watch::Sender<BTreeSet<String>>, name: &str) {
    // The sender is borrowed for the whole wait, so the channel cannot close.
    let _closed = set.subscribe().wait_for(|names| names.contains(name)).await.is_err();
}
