//! A client's WebSocket joined to an agent's stream: bytes both ways, nothing kept.
//!
//! Binary messages are bytes; the text message `eof` is the end of one direction, which a
//! WebSocket cannot say by itself. Each direction reads only when what it read before is written,
//! so that a slow reader slows the writer and the server holds one piece of each.

use std::time::Duration;

use atoll_wire::agent::{PIECE_BYTES_MAX, TUNNEL_EOF};
use axum::extract::ws::{Message, WebSocket};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};

use super::AgentStream;

/// How often a quiet client is pinged: under the 60 s after which common proxies drop a
/// connection, and how one that vanished is noticed.
const PING_EVERY: Duration = Duration::from_secs(25);

/// Joins the two until both directions have ended or one side is gone.
pub async fn splice(client: WebSocket, stream: AgentStream) {
    let (to_client, from_client) = client.split();
    let (from_agent, to_agent) = tokio::io::split(stream);
    let mut inward = std::pin::pin!(inward(from_client, to_agent));
    let mut outward = std::pin::pin!(outward(from_agent, to_client));
    tokio::select! {
        end = &mut inward => match end {
            End::OfData => _ = outward.await,
            End::Gone => {}
        },
        end = &mut outward => match end {
            End::OfData => _ = inward.await,
            End::Gone => {}
        },
    }
}

/// How a direction ended.
enum End {
    /// The sender has no more; the other direction goes on.
    OfData,
    /// One side is not there any more.
    Gone,
}

async fn inward(mut client: SplitStream<WebSocket>, mut agent: WriteHalf<AgentStream>) -> End {
    let mut open = true;
    while let Some(Ok(message)) = client.next().await {
        match message {
            Message::Binary(bytes) if open => {
                if agent.write_all(&bytes).await.is_err() || agent.flush().await.is_err() {
                    return End::Gone;
                }
            }
            // The client is read on after its data ended: its going has to be noticed.
            Message::Text(text) if open && text.as_str() == TUNNEL_EOF => {
                open = false;
                if agent.shutdown().await.is_err() {
                    return End::Gone;
                }
            }
            Message::Close(_) => break,
            Message::Binary(_) | Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
        }
    }
    End::Gone
}

async fn outward(
    mut agent: ReadHalf<AgentStream>,
    mut client: SplitSink<WebSocket, Message>,
) -> End {
    let mut buffer = BytesMut::new();
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.reset();
    loop {
        buffer.reserve(PIECE_BYTES_MAX);
        let message = tokio::select! {
            count = agent.read_buf(&mut buffer) => match count {
                Ok(0) => break,
                Ok(_) => Message::Binary(buffer.split().freeze()),
                Err(_) => return End::Gone,
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
        };
        if client.send(message).await.is_err() {
            return End::Gone;
        }
    }
    match client.send(Message::Text(TUNNEL_EOF.into())).await {
        Ok(()) => End::OfData,
        Err(_) => End::Gone,
    }
}
