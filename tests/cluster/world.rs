//! What all stories share: one cluster, and the site that the first story wanting one installs.

use std::path::PathBuf;

use anyhow::Result;
use atoll_tests::cluster::{Cluster, ClusterOptions, clean_up};

use crate::delivered::Delivered;

/// A cluster in a directory of its own.
pub(crate) struct World {
    // Before the cluster: it is dropped first, and its process lives in the cluster's network.
    pub(crate) delivered: Option<Delivered>,
    pub(crate) cluster: Cluster,
}

impl World {
    pub(crate) fn create() -> Result<Self> {
        let directory = directory("stories");
        // A run that was killed left its cluster; the same name finds it.
        clean_up(&directory)?;
        let cluster = Cluster::start(&ClusterOptions { directory, images: Vec::new() })?;
        Ok(Self { delivered: None, cluster })
    }
}

/// A short path: sockets below it must fit into 107 bytes.
pub(crate) fn directory(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("atoll-{name}"))
}
