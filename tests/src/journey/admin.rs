//! What the operator does after install, each once: the first login, the nodes' configuration.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::Site;
use crate::cluster::{Cluster, NODE_NAME, until};

/// The import looks at the template and asks the mirror for its images: a second, or a few on a
/// busy machine.
const TEMPLATE_TIMEOUT: Duration = Duration::from_mins(1);

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

    /// Waits until a template that came with a bundle can be used.
    ///
    /// # Errors
    /// Carries what the program last said.
    pub fn wait_for_template(&self, name: &str) -> Result<()> {
        until("the template to be imported", TEMPLATE_TIMEOUT, || {
            let words = ["template", "show", name];
            Ok(self.atoll().run(&words)?.contains("succeeded").then_some(()))
        })
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
