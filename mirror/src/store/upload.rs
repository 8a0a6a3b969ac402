//! Uploads: sessions whose bytes lie in a file, so that they outlive this process.
//!
//! The running hash is kept in memory between requests; after a restart it is made again from the
//! file, which is read at the speed of the disk.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};
use uuid::Uuid;

use super::Store;
use super::blob::CheckedFile;
use super::directory::remove;
use super::error::{StoreError, blocking, database, file};
use super::receive::{Appending, Received, receive};
use crate::digest::Hasher;
use crate::{Algorithm, Digest, RepositoryName};

/// Bodies received at one time: each holds about 1.5 MiB and a thread while it writes.
const RECEIVING_MAX: usize = 32;
/// How long a body waits for its turn before the client is told to come back.
const TURN_WAIT: Duration = Duration::from_secs(20);
/// How long a request waits for another one on the same upload: long enough for the old
/// connection of a client that has come back to be noticed as broken.
const SAME_UPLOAD_WAIT: Duration = Duration::from_secs(5);
/// Running hashes kept; those of idle uploads are dropped beyond it and made again when needed.
const SESSIONS_MAX: usize = 4096;
/// Bytes read at a time when a hash is made again.
const REHASH_BYTES: usize = 1024 * 1024;

/// Where the bytes of a request belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendAt {
    /// Behind what is there.
    End,
    /// Exactly here, or it is out of order.
    Offset(u64),
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadStatus {
    /// Bytes kept so far.
    pub size_bytes: u64,
}

/// The hash so far of one upload, between requests.
#[derive(Debug)]
enum Session {
    /// Not known; to be made from the file.
    Unread,
    /// The hash and size of what the file holds.
    Ready(Hasher, u64),
    /// Finished or cancelled while somebody waited for it.
    Ended,
}

#[derive(Debug)]
pub(super) struct Sessions {
    open: std::sync::Mutex<HashMap<Uuid, Arc<Mutex<Session>>>>,
    receiving: Arc<Semaphore>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            open: std::sync::Mutex::default(),
            receiving: Arc::new(Semaphore::new(RECEIVING_MAX)),
        }
    }
}

