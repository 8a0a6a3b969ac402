//! From a server's address to an upgraded WebSocket.

use std::io::Read;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use atoll_wire::agent::{CONNECT_PATH, PROTOCOL, SOCKET_MESSAGE_BYTES_MAX};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HOST, HeaderValue};
use tokio_tungstenite::tungstenite::http::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::socket::ByteSocket;
use super::{LinkError, tls};
use crate::config::{Config, Server, TOKEN_BYTES_MAX, Transport};
use crate::names;

/// Time for TLS and the upgrade, once the server accepts connections.
const UPGRADE_WITHIN: Duration = Duration::from_secs(20);

/// Bytes of a refusal's body that are logged.
const ANSWER_BYTES_MAX: usize = 512;

/// A line to a server, encrypted or not.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

pub(crate) type AnyLine = Pin<Box<dyn Line>>;

/// The upgraded connection, as bytes.
pub(crate) type Socket = ByteSocket<AnyLine>;

/// Dials one server.
pub(crate) async fn dial(config: &Config, server: &Server) -> Result<Socket, LinkError> {
    let request = request(server, &token(&config.token_file)?)?;
    let connected = names::connect(&server.host, server.port).await;
    let stream = connected
        .map_err(|source| LinkError::Connect { server: server.authority.clone(), source })?;
    let upgrade = async {
        let line: AnyLine = match server.transport {
            Transport::Plain => Box::pin(stream),
            Transport::Tls => Box::pin(encrypt(config, server, stream).await?),
        };
        let mut limits = WebSocketConfig::default();
        limits.max_message_size = Some(SOCKET_MESSAGE_BYTES_MAX);
        limits.max_frame_size = Some(SOCKET_MESSAGE_BYTES_MAX);
        let upgraded =
            tokio_tungstenite::client_async_with_config(request, line, Some(limits)).await;
        let (socket, _) = upgraded.map_err(|error| refusal(server, error))?;
        Ok(ByteSocket::new(socket))
    };
    let upgraded = tokio::time::timeout(UPGRADE_WITHIN, upgrade).await;
    upgraded.unwrap_or_else(|_| Err(LinkError::NoAnswer { server: server.authority.clone() }))
}

async fn encrypt(
    config: &Config,
    server: &Server,
    stream: tokio::net::TcpStream,
) -> Result<tokio_rustls::client::TlsStream<tokio::net::TcpStream>, LinkError> {
    let failed = |source| LinkError::Encrypt { server: server.authority.clone(), source };
    let missing = || failed(std::io::Error::other("no authority is given"));
    let connector = tls::connector(config.ca_file.as_deref().ok_or_else(missing)?)?;
    let name = ServerName::try_from(server.host.clone());
    let name = name.map_err(|error| failed(std::io::Error::other(error)))?;
    connector.connect(name, stream).await.map_err(failed)
}

/// The token, without the line end that tools put behind it. It never gets into an error.
fn token(path: &Path) -> Result<String, LinkError> {
    let unreadable = |source| LinkError::ReadFile { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(TOKEN_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let token = text.trim();
    if token.is_empty() {
        return Err(LinkError::Token { path: path.to_owned() });
    }
    Ok(token.to_owned())
}

fn request(server: &Server, token: &str) -> Result<Request<()>, LinkError> {
    let malformed =
        |source| LinkError::Upgrade { server: server.authority.clone(), source: Box::new(source) };
    let invalid = |error| malformed(WebSocketError::HttpFormat(error));
    let scheme = match server.transport {
        Transport::Plain => "ws",
        Transport::Tls => "wss",
    };
    let uri = format!("{scheme}://{}{CONNECT_PATH}", server.authority);
    let mut request = uri.into_client_request().map_err(malformed)?;
    let mut bearer =
        HeaderValue::try_from(format!("Bearer {token}")).map_err(|error| invalid(error.into()))?;
    bearer.set_sensitive(true);
    let host = HeaderValue::try_from(&server.authority).map_err(|error| invalid(error.into()))?;
    let protocol =
        HeaderValue::try_from(PROTOCOL.to_string()).map_err(|error| invalid(error.into()))?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    request.headers_mut().insert(HOST, host);
    request.headers_mut().insert("atoll-agent-protocol", protocol);
    Ok(request)
}

fn refusal(server: &Server, error: WebSocketError) -> LinkError {
    let server = server.authority.clone();
    match error {
        WebSocketError::Http(answer) => {
            LinkError::Refused { server, status: answer.status().as_u16(), answer: body(&answer) }
        }
        other => LinkError::Upgrade { server, source: Box::new(other) },
    }
}

fn body(answer: &Response<Option<Vec<u8>>>) -> String {
    let body = answer.body().as_deref().unwrap_or_default();
    String::from_utf8_lossy(&body[..body.len().min(ANSWER_BYTES_MAX)]).trim().to_owned()
}
