//! Connections between a channel and something in the workspace.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use russh::server::{ChannelOpenHandle, Msg};
use russh::{Channel, ChannelMsg, ChannelOpenFailure, ChannelReadHalf};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;

use super::inbox::{Backlog, Sender};
use crate::names;
use crate::place::Place;

/// Where a client wants to be connected to.
#[derive(Debug)]
pub(super) enum Target {
    Tcp {
        host: String,
        port: u16,
    },
    Socket(PathBuf),
    /// A port that cannot exist.
    Nowhere,
}

impl Target {
    pub(super) fn tcp(host: &str, port: u32) -> Self {
        match u16::try_from(port) {
            Ok(port) => Self::Tcp { host: host.to_owned(), port },
            Err(_) => Self::Nowhere,
        }
    }
}

/// Connects a channel the client opened to where it wants to go.
pub(super) async fn direct(
    channel: Channel<Msg>,
    reply: ChannelOpenHandle,
    target: Target,
    backlog: Backlog,
    place: Arc<Place>,
) {
    match target {
        Target::Tcp { host, port } => match names::connect(&host, port).await {
            Ok(stream) => {
                reply.accept().await;
                let (received, sent) = carry(channel, stream, &backlog).await;
                place.counters.received_bytes.fetch_add(received, Ordering::Relaxed);
                place.counters.sent_bytes.fetch_add(sent, Ordering::Relaxed);
            }
            Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
        },
        Target::Socket(path) => match UnixStream::connect(&path).await {
            Ok(stream) => {
                reply.accept().await;
                carry(channel, stream, &backlog).await;
            }
            Err(_) => reply.reject(ChannelOpenFailure::ConnectFailed).await,
        },
        Target::Nowhere => reply.reject(ChannelOpenFailure::ConnectFailed).await,
    }
}

/// Carries bytes between a channel and a connection until both directions have ended; says how
/// many came from the client and how many went to it.
pub(super) async fn carry<S>(channel: Channel<Msg>, stream: S, backlog: &Backlog) -> (u64, u64)
where
    S: AsyncRead + AsyncWrite,
{
    let (reader, writer) = channel.split();
    let (sender, mut inbox) = backlog.inbox();
    let (mut from_port, mut to_port) = tokio::io::split(stream);
    let inward = async {
        let count = tokio::io::copy(&mut inbox, &mut to_port).await.unwrap_or(0);
        drop(to_port.shutdown().await);
        count
    };
    let outward = async {
        let mut to_client = writer.make_writer();
        let count = tokio::io::copy(&mut from_port, &mut to_client).await.unwrap_or(0);
        drop(writer.eof().await);
        count
    };
    let pumped = pump(reader, sender);
    tokio::pin!(pumped);
    let both = async { tokio::join!(inward, outward) };
    tokio::pin!(both);
    let counts = tokio::select! {
        counts = &mut both => counts,
        // The client has closed the channel: what it sent is still delivered, nothing is read.
        () = &mut pumped => (0, 0),
    };
    drop(writer.close().await);
    counts
}

async fn pump(mut reader: ChannelReadHalf, sender: Sender) {
    let mut sender = Some(sender);
    while let Some(message) = reader.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                if let Some(sender) = &sender {
                    sender.send(data).await;
                }
            }
            ChannelMsg::Eof => sender = None,
            ChannelMsg::Close | ChannelMsg::OpenFailure(_) => return,
            _ => {}
        }
    }
}
