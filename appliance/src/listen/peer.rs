//! Who is at the other end of a connection.

use std::net::SocketAddr;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;

use super::{LocalListener, ProxiedListener, SecureListener};

/// The other end of a connection, as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A TCP connection.
    Tcp(SocketAddr),
    /// A process on this machine, over the local socket.
    Local {
        /// Its effective user.
        uid: u32,
    },
}

impl Connected<IncomingStream<'_, SecureListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, SecureListener>) -> Self {
        *stream.remote_addr()
    }
}

impl Connected<IncomingStream<'_, ProxiedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, ProxiedListener>) -> Self {
        *stream.remote_addr()
    }
}

impl Connected<IncomingStream<'_, LocalListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, LocalListener>) -> Self {
        *stream.remote_addr()
    }
}
