//! `atoll port-forward`: ports of this machine that lead into a workspace.

use std::net::Ipv4Addr;
use std::str::FromStr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use super::tunnel::Tunnel;
use crate::cli::{Console, workspace};
use crate::client::{Client, Connection, paths};
use crate::error::{Problem, codes};

/// Arguments of `atoll port-forward`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  atoll port-forward web 8080           localhost:8080 leads to port 8080 of the workspace
  atoll port-forward web 5433:5432
  atoll port-forward web 5433:db:5432   a host as the workspace sees it")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// The workspace: NAME, or OWNER/NAME
    workspace: String,
    /// PORT, LOCAL:REMOTE or LOCAL:HOST:REMOTE
    #[arg(required = true)]
    ports: Vec<Ports>,
    /// The agent, where the workspace has several
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
}

/// One forwarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports {
    local: u16,
    host: String,
    remote: u16,
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let port = |text: &str| text.parse::<u16>().map_err(|_| format!("`{text}` is no port"));
        let (local, rest) = text.split_once(':').unwrap_or((text, text));
        // The last colon, since an IPv6 address has colons of its own.
        let (host, remote) = rest.rsplit_once(':').unwrap_or(("localhost", rest));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self { local: port(local)?, host: host.to_owned(), remote: port(remote)? })
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let workspace = workspace::find(&client, &self.workspace).await?;
        let mut accepting = tokio::task::JoinSet::new();
        for ports in self.ports {
            let address = (Ipv4Addr::LOCALHOST, ports.local);
            let listener = TcpListener::bind(address).await.map_err(|error| {
                let message = format!("cannot listen on port {} of this machine", ports.local);
                Problem::new(&codes::ssh::PORT_TAKEN, message).because(&error)
            })?;
            let local = listener.local_addr().map_or(ports.local, |address| address.port());
            console.note(&format!(
                "localhost:{local} leads to {}:{} of `{}`",
                ports.host, ports.remote, workspace.name
            ));
            let path = paths::tunnel_to_port(
                workspace.id,
                &ports.host,
                ports.remote,
                self.agent.as_deref(),
            );
            accepting.spawn(accept(listener, client.clone(), path));
        }
        // Until the person ends it.
        while let Some(ended) = accepting.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn accept(listener: TcpListener, client: Client, path: String) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(carry(stream, client.clone(), path.clone()));
    }
}

async fn carry(mut stream: TcpStream, client: Client, path: String) {
    match client.websocket(&path).await {
        Ok(socket) => {
            // How it ends is between the two ends.
            drop(copy_bidirectional(&mut stream, &mut Tunnel::new(socket)).await);
        }
        // The person sees a closed connection; this is why.
        Err(problem) => tracing::warn!("{problem}: {}", problem.cause()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_written_in_three_ways() {
        let ports = |local, host: &str, remote| Ok(Ports { local, host: host.to_owned(), remote });
        assert_eq!("8080".parse(), ports(8080, "localhost", 8080));
        assert_eq!("1:2".parse(), ports(1, "localhost", 2));
        assert_eq!("1:db:2".parse(), ports(1, "db", 2));
        assert_eq!("1:[::1]:2".parse(), ports(1, "::1", 2));
        for bad in ["", "x", "1:", "70000", ":1"] {
            assert!(bad.parse::<Ports>().is_err(), "{bad}");
        }
    }
}
