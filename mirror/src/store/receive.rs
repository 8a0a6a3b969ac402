//! From a request's body to a file: hashed and written as it arrives, in bounded memory.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;

use super::error::{StoreError, file};
use crate::digest::Hasher;

/// Bytes gathered before they cross to the writing thread.
const BATCH_BYTES: usize = 256 * 1024;
/// Batches under way: with the one being gathered and the one being written about 1.5 MiB for
/// each upload, whatever its size.
const BATCHES_QUEUED: usize = 4;
/// A sender silent for this long is gone: a half-open connection must not hold an upload.
const SILENCE_MAX: Duration = Duration::from_mins(1);

/// A file that is being appended to, and the hash of all it holds.
#[derive(Debug)]
pub(super) struct Appending {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) hasher: Hasher,
    pub(super) size_bytes: u64,
}

/// What came of a body.
#[derive(Debug)]
pub(super) struct Received {
    /// The hash and size as they are now; `None` when a failed write left them unknown.
    pub(super) state: Option<(Hasher, u64)>,
    /// How it ended. Bytes that arrived before a failure are kept.
    pub(super) end: Result<(), StoreError>,
}

/// Appends a body. `announced` is how long it is to be, where the request says so.
pub(super) async fn receive<S, E>(appending: Appending, body: S, announced: Option<u64>) -> Received
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
    E: Send,
{
    let (sender, receiver) = mpsc::channel(BATCHES_QUEUED);
    let writer = tokio::task::spawn_blocking(move || write(appending, receiver));
    let sent = send(body, &sender, announced).await;
    drop(sender);
    match writer.await {
        Ok(Ok(state)) => Received { state: Some(state), end: sent },
        Ok(Err((state, error))) => Received { state, end: Err(error) },
        Err(_panicked) => {
            Received { state: None, end: Err(StoreError::Thread { doing: "write an upload" }) }
        }
    }
}

async fn send<S, E>(
    mut body: S,
    sender: &mpsc::Sender<Vec<Bytes>>,
    announced: Option<u64>,
) -> Result<(), StoreError>
where
    S: Stream<Item = Result<Bytes, E>> + Send + Unpin,
{
    let mut arrived: u64 = 0;
    let mut batch = Vec::new();
    let mut batch_bytes = 0;
    let end = loop {
        let Ok(next) = tokio::time::timeout(SILENCE_MAX, body.next()).await else {
            break Err(StoreError::SenderStopped { arrived });
        };
        let piece = match next {
            Some(Ok(piece)) => piece,
            Some(Err(_broken)) => break Err(StoreError::SenderStopped { arrived }),
            None => break length_is(announced, arrived),
        };
        let after = arrived + piece.len() as u64;
        if announced.is_some_and(|announced| after > announced) {
            break length_is(announced, after);
        }
        arrived = after;
        batch_bytes += piece.len();
        batch.push(piece);
        if batch_bytes >= BATCH_BYTES {
            batch_bytes = 0;
            if sender.send(std::mem::take(&mut batch)).await.is_err() {
                // The writer has ended and says why.
                return Ok(());
            }
        }
    };
    // That the writer has ended already is told by the writer.
    let _ended = sender.send(batch).await;
    end
}

fn length_is(announced: Option<u64>, arrived: u64) -> Result<(), StoreError> {
    match announced {
        Some(announced) if announced != arrived => {
            Err(StoreError::LengthDiffers { announced, arrived })
        }
        Some(_) | None => Ok(()),
    }
}

type State = (Hasher, u64);

fn write(
    appending: Appending,
    mut batches: mpsc::Receiver<Vec<Bytes>>,
) -> Result<State, (Option<State>, StoreError)> {
    let Appending { file: mut target, path, mut hasher, mut size_bytes } = appending;
    while let Some(batch) = batches.blocking_recv() {
        for piece in batch {
            if let Err(error) = target.write_all(&piece) {
                // What was written of this piece is not in the hash: cut it off.
                let whole = target.set_len(size_bytes).is_ok();
                let error = file("append to", &path)(error);
                return Err((whole.then_some((hasher, size_bytes)), error));
            }
            hasher.update(&piece);
            size_bytes += piece.len() as u64;
        }
    }
    Ok((hasher, size_bytes))
}
