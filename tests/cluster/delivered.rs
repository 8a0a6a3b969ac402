//! One delivery, installed once for all the stories that watch it: bundle, site, node.

use std::path::PathBuf;

use anyhow::{Context, Result};
use atoll_tests::cluster::{Cluster, NODE_ADDRESS, SinkCounts, workspace};
use atoll_tests::journey::{Atoll, Install, Maker, Recipe, Site, distributed};

/// Apart from any real site on this machine, and from the demo's.
pub(crate) const DATA_DIR: &str = "/var/lib/atoll-stories";
pub(crate) const USER: &str = "atoll-stories";
const TEMPLATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../appliance/templates/kubernetes-shell");
pub(crate) const TEMPLATE_NAME: &str = "kubernetes-shell";

/// The installed site, and what the sinks had counted before it was installed.
pub(crate) struct Delivered {
    pub(crate) site: Site,
    pub(crate) before: SinkCounts,
    pub(crate) folder: PathBuf,
}

impl Delivered {
    pub(crate) fn install(cluster: &Cluster, folder: PathBuf) -> Result<Self> {
        let program = distributed()?;
        remove_earlier(&program, &folder)?;
        let maker = Atoll::here(&program, &folder.join("maker-home"))?;
        let recipe = Recipe {
            stream: "stories".into(),
            version: "1".into(),
            images: vec![workspace()?],
            templates: vec![(TEMPLATE_NAME.into(), TEMPLATE.into())],
        };
        let bundle = Maker::new(maker, &folder.join("maker"))?.make("site.atoll", &recipe)?;
        let before = cluster.sinks().counts()?;
        let operator = Atoll::within(&program, &folder.join("home"), cluster.namespace())?;
        let told = Install {
            bundle,
            kubeconfig: cluster.kubeconfig(),
            url: format!("https://{NODE_ADDRESS}:7443"),
            data_dir: DATA_DIR.into(),
            user: USER.into(),
        };
        let mut site = Site::install(operator, told, &folder.join("serve.log"))?;
        site.serve()?;
        site.log_in(&folder).context("the first login")?;
        site.configure_node(cluster).context("configure the node")?;
        site.wait_for_template(TEMPLATE_NAME)?;
        Ok(Self { site, before, folder })
    }

    /// Runs a shell script in a workspace and returns what it printed.
    pub(crate) fn ssh(&self, workspace: &str, script: &str) -> Result<String> {
        self.site.atoll().run(&["ssh", workspace, "--", script])
    }
}

/// A run that was killed left its data directory; its cluster is gone.
fn remove_earlier(program: &std::path::Path, folder: &std::path::Path) -> Result<()> {
    if std::path::Path::new(DATA_DIR).exists() {
        let atoll = Atoll::here(program, &folder.join("home"))?;
        atoll.run(&["uninstall", "--purge", "--yes", "--data-dir", DATA_DIR])?;
    }
    Ok(())
}
