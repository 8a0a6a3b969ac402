//! A tunnel's WebSocket as a stream of bytes that can end one direction at a time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use atoll_wire::agent::{PIECE_BYTES_MAX, TUNNEL_EOF};
use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::client::Socket;

/// A line to an agent.
pub(super) struct Tunnel {
    socket: Socket,
    rest: Bytes,
    ended: bool,
    shut: bool,
}

impl Tunnel {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, rest: Bytes::new(), ended: false, shut: false }
    }
}

fn broken(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.rest.is_empty() {
            if self.ended {
                return Poll::Ready(Ok(()));
            }
            match ready!(Pin::new(&mut self.socket).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.rest = bytes,
                Some(Ok(Message::Text(text))) => self.ended = text.as_str() == TUNNEL_EOF,
                Some(Ok(Message::Close(_))) | None => self.ended = true,
                // Pings are answered below us.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return Poll::Ready(Err(broken(error))),
            }
        }
        let count = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest[..count]);
        self.rest.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(broken)?;
        let piece = &bytes[..bytes.len().min(PIECE_BYTES_MAX)];
        let message = Message::Binary(Bytes::copy_from_slice(piece));
        Pin::new(&mut self.socket).start_send(message).map_err(broken)?;
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx).map_err(broken)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.shut {
            ready!(Pin::new(&mut self.socket).poll_ready(cx)).map_err(broken)?;
            Pin::new(&mut self.socket)
                .start_send(Message::Text(TUNNEL_EOF.into()))
                .map_err(broken)?;
            self.shut = true;
        }
        Pin::new(&mut self.socket).poll_flush(cx).map_err(broken)
    }
}
