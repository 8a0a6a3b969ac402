//! Files over SSH: SFTP version 3 as OpenSSH speaks it, with its extensions that tools rely on.
//!
//! It runs as the workspace's user and refuses nothing that user may do in a shell. Names that are
//! not UTF-8 are shown with replacement characters, since the protocol library holds text.

mod attributes;
mod handler;
mod open_files;
mod paths;

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use russh_sftp::server::Config;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use handler::Files;

/// Bytes of a packet from a client: OpenSSH writes up to 255 KiB at once when it may.
const PACKET_BYTES_MAX: u32 = 256 * 1024;

/// Serves files until the client ends; `directory` is where relative paths start.
pub(crate) async fn serve<R, W>(reader: R, writer: W, directory: PathBuf) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + 'static,
{
    let (ended, end) = oneshot::channel();
    let stream = Both { reader, writer: Box::pin(writer), _ended: ended };
    let config = Config { max_client_packet_len: PACKET_BYTES_MAX };
    russh_sftp::server::run_with_config(stream, Files::new(directory), config).await;
    // The library serves on a task of its own and drops the stream when it is done.
    end.await.or(Ok(()))
}

/// Two directions as one stream that tells when it is dropped.
struct Both<R, W> {
    reader: R,
    writer: Pin<Box<W>>,
    _ended: oneshot::Sender<()>,
}

impl<R: AsyncRead + Unpin, W> AsyncRead for Both<R, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(cx, buffer)
    }
}

impl<R: Unpin, W: AsyncWrite> AsyncWrite for Both<R, W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.writer.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer.as_mut().poll_shutdown(cx)
    }
}
