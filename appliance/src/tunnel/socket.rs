//! A WebSocket as a stream of bytes: message bounds mean nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_wire::agent::PIECE_BYTES_MAX;
use axum::extract::ws::{Message, WebSocket};
use bytes::{Buf, Bytes};
use futures_util::io::{AsyncRead, AsyncWrite};
use futures_util::{Sink, Stream};

/// The binary messages of an agent's WebSocket, end to end, for yamux.
#[derive(Debug)]
pub(super) struct ByteSocket {
    socket: WebSocket,
    rest: Bytes,
}

impl ByteSocket {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self { socket, rest: Bytes::new() }
    }
}

impl AsyncRead for ByteSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.rest = bytes,
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Ok(0)),
                // Pings are answered below us; text means nothing here.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Text(_))) => {}
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
        let count = buffer.len().min(self.rest.len());
        self.rest.copy_to_slice(&mut buffer[..count]);
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for ByteSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(io::Error::other)?;
        let piece = &bytes[..bytes.len().min(PIECE_BYTES_MAX)];
        let message = Message::Binary(Bytes::copy_from_slice(piece));
        Pin::new(&mut self.socket).start_send(message).map_err(io::Error::other)?;
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(io::Error::other)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx).map_err(io::Error::other)
    }
}
