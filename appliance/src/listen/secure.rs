//! The HTTPS listener: handshakes run beside each other, and a slow one holds up nobody.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::plain::ACCEPT_PAUSE;
use super::{ListenError, Peer};
use crate::tls::ServerTls;

/// A client that has not shaken hands by then is not going to.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Handshakes under way at once; a further one waits in the kernel's backlog. A handshake costs
/// about half a millisecond of one core, so this is far above what two cores can feed.
const HANDSHAKES_MAX: usize = 256;

/// HTTPS on one address.
#[derive(Debug)]
pub struct SecureListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, Peer)>,
    address: SocketAddr,
    accepting: tokio::task::JoinHandle<()>,
}

impl SecureListener {
    /// Listens on the address. Accepting stops when the listener is dropped.
    pub async fn bind(address: SocketAddr, tls: &ServerTls) -> Result<Self, ListenError> {
        let refused = |source| ListenError::Bind { address: address.to_string(), source };
        let inner = TcpListener::bind(address).await.map_err(refused)?;
        let address = inner.local_addr().map_err(refused)?;
        let (sender, ready) = mpsc::channel(1);
        let accepting = tokio::spawn(accept(inner, TlsAcceptor::from(tls.config()), sender));
        Ok(Self { ready, address, accepting })
    }

    /// The address it got, with the port the system chose where port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for SecureListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    inner: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, Peer)>,
) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    loop {
        let Ok(permit) = Arc::clone(&handshakes).acquire_owned().await else { return };
        let (stream, address) = match inner.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Small answers should not wait for more bytes; a failure to say so changes only speed.
        drop(stream.set_nodelay(true));
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            let _permit = permit;
            match tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(ready.send((stream, Peer::Tcp(address))).await),
                Ok(Err(error)) => tracing::debug!(%address, %error, "a TLS handshake failed"),
                Err(_) => tracing::debug!(%address, "a TLS handshake took too long"),
            }
        });
    }
}

impl Listener for SecureListener {
    type Io = TlsStream<TcpStream>;
    type Addr = Peer;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task ends only with this listener.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(Peer::Tcp(self.address))
    }
}
