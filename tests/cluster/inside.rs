//! Code of the product run in the cluster's network from within the test's own process.

use std::fs::File;
use std::future::Future;
use std::os::fd::AsFd;

use anyhow::{Context, Result, anyhow};
use atoll_tests::cluster::Cluster;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Runs a future on a thread of its own that has joined the cluster's network, and with it every
/// thread that it starts.
pub(crate) fn inside<T, F>(cluster: &Cluster, make: impl FnOnce() -> F + Send) -> Result<T>
where
    T: Send,
    F: Future<Output = Result<T>>,
{
    let network = cluster.namespace().network();
    let network = File::open(&network).with_context(|| format!("open {network}"))?;
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
                .context("join the cluster's network")?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(make())
        });
        thread.join().map_err(|_| anyhow!("the thread in the cluster's network panicked"))?
    })
}
