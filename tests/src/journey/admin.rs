//! What the operator does after install, each once: the first login, the nodes' configuration.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Site;
use crate::cluster::{Cluster, NODE_NAME};

/// The administrator's password after the first login, of sites that live for minutes.
const PASSWORD: &str = "only for this machine 1";

impl Site {
    /// Logs the administrator in with the password install made, replaces it, as the site wants,
    /// and logs in with the new one. Returns the file that holds it.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn log_in(&self, folder: &Path) -> Result<PathBuf> {
        let first = self.printed("admin_password_file")?;
        let path = folder.join("admin-password");
        fs::write(&path, PASSWORD).with_context(|| format!("write {}", path.display()))?;
        let (url, new) = (&self.told().url, path.to_string_lossy());
        let authority = self.printed("ca_sha256")?;
        let login = ["login", url, "--ca-sha256", authority, "--user", self.printed("admin_name")?];
        self.atoll().run(&[&login[..], &["--password-file", first]].concat())?;
        self.atoll().run(&["password", "--current-file", first, "--new-file", &new])?;
        self.atoll().run(&[&login[..], &["--password-file", &new]].concat())?;
        Ok(path)
    }

    /// Puts the files that `atoll mirror node-config` makes onto the cluster's node.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn configure_node(&self, cluster: &Cluster) -> Result<()> {
        let words = ["mirror", "node-config", "--format", "containerd", "--node", NODE_NAME];
        let root = cluster.node_root();
        self.atoll().run(&[&words[..], &["--into", &root.to_string_lossy()]].concat()).map(drop)
    }
}
