//! What a client has sent and nobody has taken yet.
//!
//! russh gives a client new window as soon as data arrives, not when it is used, and its loop
//! stands still while a channel's queue is full. A process that writes as it reads (`cat`) would
//! then hang for ever: the loop waits for it to read, it waits for the loop to send. So data waits
//! here, without blocking the loop, and the window is all but closed while much of it does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::{Notify, mpsc};

/// Waiting bytes from which on the window is all but closed: twice the window, so that one
/// channel at full speed does not touch it.
const HIGH_BYTES: usize = 4 * 1024 * 1024;

/// Waiting bytes of one SSH connection at which its client is no longer read from at all. What a
/// client can still send through the almost closed window takes hours to get here.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The window while much is waiting: russh reopens it only in answer to data, so that it must not
/// close entirely.
pub(super) const TRICKLE_BYTES: u32 = 64;

/// How much waits in all channels of one SSH connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Backlog(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    shrunk: Notify,
}

impl Backlog {
    /// Whether clients should send little.
    pub(super) fn is_high(&self) -> bool {
        self.0.bytes.load(Ordering::Relaxed) > HIGH_BYTES
    }

    /// A new channel's inbox.
    pub(super) fn inbox(&self) -> (Sender, Inbox) {
        // Bounded by the waiting bytes, which `Sender::send` checks.
        let (sender, receiver) = mpsc::unbounded_channel();
        let inbox = Inbox { receiver, rest: Bytes::new(), backlog: self.clone() };
        (Sender { sender, backlog: self.clone() }, inbox)
    }

    fn add(&self, bytes: usize) {
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, bytes: usize) {
        self.0.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.0.shrunk.notify_waiters();
    }

    async fn has_room(&self) {
        loop {
            let shrunk = self.0.shrunk.notified();
            tokio::pin!(shrunk);
            shrunk.as_mut().enable();
            if self.0.bytes.load(Ordering::Relaxed) < WAITING_BYTES_MAX {
                return;
            }
            shrunk.await;
        }
    }
}

/// Puts a client's data in; dropping it is the end of the data.
#[derive(Debug)]
pub(super) struct Sender {
    sender: mpsc::UnboundedSender<Bytes>,
    backlog: Backlog,
}

impl Sender {
    /// Adds data; if nobody will take it any more, it is gone.
    pub(super) async fn send(&self, bytes: Bytes) {
        self.backlog.has_room().await;
        let count = bytes.len();
        self.backlog.add(count);
        if self.sender.send(bytes).is_err() {
            self.backlog.subtract(count);
        }
    }
}

/// A client's data in order.
#[derive(Debug)]
pub(super) struct Inbox {
    receiver: mpsc::UnboundedReceiver<Bytes>,
    rest: Bytes,
    backlog: Backlog,
}

impl Inbox {
    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let bytes = self.receiver.recv().await?;
        self.backlog.subtract(bytes.len());
        Some(bytes)
    }
}

impl AsyncRead for Inbox {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            match ready!(self.receiver.poll_recv(cx)) {
                Some(bytes) => {
                    self.backlog.subtract(bytes.len());
                    self.rest = bytes;
                }
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // Whoever sends from now on sees that it is closed; what is already here is not counted.
        self.receiver.close();
        while let Ok(bytes) = self.receiver.try_recv() {
            self.backlog.subtract(bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[tokio::test]
    async fn what_is_taken_or_dropped_no_longer_waits() {
        let backlog = Backlog::default();
        let (sender, mut inbox) = backlog.inbox();
        sender.send(Bytes::from(vec![7; HIGH_BYTES + 1])).await;
        assert!(backlog.is_high());
        assert_eq!(inbox.read_u8().await.expect("has a byte"), 7);
        assert!(!backlog.is_high());
        sender.send(Bytes::from(vec![7; HIGH_BYTES + 1])).await;
        drop(inbox);
        assert!(!backlog.is_high());
        sender.send(Bytes::from(vec![7; HIGH_BYTES + 1])).await;
        assert!(!backlog.is_high());
    }
}
