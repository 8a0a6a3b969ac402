//! The socket in the workspace through which programs reach the client's own SSH agent.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use russh::server::Handle;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::forward::carry;
use super::inbox::Backlog;

/// A socket only the user can reach; it goes with the session that asked for it.
#[derive(Debug)]
pub(super) struct AuthSocket {
    directory: PathBuf,
    path: PathBuf,
    task: JoinHandle<()>,
}

impl AuthSocket {
    /// Makes the socket; `None` in an image without a place for it.
    pub(super) fn new(handle: Handle) -> Option<Self> {
        let directory =
            std::env::temp_dir().join(format!("atoll-auth-{:016x}", rand::random::<u64>()));
        std::fs::DirBuilder::new().mode(0o700).create(&directory).ok()?;
        let path = directory.join("socket");
        let Ok(listener) = UnixListener::bind(&path) else {
            // What was just made is empty.
            drop(std::fs::remove_dir(&directory));
            return None;
        };
        let task = tokio::spawn(accept(listener, handle));
        Some(Self { directory, path, task })
    }

    /// For `SSH_AUTH_SOCK`.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for AuthSocket {
    fn drop(&mut self) {
        self.task.abort();
        // The user may have removed them.
        drop(std::fs::remove_file(&self.path));
        drop(std::fs::remove_dir(&self.directory));
    }
}

async fn accept(listener: UnixListener, handle: Handle) {
    while let Ok((stream, _)) = listener.accept().await {
        let handle = handle.clone();
        tokio::spawn(async move {
            if let Ok(channel) = handle.channel_open_agent().await {
                carry(channel, stream, &Backlog::default()).await;
            }
        });
    }
}
