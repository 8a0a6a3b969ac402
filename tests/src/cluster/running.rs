//! One running cluster: how it comes up, what it offers, how it ends.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::image::Image;
use super::layout::Layout;
use super::namespace::Namespace;
use super::programs::Programs;
use super::sinks::Sinks;
use super::small_images::{helper, pause};
use super::state::clean_up;
use super::{cgroups, components, files, network, pki, ready, storage, wait};

/// What a cluster is made of and where it lives.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The directory everything goes into; made when absent. Not below `/run`, `/var/lib` or
    /// `/var/log`, which the cluster's processes see as their own.
    pub directory: PathBuf,
    /// Images to load into the node before the first pod, besides those the cluster itself
    /// needs. Everything else has to come from a registry.
    pub images: Vec<Image>,
}

/// A running cluster. Dropping it ends every process and removes the directory.
#[derive(Debug)]
pub struct Cluster {
    pub(super) layout: Layout,
    pub(super) namespace: Namespace,
    sinks: Sinks,
    on_drop: OnDrop,
}

/// Whether the cluster outlives the value that describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnDrop {
    Stop,
    Leave,
}

impl Cluster {
    /// Brings a cluster up and returns when its node is ready, the default service account exists
    /// and the default storage class is there. About 15 s.
    ///
    /// # Errors
    /// Names the component that did not come up and the end of its log.
    pub fn start(options: &ClusterOptions) -> Result<Self> {
        let programs = Programs::find()?;
        let layout = Layout::create(&options.directory)?;
        let namespace = Namespace::create(&layout)?;
        let cluster = Self {
            sinks: Sinks::new(&layout, &namespace),
            layout,
            namespace,
            on_drop: OnDrop::Stop,
        };
        cluster.bring_up(&programs, options)?;
        Ok(cluster)
    }

    /// The cluster that another process left running in `directory`; it is not stopped on drop.
    ///
    /// # Errors
    /// When nothing runs there.
    pub fn attach(directory: &Path) -> Result<Self> {
        let layout = Layout::existing(directory)?;
        let namespace = Namespace::existing(&layout)?;
        let sinks = Sinks::new(&layout, &namespace);
        Ok(Self { layout, namespace, sinks, on_drop: OnDrop::Leave })
    }

    fn bring_up(&self, programs: &Programs, options: &ClusterOptions) -> Result<()> {
        network::set_up(&self.namespace, &self.layout).context("set up the network")?;
        self.sinks.start().context("start the sinks")?;
        pki::write(&self.layout).context("make the cluster's certificates")?;
        files::write(&self.layout).context("write the components' configuration")?;
        cgroups::create(&self.layout)?;
        let components = components::Components::new(&self.namespace, &self.layout, programs);
        components.start_control_plane()?;
        components.start_runtime()?;
        self.load_first_images(&options.images)?;
        components.start_node()?;
        storage::install(self, programs)?;
        ready::wait(self)
    }

    fn load_first_images(&self, more: &[Image]) -> Result<()> {
        let own = [
            pause(&self.layout.path("scratch/pause"))?,
            helper(&self.layout.path("scratch/helper"))?,
        ];
        own.iter().chain(more).try_for_each(|image| self.load_image(image))
    }

    /// Leaves the cluster running after this value is dropped.
    pub fn leave(mut self) -> Self {
        self.on_drop = OnDrop::Leave;
        self
    }

    /// Ends every process of the cluster and removes all it made.
    ///
    /// # Errors
    /// Names what could not be removed.
    pub fn stop(mut self) -> Result<()> {
        self.on_drop = OnDrop::Leave;
        clean_up(self.layout.root())
    }

    /// The administrator's kubeconfig; its address is only reachable in the cluster's network.
    pub fn kubeconfig(&self) -> PathBuf {
        self.layout.kubeconfig("admin")
    }

    /// Where containerd reads `<host>/hosts.toml`; `_default` covers every host.
    pub fn certs_d(&self) -> PathBuf {
        self.layout.certs_d()
    }

    /// What the node's programs see as `/`, as far as node configuration goes: files written to
    /// `etc/containerd` below it are the node's own.
    pub fn node_root(&self) -> PathBuf {
        self.layout.path("host")
    }

    /// containerd's socket, for `ctr --address`.
    pub fn containerd_socket(&self) -> PathBuf {
        self.layout.containerd_socket()
    }

    /// Where logs of the components are.
    pub fn logs(&self) -> PathBuf {
        self.layout.logs()
    }

    /// The namespaces the cluster lives in.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The counters of what tried to leave.
    pub fn sinks(&self) -> &Sinks {
        &self.sinks
    }

    /// A command that will run in the cluster's network, with its resolver, and otherwise on this
    /// machine: the place of the appliance and of everyone who talks to it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.namespace.outside(program)
    }

    /// Runs kubectl as the administrator and returns its standard output.
    ///
    /// # Errors
    /// Carries kubectl's own message.
    pub fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(Programs::find()?.kubectl());
        command.arg("--kubeconfig").arg(self.kubeconfig()).args(arguments);
        wait::output(command)
    }

    /// Applies a manifest as the administrator.
    ///
    /// # Errors
    /// Carries kubectl's own message.
    pub fn apply(&self, manifest: &str) -> Result<()> {
        let path = self.layout.scratch(manifest)?;
        self.kubectl(&["apply", "-f", &path.to_string_lossy()]).map(drop)
    }

    /// Loads an image into the node, as if it had been pulled.
    ///
    /// # Errors
    /// Carries containerd's own message.
    pub fn load_image(&self, image: &Image) -> Result<()> {
        let archive = self.layout.path("scratch/image.tar");
        image.archive(&archive)?;
        components::load_image(&self.namespace, &self.layout, &archive)
            .with_context(|| format!("load {} into the node", image.reference))?;
        std::fs::remove_file(&archive).context("remove the archive")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.on_drop == OnDrop::Stop {
            // A drop cannot report; the state file stays when something could not be removed.
            drop(clean_up(self.layout.root()));
        }
    }
}
