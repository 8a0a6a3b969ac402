//! What tried to leave: packets by the default route, names asked of the resolver.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::layout::Layout;
use super::namespace::Namespace;
use super::network::{DNS_ADDRESS, SINK_ADDRESS};
use super::wait;

/// A resolver in the standard library of Python: answers every name, logs every question.
const RESOLVER: &str = include_str!("../../fixtures/cluster/resolver.py");
const RESOLVER_TIMEOUT: Duration = Duration::from_secs(10);

/// What has been counted since the cluster started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkCounts {
    /// Packets the node itself sent to the outside.
    pub node_packets: u64,
    /// Packets of pods that were on their way to the outside.
    pub pod_packets: u64,
    /// Every name that was asked for, with how often.
    pub names: BTreeMap<String, u64>,
}

impl SinkCounts {
    /// Packets and questions together: 0 when nothing tried to leave.
    pub fn total(&self) -> u64 {
        self.node_packets + self.pod_packets + self.names.values().sum::<u64>()
    }

    /// What came since an earlier look.
    pub fn since(&self, earlier: &Self) -> Self {
        let mut names = self.names.clone();
        for (name, count) in &earlier.names {
            if let Some(now) = names.get_mut(name) {
                *now = now.saturating_sub(*count);
            }
        }
        names.retain(|_, count| *count > 0);
        Self {
            node_packets: self.node_packets.saturating_sub(earlier.node_packets),
            pod_packets: self.pod_packets.saturating_sub(earlier.pod_packets),
            names,
        }
    }
}

/// The counters of one cluster.
#[derive(Debug)]
pub struct Sinks {
    layout: Layout,
    namespace: Namespace,
}

#[derive(Deserialize)]
struct Listing {
    nftables: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    counter: Option<Counter>,
}

#[derive(Deserialize)]
struct Counter {
    name: String,
    packets: u64,
}

impl Sinks {
    pub(super) fn new(layout: &Layout, namespace: &Namespace) -> Self {
        Self { layout: layout.clone(), namespace: namespace.clone() }
    }

    pub(super) fn start(&self) -> Result<()> {
        let script = self.layout.write("host/resolver.py", RESOLVER)?;
        let log = self.questions();
        fs::write(&log, "").context("create the resolver's log")?;
        let mut command = Command::new("python3");
        command.arg(script).args([DNS_ADDRESS, SINK_ADDRESS]).arg(&log);
        self.namespace.daemon(&self.layout, "resolver", &command)?;
        let log = self.layout.log("resolver");
        wait::until("the resolver", RESOLVER_TIMEOUT, || {
            Ok(fs::read_to_string(&log)?.contains("listening").then_some(()))
        })
    }

    /// What has been counted so far.
    ///
    /// # Errors
    /// When the cluster has ended.
    pub fn counts(&self) -> Result<SinkCounts> {
        let text = self.namespace.script("nft --json list counters table inet atoll_sink")?;
        let listing: Listing = serde_json::from_str(&text).context("read nft's answer")?;
        let packets = |name: &str| {
            let mut counters = listing.nftables.iter().filter_map(|entry| entry.counter.as_ref());
            counters.find(|counter| counter.name == name).map(|counter| counter.packets)
        };
        let mut names = BTreeMap::new();
        for line in fs::read_to_string(self.questions())?.lines() {
            *names.entry(line.to_owned()).or_insert(0) += 1;
        }
        Ok(SinkCounts {
            node_packets: packets("node").context("nft lists no counter `node`")?,
            pod_packets: packets("pods").context("nft lists no counter `pods`")?,
            names,
        })
    }

    /// Sends one request to the outside on purpose and returns what was counted for it: the proof
    /// that an empty count means something.
    ///
    /// # Errors
    /// When the counters did not move.
    pub fn plant(&self) -> Result<SinkCounts> {
        let before = self.counts()?;
        let mut command = self.namespace.outside("python3");
        command.args(["-c", PLANT]);
        // The request cannot succeed; that it was made is what counts.
        wait::output(command)?;
        let counted = self.counts()?.since(&before);
        ensure!(counted.node_packets > 0, "a planted packet was not counted: {counted:?}");
        ensure!(
            counted.names.contains_key(PLANTED_NAME),
            "a planted question was not counted: {counted:?}"
        );
        Ok(counted)
    }

    fn questions(&self) -> PathBuf {
        self.layout.path("host/questions")
    }
}

/// What [`Sinks::plant`] asks for.
pub const PLANTED_NAME: &str = "planted.example.com";

const PLANT: &str = r#"
import socket
try:
    socket.create_connection(("planted.example.com", 443), timeout=0.5)
except OSError:
    pass
"#;
