//! When a cluster is ready for its first pod.

use std::time::Duration;

use anyhow::{Context, Result};

use super::namespace::tail;
use super::running::Cluster;
use super::wait;

/// The node is there about 3 s after kubelet starts; builds may run beside it.
const NODE_TIMEOUT: Duration = Duration::from_mins(2);

pub(super) fn wait(cluster: &Cluster) -> Result<()> {
    wait::until("the node to be ready", NODE_TIMEOUT, || {
        let path = "jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}";
        let status = cluster.kubectl(&["get", "nodes", "-o", path])?;
        Ok((status.trim() == "True").then_some(()))
    })
    .with_context(|| tail(&cluster.layout, "kubelet"))?;
    wait::until("the default service account", NODE_TIMEOUT, || {
        cluster.kubectl(&["get", "serviceaccount", "default", "-o", "name"]).map(Some)
    })?;
    // The scheduler gets its rights to look at storage a moment after the API server is up.
    wait::until("the scheduler's rights", NODE_TIMEOUT, || {
        let who = "--as=system:kube-scheduler";
        cluster.kubectl(&["auth", "can-i", "list", "storageclasses", who]).map(Some)
    })?;
    Ok(())
}
