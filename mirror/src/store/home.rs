//! Where a blob's bytes lie, and reading them without stopping the runtime.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use uuid::Uuid;

use super::Store;
use super::error::{StoreError, blocking, database, unsigned};
use super::files::FileKey;
use super::map::StoredFile;
use crate::{Digest, RepositoryName};

/// Bytes handed on at a time: large enough that the cost of a step does not show, small enough
/// that a cold read holds little memory for each reader.
const READ_BYTES: u64 = 1024 * 1024;

/// One home of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pack: Option<Uuid>,
    offset_bytes: u64,
    size_bytes: u64,
}

/// A blob that is open for reading; it stays readable however long it is held.
#[derive(Debug, Clone)]
pub struct OpenBlob {
    file: Arc<StoredFile>,
    offset_bytes: u64,
    size_bytes: u64,
}

impl Store {
    /// The blob, if this repository has it.
    pub async fn blob(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<OpenBlob>, StoreError> {
        let Some(place) = self.place(repository, digest).await? else { return Ok(None) };
        let key = match place.pack {
            Some(pack) => FileKey::Pack(pack),
            None => FileKey::Loose(digest.clone()),
        };
        let file = match self.inner.files.get(&key) {
            Some(file) => file,
            None => self.open_file(key, digest).await?,
        };
        if file.size_bytes() < place.offset_bytes.saturating_add(place.size_bytes) {
            return Err(StoreError::OutsidePack(digest.clone()));
        }
        Ok(Some(OpenBlob { file, offset_bytes: place.offset_bytes, size_bytes: place.size_bytes }))
    }

    /// The blob's size, if this repository has it.
    pub async fn blob_size(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<u64>, StoreError> {
        Ok(self.place(repository, digest).await?.map(|place| place.size_bytes))
    }

    async fn open_file(
        &self,
        key: FileKey,
        digest: &Digest,
    ) -> Result<Arc<StoredFile>, StoreError> {
        let path = match &key {
            FileKey::Loose(_) => self.directory().loose(digest),
            FileKey::Pack(pack) => self.directory().pack(*pack),
        };
        let store = self.clone();
        blocking("open a blob", move || store.inner.files.open(key, &path)).await
    }

    async fn place(
        &self,
        repository: &RepositoryName,
        digest: &Digest,
    ) -> Result<Option<Place>, StoreError> {
        let key = (repository.clone(), digest.clone());
        if let Some(place) = self.inner.lookups.place(&key) {
            return Ok(Some(place));
        }
        let epoch = self.inner.lookups.epoch();
        // Any home will do; a loose file first, since a pack may be given up one day.
        let found = sqlx::query!(
            "select blob.size_bytes, home.pack_id, home.offset_bytes
             from mirror.repository
             join mirror.repository_blob on repository_blob.repository_id = repository.id
             join mirror.blob on blob.digest = repository_blob.digest
             join mirror.home on home.digest = blob.digest
             where repository.name = $1 and repository_blob.digest = $2
             order by home.pack_id nulls first
             limit 1",
            repository.as_str(),
            digest.as_str(),
        )
        .fetch_optional(self.pool())
        .await
        .map_err(database("look up a blob"))?;
        let Some(found) = found else { return Ok(None) };
        let place = Place {
            pack: found.pack_id,
            offset_bytes: unsigned(found.offset_bytes),
            size_bytes: unsigned(found.size_bytes),
        };
        self.inner.lookups.keep_place(key, place, epoch);
        Ok(Some(place))
    }
}

impl OpenBlob {
    /// The blob's size.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes of a range of the blob, piece by piece. A range beyond the end is cut.
    pub fn read(self, range: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let end = range.end.min(self.size_bytes);
        stream::try_unfold((self, range.start), move |(blob, position)| async move {
            if position >= end {
                return Ok(None);
            }
            let next = end.min(position + READ_BYTES);
            let piece = blob.piece(position..next).await?;
            Ok(Some((piece, (blob, next))))
        })
    }

    async fn piece(&self, range: Range<u64>) -> io::Result<Bytes> {
        let range = self.offset_bytes + range.start..self.offset_bytes + range.end;
        if self.file.is_warm(&range)
            && let Some(bytes) = self.file.slice(&range)
        {
            return Ok(bytes);
        }
        let file = Arc::clone(&self.file);
        tokio::task::spawn_blocking(move || file.read(&range)).await.map_err(io::Error::other)?
    }
}
