//! The address of the client itself, through proxies that are trusted and no others.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;

use super::{Networks, Peer};

/// Hops looked at; a longer chain is cut at its far end, which nobody vouches for anyway.
const HOPS_MAX: usize = 16;

/// The address rate limits and the audit log go by. A local process counts as `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Middleware that puts [`ClientAddress`] into the request.
pub async fn client_address(
    State(proxies): State<Networks>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = match peer {
        Peer::Tcp(address) => resolve(address.ip(), request.headers(), &proxies),
        Peer::Local { .. } => Ipv6Addr::LOCALHOST.into(),
    };
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// Walks `X-Forwarded-For` from the near end and stops at the first hop that is no proxy of ours:
/// what stands before it was written by a stranger.
fn resolve(peer: IpAddr, headers: &HeaderMap, proxies: &Networks) -> IpAddr {
    let mut address = peer.to_canonical();
    let values = headers.get_all("x-forwarded-for").into_iter();
    let texts: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let hops = texts.iter().rev().flat_map(|text| text.rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        if !proxies.contain(address) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_hops_are_believed() {
        let proxies =
            Networks::parse(&["127.0.0.1".into(), "10.0.0.0/8".into()]).expect("networks");
        let cases = [
            ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("127.0.0.1", "nonsense", "127.0.0.1"),
            ("::ffff:127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ];
        for (peer, header, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", header.parse().expect("a header"));
            let found = resolve(peer.parse().expect("an address"), &headers, &proxies);
            assert_eq!(found.to_string(), expected, "{peer} {header}");
        }
    }
}
