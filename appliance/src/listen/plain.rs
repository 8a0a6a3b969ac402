//! Listeners without TLS: the local socket, and HTTP for a proxy that ends TLS.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::{ListenError, Networks, Peer};

/// A pause after a failed accept: out of file descriptors, spinning would only make it worse.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Plain HTTP, answered only to trusted proxies; all others are closed unheard.
#[derive(Debug)]
pub struct ProxiedListener {
    inner: TcpListener,
    proxies: Networks,
}

impl ProxiedListener {
    /// Listens on the address for these proxies.
    pub async fn bind(address: SocketAddr, proxies: Networks) -> Result<Self, ListenError> {
        let bind = TcpListener::bind(address).await;
        let inner =
            bind.map_err(|source| ListenError::Bind { address: address.to_string(), source })?;
        Ok(Self { inner, proxies })
    }
}

impl Listener for ProxiedListener {
    type Io = TcpStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.inner.accept().await {
                Ok((stream, address)) if self.proxies.contain(address.ip()) => {
                    return (stream, Peer::Tcp(address));
                }
                Ok((_, address)) => {
                    tracing::warn!(%address, "closed a plain connection from an address that is no trusted proxy");
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a plain connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr().map(Peer::Tcp)
    }
}

/// The local socket; the kernel says which user is at the other end.
#[derive(Debug)]
pub struct LocalListener {
    inner: UnixListener,
    path: PathBuf,
}

impl LocalListener {
    /// Listens at the path, replacing what a dead server left there. The caller holds the lock of
    /// the data directory, so that no live server can be at the path.
    pub fn bind(path: &Path) -> Result<Self, ListenError> {
        let refused = |source| ListenError::Bind { address: path.display().to_string(), source };
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refused(error)),
            Ok(()) | Err(_) => {}
        }
        let inner = UnixListener::bind(path).map_err(refused)?;
        // Who may do what is decided by the peer's user, not by who can open the socket.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666)).map_err(refused)?;
        Ok(Self { inner, path: path.to_owned() })
    }
}

impl Drop for LocalListener {
    fn drop(&mut self) {
        // The next start removes it anyway.
        drop(std::fs::remove_file(&self.path));
    }
}

impl Listener for LocalListener {
    type Io = UnixStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self
                .inner
                .accept()
                .await
                .and_then(|(stream, _)| Ok((stream.peer_cred()?, stream)))
            {
                Ok((credentials, stream)) => {
                    return (stream, Peer::Local { uid: credentials.uid() });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a local connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer::Local { uid: rustix::process::getuid().as_raw() })
    }
}
