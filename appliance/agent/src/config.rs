//! What the agent is told at its start: where to dial, with which token, trusting whom.

use std::path::PathBuf;

use thiserror::Error;
use tokio_tungstenite::tungstenite::http::Uri;

/// Server addresses of one agent: a site has a name and a few addresses, not a fleet.
const SERVERS_MAX: usize = 16;

/// Bytes of a token file: a token has under 100.
pub(crate) const TOKEN_BYTES_MAX: u64 = 4 * 1024;

/// The settings, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Tried in turn.
    pub(crate) servers: Vec<Server>,
    /// Read anew for every attempt, since its content may be replaced while the agent waits.
    pub(crate) token_file: PathBuf,
    /// Certificates in PEM: the only ones trusted. Read anew for every attempt too, so that a
    /// site may change its authority under running workspaces.
    pub(crate) ca_file: Option<PathBuf>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) transport: Transport,
    /// A name or an address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// As in a `Host` header.
    pub(crate) authority: String,
}

/// Whether the line is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Tls,
    /// For tests, and for a proxy in the same pod.
    Plain,
}

/// Why the settings are refused.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("`{name}` is not set")]
    Missing { name: &'static str },
    #[error("`{server}` in ATOLL_AGENT_URL is not `https://HOST[:PORT]`")]
    Server { server: String },
    #[error("ATOLL_AGENT_URL names more than {SERVERS_MAX} servers")]
    TooManyServers,
    #[error("ATOLL_AGENT_CA_FILE is not set, and an https server cannot be trusted without it")]
    NoAuthority,
}

impl Config {
    /// Reads the settings through `variable`, the process environment outside of tests.
    pub(crate) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let required = |name| {
            variable(name).filter(|value| !value.is_empty()).ok_or(ConfigError::Missing { name })
        };
        let text = required("ATOLL_AGENT_URL")?;
        let words = text.split([',', ' ', '\n']).filter(|word| !word.is_empty());
        let servers = words.map(Server::parse).collect::<Result<Vec<_>, _>>()?;
        if servers.is_empty() {
            return Err(ConfigError::Missing { name: "ATOLL_AGENT_URL" });
        }
        if servers.len() > SERVERS_MAX {
            return Err(ConfigError::TooManyServers);
        }
        let token_file = required("ATOLL_AGENT_TOKEN_FILE")?.into();
        let ca_file: Option<PathBuf> =
            variable("ATOLL_AGENT_CA_FILE").filter(|path| !path.is_empty()).map(Into::into);
        if ca_file.is_none() && servers.iter().any(|server| server.transport == Transport::Tls) {
            return Err(ConfigError::NoAuthority);
        }
        Ok(Self { servers, token_file, ca_file })
    }
}

impl Server {
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let refused = || ConfigError::Server { server: text.to_owned() };
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let (transport, default_port) = match uri.scheme_str() {
            Some("https" | "wss") => (Transport::Tls, 443),
            Some("http" | "ws") => (Transport::Plain, 80),
            Some(_) | None => return Err(refused()),
        };
        let authority = uri.authority().ok_or_else(refused)?;
        // A password in an address would be sent to whoever answers.
        if authority.as_str().contains('@')
            || !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
        {
            return Err(refused());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(default_port);
        if host.is_empty() {
            return Err(refused());
        }
        Ok(Self { transport, host, port, authority: authority.as_str().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, ca: &str) -> Result<Config, ConfigError> {
        Config::from_environment(|name| match name {
            "ATOLL_AGENT_URL" => Some(url.to_owned()),
            "ATOLL_AGENT_TOKEN_FILE" => Some("/token".to_owned()),
            "ATOLL_AGENT_CA_FILE" => Some(ca.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn several_servers_are_tried_in_turn() {
        let config = config("https://atoll.example:7443,https://[fd00::1]:7443", "/ca")
            .expect("is well formed");
        let hosts: Vec<_> =
            config.servers.iter().map(|server| (server.host.as_str(), server.port)).collect();
        assert_eq!(hosts, [("atoll.example", 7443), ("fd00::1", 7443)]);
    }

    #[test]
    fn an_encrypted_server_without_an_authority_is_refused() {
        assert!(matches!(config("https://atoll.example", ""), Err(ConfigError::NoAuthority)));
        assert!(config("http://127.0.0.1:80", "").is_ok());
    }

    #[test]
    fn a_server_with_a_password_a_path_or_another_scheme_is_refused() {
        for url in ["https://a:b@host", "https://host/path", "ftp://host", "host", "https://host?x"]
        {
            assert!(matches!(config(url, "/ca"), Err(ConfigError::Server { .. })), "{url}");
        }
    }
}
