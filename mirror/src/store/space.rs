//! How much room the disk under the store has.

use super::Store;
use super::error::{StoreError, blocking, file};

/// Room on the store's file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Usable by this process.
    pub free_bytes: u64,
    /// The whole file system.
    pub total_bytes: u64,
}

impl Store {
    /// Asks the file system; the answer is true for this moment only.
    pub async fn space(&self) -> Result<Space, StoreError> {
        let root = self.directory().root().to_owned();
        blocking("ask for free space", move || {
            let answer = rustix::fs::statvfs(&root)
                .map_err(|error| file("ask for free space of", &root)(error.into()))?;
            Ok(Space {
                free_bytes: answer.f_bavail.saturating_mul(answer.f_frsize),
                total_bytes: answer.f_blocks.saturating_mul(answer.f_frsize),
            })
        })
        .await
    }
}
