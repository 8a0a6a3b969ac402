//! Names to addresses without the C library: `/etc/hosts`, then the servers of `/etc/resolv.conf`.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use tokio::net::TcpStream;

/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;

/// Time for one address to answer a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Connects to a host and port, trying its addresses in turn.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the agent dials: its server, and what its user forwards to"
)]
pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("`{host}` has no address"));
    for address in addresses(host).await?.into_iter().take(ADDRESSES_MAX) {
        let address = SocketAddr::new(address, port);
        match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Keys pressed should not wait for more keys. A socket that cannot do it still works.
                drop(stream.set_nodelay(true));
                return Ok(stream);
            }
            Ok(Err(error)) => last = io::Error::new(error.kind(), format!("{address}: {error}")),
            Err(_) => {
                last =
                    io::Error::new(io::ErrorKind::TimedOut, format!("{address} does not answer"));
            }
        }
    }
    Err(last)
}

/// All addresses of a name. The files are read at each call: in a pod they are mounted and change.
async fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let known = in_hosts(&hosts, host);
    if !known.is_empty() {
        return Ok(known);
    }
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![IpAddr::from([127, 0, 0, 1]), IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)]);
    }
    let unknown = |error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::NotFound, format!("`{host}` cannot be resolved: {error}"))
    };
    let mut builder = TokioResolver::builder_tokio().map_err(|error| unknown(&error))?;
    builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    builder.options_mut().try_tcp_on_error = true;
    let resolver = builder.build().map_err(|error| unknown(&error))?;
    let found = resolver.lookup_ip(host).await.map_err(|error| unknown(&error))?;
    Ok(found.iter().collect())
}

fn in_hosts(hosts: &str, host: &str) -> Vec<IpAddr> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let address = words.next()?.parse().ok()?;
            words.any(|name| name.eq_ignore_ascii_case(host)).then_some(address)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_the_hosts_file_has_all_its_addresses() {
        let hosts = "127.0.0.1 localhost\n10.0.0.7\tAtoll.Example atoll # the site\nfd00::7 atoll.example\nbroken x\n";
        let found = in_hosts(hosts, "atoll.example");
        assert_eq!(
            found,
            ["10.0.0.7", "fd00::7"].map(|text| text.parse::<IpAddr>().expect("is an address"))
        );
        assert_eq!(in_hosts(hosts, "site"), Vec::<IpAddr>::new());
    }
}
