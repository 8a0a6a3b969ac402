//! What can go wrong in the store, one variant an operation's kind.

use std::path::{Path, PathBuf};

use crate::Digest;

/// An operation of the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A statement failed.
    #[error("cannot {doing} in the mirror's tables")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
    /// A file operation failed.
    #[error("cannot {doing} `{path}`")]
    File {
        /// What was being done.
        doing: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A helper thread ended without an answer.
    #[error("the thread that was to {doing} ended early")]
    Thread {
        /// What it was doing.
        doing: &'static str,
    },
    /// A row in the tables is not one this store could have written.
    #[error("the mirror's tables hold {what} that is not one: `{value}`")]
    Row {
        /// What it should have been.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// The content is not what its digest says.
    #[error("the content has the digest `{found}` and not `{expected}`")]
    DigestDiffers {
        /// What the sender said.
        expected: Digest,
        /// What arrived.
        found: Digest,
    },
    /// No upload of this id is under way in this repository.
    #[error("no upload `{0}` is under way")]
    UploadUnknown(uuid::Uuid),
    /// Another request is writing to the same upload.
    #[error("the upload `{0}` is being written to by another request")]
    UploadBusy(uuid::Uuid),
    /// A chunk does not begin where the last one ended.
    #[error("the chunk begins at {begins} but the upload stands at {stands}")]
    ChunkOutOfOrder {
        /// Where the sender meant to write.
        begins: u64,
        /// How many bytes there are.
        stands: u64,
    },
    /// The body ended before or after the length that was announced.
    #[error("{announced} bytes were announced and {arrived} arrived")]
    LengthDiffers {
        /// What the request said.
        announced: u64,
        /// What came.
        arrived: u64,
    },
    /// The sender went away or sent nothing for too long.
    #[error("the sender stopped after {arrived} bytes")]
    SenderStopped {
        /// How many bytes of this request are kept.
        arrived: u64,
    },
    /// Every place for an upload is taken.
    #[error("{0} uploads are being received already")]
    TooManyUploads(usize),
    /// The disk has no room left.
    #[error("the disk under `{0}` is full")]
    DiskFull(PathBuf),
    /// Another writer has the pack of this key open.
    #[error("the pack `{0}` is being written already")]
    PackBusy(String),
    /// More was written to a pack than was planned.
    #[error("the pack was planned for {planned} bytes and is to hold {wanted}")]
    PackOverflow {
        /// The size given at the start.
        planned: u64,
        /// The size it would get.
        wanted: u64,
    },
    /// A blob is said to lie where the pack has nothing.
    #[error("the blob `{0}` does not lie within its pack")]
    OutsidePack(Digest),
    /// A pack's manifest is not one.
    #[error("the manifest `{digest}` of the pack is not one")]
    PackManifest {
        /// Which manifest.
        digest: Digest,
        /// Why not.
        #[source]
        source: crate::manifest::ManifestError,
    },
}

/// Turns a statement's failure into the store's, saying what was being done.
pub(crate) fn database(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Database { doing, source }
}

/// Turns a file operation's failure into the store's; a full disk has its own variant.
pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            StoreError::DiskFull(path)
        }
        _ => StoreError::File { doing, path, source },
    }
}

/// Runs blocking work on the pool made for it.
pub(crate) async fn blocking<T, F>(doing: &'static str, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(|_ended| StoreError::Thread { doing })?
}

/// Sizes and offsets are never negative in the tables: a check constraint sees to it.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A size as the tables hold it. No disk holds more than this type.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
