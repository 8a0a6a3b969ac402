//! A WebSocket to the server, over the same endpoint and with the same trust as requests.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use url::Url;

use super::{Client, Endpoint};
use crate::egress::{self, Trust};
use crate::error::{Outcome, Problem, codes};

/// A message carries a slice of a stream, never a file.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// What a WebSocket runs over: TLS, or the local socket.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// An open WebSocket.
pub type Socket = WebSocketStream<Box<dyn Transport>>;

impl Client {
    /// Opens a WebSocket at this path.
    pub async fn websocket(&self, path: &str) -> Outcome<Socket> {
        let (transport, base) = self.transport().await?;
        let mut request = format!("{base}{path}").into_client_request().map_err(|error| {
            Problem::new(&codes::USAGE, format!("`{path}` is no path")).because(&error)
        })?;
        if let Some(token) = &self.token {
            let value = format!("Bearer {}", token.reveal());
            let mut value: http::HeaderValue = value.parse().map_err(|_| {
                Problem::new(&codes::client::LOGGED_OUT, "the stored token cannot be sent")
            })?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        request.headers_mut().insert("x-atoll-client", http::HeaderValue::from_static("cli"));
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let handshake =
            tokio_tungstenite::client_async_with_config(request, transport, Some(config));
        match tokio::time::timeout(egress::CONNECT_TIMEOUT, handshake).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(tokio_tungstenite::tungstenite::Error::Http(answer))) => {
                Err(refusal(&self.server(), &answer))
            }
            Ok(Err(error)) => Err(self.away(&error)),
            Err(_) => Err(self.away(&std::io::Error::from(std::io::ErrorKind::TimedOut))),
        }
    }

    async fn transport(&self) -> Outcome<(Box<dyn Transport>, String)> {
        match &self.endpoint {
            Endpoint::Local(socket) => {
                let stream = tokio::net::UnixStream::connect(socket).await;
                let stream = stream.map_err(|error| self.away(&error))?;
                Ok((Box::new(stream), "ws://localhost".to_owned()))
            }
            Endpoint::Remote(url, trust) => {
                Ok((self.secure(url, trust).await?, websocket_base(url)))
            }
        }
    }

    async fn secure(&self, url: &Url, trust: &Trust) -> Outcome<Box<dyn Transport>> {
        let failed = |message: &str| Problem::new(&codes::client::TRUST_FAILED, message.to_owned());
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        let stream = egress::connect(&host, port).await.map_err(|error| self.away(&error))?;
        if url.scheme() == "http" {
            return Ok(Box::new(stream));
        }
        let config = match trust {
            Trust::Authorities(pem) => {
                egress::tls(pem).map_err(|error| failed("cannot prepare TLS").because(&error))?
            }
            Trust::Machine => egress::tls_machine()
                .map_err(|error| failed("cannot prepare TLS").because(&error))?,
        };
        let name = ServerName::try_from(host)
            .map_err(|error| failed("the host has no valid name").because(&error))?;
        let connector = TlsConnector::from(Arc::clone(&config));
        let stream = connector.connect(name, stream).await.map_err(|error| self.away(&error))?;
        Ok(Box::new(stream))
    }

    fn away(&self, error: &(dyn std::error::Error + 'static)) -> Problem {
        Problem::new(&codes::client::UNREACHABLE, format!("cannot reach `{}`", self.server()))
            .because(error)
    }
}

fn websocket_base(url: &Url) -> String {
    let base = url.as_str().trim_end_matches('/');
    base.replacen("http", "ws", 1)
}

/// What the server said instead of opening the socket.
fn refusal(server: &str, answer: &http::Response<Option<Vec<u8>>>) -> Problem {
    let body = answer.body().as_deref().unwrap_or_default();
    match serde_json::from_slice::<atoll_wire::ProblemBody>(body) {
        Ok(body) => super::from_wire(body.error),
        Err(_) => Problem::new(
            &codes::client::ANSWER_FOREIGN,
            format!("`{server}` answered {}", answer.status()),
        ),
    }
}
