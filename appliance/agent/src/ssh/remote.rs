//! Ports and sockets in the workspace that lead to the client.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use russh::server::Handle;
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinHandle;

use super::forward::carry;
use super::inbox::Backlog;

/// Listeners of one SSH connection.
const LISTENERS_MAX: usize = 64;

/// What one SSH connection listens on; all of it ends with the connection.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    listening: BTreeMap<Place, Listener>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Tcp(String, u32),
    Socket(PathBuf),
}

#[derive(Debug)]
struct Listener {
    task: JoinHandle<()>,
    /// A socket's file, to be removed.
    file: Option<PathBuf>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(file) = &self.file {
            // The user may have removed it.
            drop(std::fs::remove_file(file));
        }
    }
}

impl Listeners {
    /// Listens on a port and returns which. Only on the loopback interface, as sshd does unless
    /// told otherwise: a workspace admits nobody from outside anyway.
    pub(super) async fn tcp(
        &mut self,
        address: &str,
        port: u32,
        handle: Handle,
        backlog: Backlog,
    ) -> Option<u32> {
        let wanted = u16::try_from(port).ok()?;
        if self.listening.len() >= LISTENERS_MAX {
            return None;
        }
        let ip = match address.parse() {
            Ok(IpAddr::V6(_)) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            Ok(IpAddr::V4(_)) | Err(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let listener = TcpListener::bind((ip, wanted)).await.ok()?;
        let bound = u32::from(listener.local_addr().ok()?.port());
        // The client knows its forwarding by the address it asked for and the port it was given.
        let asked = address.to_owned();
        let task = tokio::spawn(accept_tcp(listener, asked, bound, handle, backlog));
        self.listening.insert(Place::Tcp(address.to_owned(), bound), Listener { task, file: None });
        Some(bound)
    }

    /// Ends a port's listener.
    pub(super) fn cancel_tcp(&mut self, address: &str, port: u32) -> bool {
        self.listening.remove(&Place::Tcp(address.to_owned(), port)).is_some()
    }

    /// Listens on a socket.
    pub(super) fn socket(&mut self, path: &str, handle: Handle, backlog: Backlog) -> bool {
        if self.listening.len() >= LISTENERS_MAX {
            return false;
        }
        let Ok(listener) = UnixListener::bind(path) else { return false };
        let task = tokio::spawn(accept_socket(listener, path.to_owned(), handle, backlog));
        let file = PathBuf::from(path);
        self.listening.insert(Place::Socket(file.clone()), Listener { task, file: Some(file) });
        true
    }

    /// Ends a socket's listener.
    pub(super) fn cancel_socket(&mut self, path: &str) -> bool {
        self.listening.remove(&Place::Socket(path.into())).is_some()
    }
}

async fn accept_tcp(
    listener: TcpListener,
    address: String,
    port: u32,
    handle: Handle,
    backlog: Backlog,
) {
    while let Ok((stream, peer)) = listener.accept().await {
        let (handle, backlog, address) = (handle.clone(), backlog.clone(), address.clone());
        tokio::spawn(async move {
            let from = (peer.ip().to_string(), u32::from(peer.port()));
            if let Ok(channel) =
                handle.channel_open_forwarded_tcpip(address, port, from.0, from.1).await
            {
                carry(channel, stream, &backlog).await;
            }
        });
    }
}

async fn accept_socket(listener: UnixListener, path: String, handle: Handle, backlog: Backlog) {
    while let Ok((stream, _)) = listener.accept().await {
        let (handle, backlog, path) = (handle.clone(), backlog.clone(), path.clone());
        tokio::spawn(async move {
            if let Ok(channel) = handle.channel_open_forwarded_streamlocal(path).await {
                carry(channel, stream, &backlog).await;
            }
        });
    }
}
