//! The cluster's network: a node address, a way out that leads nowhere and counts, and nothing
//! else.

use anyhow::Result;

use super::layout::Layout;
use super::namespace::Namespace;

/// The node, the API server, and the appliance of a test.
pub const NODE_ADDRESS: &str = "10.40.0.1";
/// The node's name, which resolves to its address.
pub const NODE_NAME: &str = "node1";
/// Every name resolves to this address in here; packets to it are counted and go nowhere.
/// From the block for documentation, RFC 5737.
pub const SINK_ADDRESS: &str = "198.51.100.7";
/// The resolver that answers and logs every question.
pub(super) const DNS_ADDRESS: &str = "192.0.2.53";
/// The addresses of pods and of services.
pub(super) const POD_RANGE: &str = "10.244.0.0/24";
pub(super) const SERVICE_RANGE: &str = "10.96.0.0/16";
/// The API server's own service, the first address of the range.
pub(super) const API_SERVICE: &str = "10.96.0.1";

/// What leaves would leave by `sink`, to a neighbour that does not exist. Both chains count and
/// drop: `leaving` what this node sends, `passing` what it passes on for pods. The kernel's own
/// talk with its neighbours on a link (who is there, which groups) is not an attempt to leave.
const RULES: &str = r#"
table inet atoll_sink {
    counter node { }
    counter pods { }
    chain leaving {
        type filter hook output priority 100;
        oifname != "sink" return
        icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-report, mld2-listener-report } drop
        meta l4proto igmp drop
        counter name "node" drop
    }
    chain passing {
        type filter hook forward priority 100;
        oifname "sink" counter name "pods" drop
    }
}
"#;

pub(super) fn set_up(namespace: &Namespace, layout: &Layout) -> Result<()> {
    let rules = layout.write("host/sink.nft", RULES)?;
    namespace.script(&format!(
        "ip link set lo up
         ip link add node0 type bridge
         ip address add {NODE_ADDRESS}/24 dev node0
         ip link set node0 up
         ip link add sink type bridge
         ip address add 192.0.2.1/24 dev sink
         ip address add {DNS_ADDRESS}/32 dev sink
         ip address add 2001:db8::1/64 dev sink nodad
         ip link set sink up
         ip -6 route add default via 2001:db8::fe dev sink
         ip route add default via 192.0.2.254 dev sink
         echo 1 > /proc/sys/net/ipv4/ip_forward
         nft -f {rules}",
        rules = rules.display()
    ))?;
    Ok(())
}
