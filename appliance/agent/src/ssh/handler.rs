//! The requests of one SSH connection; each channel then lives on a task of its own.

use std::sync::Arc;
use std::time::Duration;

use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId};

use super::inbox::{Backlog, TRICKLE_BYTES};
use super::remote::Listeners;
use super::{WINDOW_BYTES, channel, forward};
use crate::place::Place;

/// How long data of a client is held up while much is waiting, so that the almost closed window
/// costs no processor.
const HOLD_UP: Duration = Duration::from_millis(5);

/// One SSH connection.
#[derive(Debug)]
pub(super) struct Connection {
    place: Arc<Place>,
    backlog: Backlog,
    listeners: Listeners,
}

impl Connection {
    pub(super) fn new(place: Arc<Place>) -> Self {
        Self { place, backlog: Backlog::default(), listeners: Listeners::default() }
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    // A client that insists on showing a key is let in too: see the module's comment.
    async fn auth_publickey_offered(
        &mut self,
        _user: &str,
        _offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn auth_publickey(
        &mut self,
        _user: &str,
        _key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn auth_password(&mut self, _user: &str, _password: &str) -> Result<Auth, Self::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        tokio::spawn(channel::serve(
            channel,
            session.handle(),
            self.place.clone(),
            self.backlog.clone(),
        ));
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host_to_connect: &str,
        port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let target = forward::Target::tcp(host_to_connect, port_to_connect);
        tokio::spawn(forward::direct(
            channel,
            reply,
            target,
            self.backlog.clone(),
            self.place.clone(),
        ));
        Ok(())
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        socket_path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let target = forward::Target::Socket(socket_path.into());
        tokio::spawn(forward::direct(
            channel,
            reply,
            target,
            self.backlog.clone(),
            self.place.clone(),
        ));
        Ok(())
    }

    async fn tcpip_forward(
        &mut self,
        address: &str,
        port: &mut u32,
        session: &mut Session,
    ) -> Result<bool, Self::Error> {
        let listening =
            self.listeners.tcp(address, *port, session.handle(), self.backlog.clone()).await;
        let Some(bound) = listening else { return Ok(false) };
        *port = bound;
        Ok(true)
    }

    async fn cancel_tcpip_forward(
        &mut self,
        address: &str,
        port: u32,
        _session: &mut Session,
    ) -> Result<bool, Self::Error> {
        Ok(self.listeners.cancel_tcp(address, port))
    }

    async fn streamlocal_forward(
        &mut self,
        socket_path: &str,
        session: &mut Session,
    ) -> Result<bool, Self::Error> {
        Ok(self.listeners.socket(socket_path, session.handle(), self.backlog.clone()))
    }

    async fn cancel_streamlocal_forward(
        &mut self,
        socket_path: &str,
        _session: &mut Session,
    ) -> Result<bool, Self::Error> {
        Ok(self.listeners.cancel_socket(socket_path))
    }

    async fn agent_request(
        &mut self,
        _channel: ChannelId,
        _session: &mut Session,
    ) -> Result<bool, Self::Error> {
        // The channel's own task makes the socket before it starts anything.
        Ok(true)
    }

    fn adjust_window(&mut self, _channel: ChannelId, _current: u32) -> u32 {
        if self.backlog.is_high() { TRICKLE_BYTES } else { WINDOW_BYTES }
    }

    async fn data(
        &mut self,
        _channel: ChannelId,
        _data: &[u8],
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.backlog.is_high() {
            tokio::time::sleep(HOLD_UP).await;
        }
        Ok(())
    }
}