impl Sessions {
    fn session(&self, id: Uuid) -> Arc<Mutex<Session>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= SESSIONS_MAX {
            open.retain(|_, session| Arc::strong_count(session) > 1);
        }
        Arc::clone(open.entry(id).or_insert_with(|| Arc::new(Mutex::new(Session::Unread))))
    }

    fn forget(&self, id: Uuid) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Store {
    /// Begins an upload into this repository; the id names it from now on.
    pub async fn begin_upload(
        &self,
        repository: &RepositoryName,
        algorithm: Algorithm,
    ) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        sqlx::query!(
            "insert into mirror.upload (id, repository, algorithm) values ($1, $2, $3)",
            id,
            repository.as_str(),
            algorithm.name(),
        )
        .execute(self.pool())
        .await
        .map_err(database("begin an upload"))?;
        Ok(id)
    }

    /// How many bytes of an upload are kept.
    pub async fn upload_status(
        &self,
        repository: &RepositoryName,
        id: Uuid,
    ) -> Result<UploadStatus, StoreError> {
        let algorithm = self.touch_upload(repository, id).await?;
        let mut session = self.enter(id).await?;
        let (_, size_bytes) = self.ready(&mut session, id, algorithm).await?;
        Ok(UploadStatus { size_bytes })
    }

    /// Appends a body to an upload. Whatever arrived is kept even if the body ends in a failure,
    /// also when the caller is dropped: the client asks for the status and goes on from there.
    pub async fn append<S, E>(
        &self,
        (repository, id): (&RepositoryName, Uuid),
        at: AppendAt,
        announced: Option<u64>,
        body: S,
    ) -> Result<UploadStatus, StoreError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        E: Send + 'static,
    {
        let algorithm = self.touch_upload(repository, id).await?;
        let turn = Arc::clone(&self.inner.uploads.receiving).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(TURN_WAIT, turn).await else {
            return Err(StoreError::TooManyUploads(RECEIVING_MAX));
        };
        let mut session = self.enter(id).await?;
        let (hasher, size_bytes) = self.ready(&mut session, id, algorithm).await?;
        if let AppendAt::Offset(begins) = at
            && begins != size_bytes
        {
            return Err(StoreError::ChunkOutOfOrder { begins, stands: size_bytes });
        }
        let path = self.directory().upload(id);
        let appending = blocking("open an upload", move || {
            let file = open_upload(&path)?;
            Ok(Appending { file, path, hasher, size_bytes })
        })
        .await?;
        // A task of its own: the server drops the request's future when the client goes away.
        let received = tokio::spawn(async move {
            let Received { state, end } = receive(appending, body, announced).await;
            *session = match state {
                Some((hasher, size_bytes)) => Session::Ready(hasher, size_bytes),
                None => Session::Unread,
            };
            drop(turn);
            let size_bytes = match &*session {
                Session::Ready(_, size_bytes) => *size_bytes,
                Session::Unread | Session::Ended => 0,
            };
            end.map(|()| UploadStatus { size_bytes })
        });
        received.await.map_err(|_ended| StoreError::Thread { doing: "receive an upload" })?
    }

    /// Ends an upload: its content must have this digest. Afterwards the blob is in the
    /// repository; with another digest the upload is gone.
    pub async fn finish_upload(
        &self,
        repository: &RepositoryName,
        id: Uuid,
        digest: &Digest,
    ) -> Result<(), StoreError> {
        let algorithm = self.touch_upload(repository, id).await?;
        let mut session = self.enter(id).await?;
        let (hasher, size_bytes) = self.ready(&mut session, id, algorithm).await?;
        let path = self.directory().upload(id);
        let (checked, wanted) = (path.clone(), digest.algorithm());
        let found = blocking("check an upload", move || {
            let file_handle = open_upload(&checked)?;
            let found =
                if hasher.algorithm() == wanted { hasher } else { rehash(&checked, wanted)?.0 };
            file_handle.sync_all().map_err(file("sync", &checked))?;
            Ok(found.finish())
        })
        .await?;
        if found != *digest {
            self.end_upload(id, &mut session).await?;
            return Err(StoreError::DigestDiffers { expected: digest.clone(), found });
        }
        let checked = CheckedFile { path, digest: digest.clone(), size_bytes };
        self.commit_file(checked, repository, Some(id)).await?;
        *session = Session::Ended;
        self.inner.uploads.forget(id);
        Ok(())
    }

    /// Ends an upload and forgets its bytes.
    pub async fn cancel_upload(
        &self,
        repository: &RepositoryName,
        id: Uuid,
    ) -> Result<(), StoreError> {
        self.touch_upload(repository, id).await?;
        let mut session = self.enter(id).await?;
        self.end_upload(id, &mut session).await
    }

    /// Removes an upload nobody has touched; false if somebody is writing to it after all.
    pub(super) async fn drop_upload(&self, id: Uuid) -> Result<bool, StoreError> {
        let Ok(mut session) = self.inner.uploads.session(id).try_lock_owned() else {
            return Ok(false);
        };
        self.end_upload(id, &mut session).await?;
        Ok(true)
    }

    async fn end_upload(&self, id: Uuid, session: &mut Session) -> Result<(), StoreError> {
        sqlx::query!("delete from mirror.upload where id = $1", id)
            .execute(self.pool())
            .await
            .map_err(database("end an upload"))?;
        *session = Session::Ended;
        self.inner.uploads.forget(id);
        let path = self.directory().upload(id);
        blocking("remove an upload", move || remove(&path)).await
    }

    /// Finds the upload in this repository, marks it as in use, and says how it is hashed.
    async fn touch_upload(
        &self,
        repository: &RepositoryName,
        id: Uuid,
    ) -> Result<Algorithm, StoreError> {
        let algorithm = sqlx::query_scalar!(
            "update mirror.upload set touched_at = now() where id = $1 and repository = $2 returning algorithm",
            id,
            repository.as_str(),
        )
        .fetch_optional(self.pool())
        .await
        .map_err(database("look up an upload"))?;
        let algorithm = algorithm.ok_or(StoreError::UploadUnknown(id))?;
        algorithm
            .parse()
            .map_err(|_error| StoreError::Row { what: "a digest algorithm", value: algorithm })
    }

    async fn enter(&self, id: Uuid) -> Result<OwnedMutexGuard<Session>, StoreError> {
        let session = self.inner.uploads.session(id).lock_owned();
        let session = tokio::time::timeout(SAME_UPLOAD_WAIT, session)
            .await
            .map_err(|_elapsed| StoreError::UploadBusy(id))?;
        if matches!(*session, Session::Ended) {
            Err(StoreError::UploadUnknown(id))
        } else {
            Ok(session)
        }
    }

    async fn ready(
        &self,
        session: &mut Session,
        id: Uuid,
        algorithm: Algorithm,
    ) -> Result<(Hasher, u64), StoreError> {
        if let Session::Ready(hasher, size_bytes) = session {
            return Ok((hasher.clone(), *size_bytes));
        }
        let path = self.directory().upload(id);
        let (hasher, size_bytes) =
            blocking("read an upload again", move || rehash(&path, algorithm)).await?;
        *session = Session::Ready(hasher.clone(), size_bytes);
        Ok((hasher, size_bytes))
    }
}

fn open_upload(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new().create(true).append(true).open(path).map_err(file("open", path))
}

/// The hash and size of what the file holds; of nothing if there is no file yet.
fn rehash(path: &Path, algorithm: Algorithm) -> Result<(Hasher, u64), StoreError> {
    let mut hasher = Hasher::new(algorithm);
    let mut source = match File::open(path) {
        Ok(source) => source,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((hasher, 0)),
        Err(error) => return Err(file("open", path)(error)),
    };
    let mut buffer = vec![0; REHASH_BYTES];
    let mut size_bytes = 0;
    // Ends with the file, which nobody writes to meanwhile: the session is held.
    loop {
        let read = source.read(&mut buffer).map_err(file("read", path))?;
        if read == 0 {
            return Ok((hasher, size_bytes));
        }
        hasher.update(&buffer[..read]);
        size_bytes += read as u64;
    }
}
