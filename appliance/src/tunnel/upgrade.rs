//! The two upgrades: an agent that comes, and a client that wants a stream.

use std::sync::Arc;

use atoll_wire::agent::{SOCKET_MESSAGE_BYTES_MAX, StreamHeader, TUNNEL_RECEIVED_HEADER};
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Hub, splice};
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;

/// What a client asks for, in the query of its request.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TunnelQuery {
    /// `ssh`, `ssh-durable` or `tcp`.
    pub stream: String,
    /// The agent's name, where a workspace has several.
    #[serde(default)]
    pub agent: Option<String>,
    /// For `tcp`: a name or an address, as seen from the workspace.
    #[serde(default)]
    pub host: Option<String>,
    /// For `tcp`.
    #[serde(default)]
    pub port: Option<u16>,
    /// For `ssh-durable`: chosen by the client.
    #[serde(default)]
    pub session: Option<Uuid>,
    /// For `ssh-durable`: how many bytes the client has.
    #[serde(default)]
    pub received: Option<u64>,
}

impl TunnelQuery {
    /// What the agent is asked for.
    pub fn header(&self) -> Outcome<StreamHeader> {
        let malformed = |message: String| Problem::new(&codes::agent::TUNNEL_MALFORMED, message);
        match self.stream.as_str() {
            "ssh" => Ok(StreamHeader::Ssh),
            "ssh-durable" => {
                let session = self
                    .session
                    .ok_or_else(|| malformed("a durable stream has no session".into()))?;
                Ok(StreamHeader::SshDurable { session, received: self.received.unwrap_or(0) })
            }
            "tcp" => {
                let port =
                    self.port.ok_or_else(|| malformed("a port stream has no port".into()))?;
                let host = self.host.clone().unwrap_or_else(|| "localhost".to_owned());
                Ok(StreamHeader::Tcp { host, port })
            }
            other => Err(malformed(format!("`{other}` is no kind of stream"))),
        }
    }
}

/// Lets an agent in by its token, and serves it on a task of its own.
pub async fn upgrade_agent(
    hub: &Arc<Hub>,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Outcome<Response> {
    let token = bearer(headers)
        .ok_or_else(|| Problem::new(&codes::agent::TOKEN_MISSING, "an agent has no token"))?;
    let agent = hub.admit(&token).await?;
    let hub = hub.clone();
    Ok(limited(upgrade).on_upgrade(async move |socket| hub.serve(agent, socket).await))
}

/// Joins a client to a stream of this agent. Who may is the caller's to know; the stream is open
/// before the upgrade, so that a failure is an ordinary answer.
pub async fn upgrade_client(
    hub: &Hub,
    agent: Uuid,
    query: &TunnelQuery,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Outcome<Response> {
    same_origin(headers)?;
    let (stream, received) = hub.open(agent, &query.header()?).await?;
    let mut answer = limited(upgrade).on_upgrade(async move |socket| splice(socket, stream).await);
    answer.headers_mut().insert(TUNNEL_RECEIVED_HEADER, HeaderValue::from(received));
    Ok(answer)
}

fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(SOCKET_MESSAGE_BYTES_MAX).max_frame_size(SOCKET_MESSAGE_BYTES_MAX)
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}

/// A browser sends cookies with a WebSocket to anywhere, and says from which page. Only our own
/// pages may open tunnels; programs say nothing.
fn same_origin(headers: &HeaderMap) -> Outcome<()> {
    let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let ours = origin
        .split_once("://")
        .is_some_and(|(_, authority)| !host.is_empty() && authority == host);
    let foreign = || {
        Problem::new(
            &codes::agent::TUNNEL_MALFORMED,
            format!("a page of `{origin}` asks for a tunnel"),
        )
    };
    ours.then_some(()).ok_or_else(foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_origin_gets_no_tunnel() {
        let headers = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("atoll.example:7443"));
            headers.insert(ORIGIN, HeaderValue::from_static(origin));
            headers
        };
        assert!(same_origin(&headers("https://atoll.example:7443")).is_ok());
        assert!(same_origin(&headers("https://evil.example")).is_err());
        assert!(same_origin(&headers("null")).is_err());
        assert!(same_origin(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn a_tunnel_without_what_its_kind_needs_is_malformed() {
        let query = |stream: &str, port| TunnelQuery {
            stream: stream.to_owned(),
            agent: None,
            host: None,
            port,
            session: None,
            received: None,
        };
        let tcp = query("tcp", Some(80)).header().expect("is whole");
        assert_eq!(tcp, StreamHeader::Tcp { host: "localhost".into(), port: 80 });
        for (stream, port) in [("tcp", None), ("ssh-durable", None), ("control", None), ("", None)]
        {
            assert!(query(stream, port).header().is_err(), "{stream}");
        }
    }
}
