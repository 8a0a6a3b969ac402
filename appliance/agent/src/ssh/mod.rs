//! The SSH server inside the workspace.
//!
//! It asks for no password and no key. Whoever opens this stream was let in by the control plane,
//! which knows users and rights and is the only one who can open it; a second check by the agent
//! would need a copy of that knowledge in the workspace, where the user could change it. SSH is
//! here for its protocol (terminals, files, forwarding) and because it stays encrypted from the
//! user's machine to here: the client pins the host key, so the relay in between reads nothing.

mod auth_socket;
mod channel;
mod forward;
mod handler;
mod inbox;
mod remote;
mod session;
mod signals;

use std::sync::Arc;

use russh::keys::PrivateKey;
use russh::server::Config;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::place::{Counted, Place};
use handler::Connection;

/// Bytes a client may send on a channel before the agent has taken any: the usual two megabytes,
/// enough for 100 Mbit/s over a line of 160 ms.
const WINDOW_BYTES: u32 = 2 * 1024 * 1024;

/// Bytes of a packet's payload: what every client must accept, and what OpenSSH sends.
const PACKET_BYTES: u32 = 32 * 1024;

/// How the server presents itself, with the key from the manifest.
pub(crate) fn config(place: &Place) -> Result<Arc<Config>, String> {
    let manifest = place.manifest().ok_or("the agent has no manifest yet")?;
    let key = PrivateKey::from_openssh(&manifest.host_key.0);
    let key = key.map_err(|_| "the manifest's host key is not an OpenSSH private key")?;
    Ok(Arc::new(Config {
        keys: vec![key],
        window_size: WINDOW_BYTES,
        maximum_packet_size: PACKET_BYTES,
        // A shell may stand idle overnight: that the client lives is the tunnel's to know.
        inactivity_timeout: None,
        ..Config::default()
    }))
}

/// Serves one SSH connection until it ends.
pub(crate) async fn serve<S>(stream: S, config: Arc<Config>, place: &Arc<Place>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _counted = Counted::new(&place.counters.ssh_connections);
    let ended =
        match russh::server::run_stream(config, stream, Connection::new(place.clone())).await {
            Ok(session) => session.await,
            Err(error) => Err(error),
        };
    if let Err(error) = ended {
        tracing::debug!("an SSH connection ended: {error}");
    }
}
