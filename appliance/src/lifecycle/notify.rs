//! Telling systemd how far the service is; silent where nobody asked.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Where to send states to, from `NOTIFY_SOCKET`.
#[derive(Debug, Clone)]
pub(super) struct Notify(Option<OsString>);

impl Notify {
    /// The service manager of this process, if it has one that listens.
    pub(super) fn from_environment() -> Self {
        Self(std::env::var_os("NOTIFY_SOCKET"))
    }

    /// The service answers.
    pub(super) fn ready(&self) {
        self.send("READY=1\nSTATUS=ready");
    }

    /// What it is doing, for `systemctl status`.
    pub(super) fn status(&self, text: &str) {
        self.send(&format!("STATUS={text}"));
    }

    /// It is ending.
    pub(super) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, state: &str) {
        let Some(path) = &self.0 else { return };
        if let Err(error) = send(path, state) {
            tracing::debug!(%error, "the service manager does not listen");
        }
    }
}

fn send(path: &OsString, state: &str) -> io::Result<()> {
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        name => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name))?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_manager_hears_ready() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("notify");
        let manager = UnixDatagram::bind(&path).expect("a socket");
        Notify(Some(path.into_os_string())).ready();
        let mut buffer = [0; 64];
        let length = manager.recv(&mut buffer).expect("a datagram");
        assert_eq!(&buffer[..length], b"READY=1\nSTATUS=ready");
    }
}
