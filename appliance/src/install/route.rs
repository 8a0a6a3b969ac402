//! The address others reach this machine at, when nobody said it: the one from which it reaches
//! the cluster's API server. Nothing is sent to find out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _, UdpSocket};

use serde::Deserialize;
use url::{Host, Url};

use crate::error::{Outcome, Problem, codes};

/// Addresses reserved for documentation: a route to them is the default route, and nobody is there.
const ANYWHERE: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

#[derive(Debug, Deserialize)]
struct Kubeconfig {
    #[serde(rename = "current-context", default)]
    current_context: String,
    #[serde(default)]
    clusters: Vec<NamedCluster>,
    #[serde(default)]
    contexts: Vec<NamedContext>,
}

#[derive(Debug, Deserialize)]
struct NamedCluster {
    name: String,
    cluster: Cluster,
}

#[derive(Debug, Deserialize)]
struct Cluster {
    server: String,
}

#[derive(Debug, Deserialize)]
struct NamedContext {
    name: String,
    context: Context,
}

#[derive(Debug, Deserialize)]
struct Context {
    cluster: String,
}

/// The API server a kubeconfig leads to.
pub(super) fn api_server(kubeconfig: &str, name: &str) -> Outcome<Url> {
    let refused = |cause: String| {
        let message = format!("cannot use the kubeconfig `{name}`");
        Problem::new(&codes::lifecycle::KUBECONFIG_UNREADABLE, message).because_of(cause)
    };
    // The parser would quote the lines around a fault, and with them the file's tokens.
    let quiet = serde_saphyr::options! { with_snippet: false };
    let file: Kubeconfig = serde_saphyr::from_str_with_options(kubeconfig, quiet)
        .map_err(|error| refused(error.to_string()))?;
    let context = file.contexts.iter().find(|context| context.name == file.current_context);
    let cluster = match context {
        Some(context) => {
            file.clusters.iter().find(|cluster| cluster.name == context.context.cluster)
        }
        None => file.clusters.first(),
    };
    let cluster = cluster.ok_or_else(|| refused("it names no cluster".into()))?;
    Url::parse(&cluster.cluster.server).map_err(|error| refused(error.to_string()))
}

/// The base address this machine has on the way to a server, or to anywhere without one.
pub(super) fn default_url(server: Option<&Url>, port: u16) -> Url {
    let targets = server.map(targets).unwrap_or_default();
    let anywhere = ANYWHERE.map(|address| SocketAddr::new(address, 443));
    let routes = targets.iter().chain(&anywhere).copied();
    let address = routes.filter_map(local_address).find(|address| !address.is_loopback());
    base(address.unwrap_or(Ipv4Addr::LOCALHOST.into()), port)
}

fn targets(server: &Url) -> Vec<SocketAddr> {
    let port = server.port_or_known_default().unwrap_or(443);
    match server.host() {
        Some(Host::Ipv4(address)) => vec![SocketAddr::new(address.into(), port)],
        Some(Host::Ipv6(address)) => vec![SocketAddr::new(address.into(), port)],
        Some(Host::Domain(name)) => {
            (name, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
        }
        None => Vec::new(),
    }
}

/// Asks the kernel which of our addresses it would send from; a connected UDP socket sends nothing.
fn local_address(target: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = match target {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(target).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn base(address: IpAddr, port: u16) -> Url {
    let text = format!("https://{}", SocketAddr::new(address, port));
    Url::parse(&text).expect("an address and a port are a base address")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = "
apiVersion: v1
kind: Config
current-context: site
clusters:
- {name: other, cluster: {server: 'https://10.9.9.9:6443'}}
- {name: one, cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: AA==}}
contexts:
- {name: site, context: {cluster: one, user: admin}}
users:
- {name: admin, user: {token: secret}}
";

    #[test]
    fn the_current_contexts_server_is_found() {
        let server = api_server(KUBECONFIG, "config").expect("is whole");
        assert_eq!(server.as_str(), "https://127.0.0.1:6443/");
        let problem = api_server("clusters: []", "config").expect_err("names none");
        assert_eq!(problem.code().id, "kubeconfig-unreadable");
        let problem = api_server("users: [{user: {token: secret", "config").expect_err("is torn");
        assert!(!problem.cause().contains("secret"), "{}", problem.cause());
    }

    #[test]
    fn addresses_of_both_families_become_base_addresses() {
        let v6 = base("fd00::5".parse().expect("an address"), 7443);
        assert_eq!(v6.as_str(), "https://[fd00::5]:7443/");
        assert_eq!(base(Ipv4Addr::LOCALHOST.into(), 443).as_str(), "https://127.0.0.1/");
    }
}
