//! The programs a cluster is made of, and what to do about a missing one.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The versions here are those of vendor.toml; `make vendor` puts them into the cache.
const KUBERNETES: &str = "vendor/kubernetes-1.34.2";
const LOCAL_PATH: &str = "vendor/local-path-provisioner-0.0.30";
/// Debian's, from tools/debian-packages.
const SYSTEM: [&str; 9] =
    ["containerd", "conntrack", "ctr", "etcd", "ip", "iptables", "nft", "nsenter", "runc"];
/// Where Debian puts the network plugins.
pub(super) const CNI_PLUGINS: &str = "/usr/lib/cni";

/// Where to find each program.
#[derive(Debug, Clone)]
pub struct Programs {
    kubernetes: PathBuf,
    local_path: PathBuf,
}

impl Programs {
    /// Looks for every program.
    ///
    /// # Errors
    /// Names the first missing one and the command that brings it.
    pub fn find() -> Result<Self> {
        let cache = cache_dir()?;
        let programs =
            Self { kubernetes: cache.join(KUBERNETES), local_path: cache.join(LOCAL_PATH) };
        for path in [programs.kubectl(), programs.local_path_provisioner()] {
            ensure!(path.is_file(), "no {}: run `make vendor`", path.display());
        }
        for name in SYSTEM {
            ensure!(on_path(name), "no `{name}` on this machine: run `make setup`");
        }
        let bridge = Path::new(CNI_PLUGINS).join("bridge");
        ensure!(bridge.is_file(), "no {}: run `make setup`", bridge.display());
        Ok(programs)
    }

    /// One of the six Kubernetes programs.
    pub fn kubernetes(&self, name: &str) -> PathBuf {
        self.kubernetes.join(name)
    }

    /// The command line client.
    pub fn kubectl(&self) -> PathBuf {
        self.kubernetes("kubectl")
    }

    pub(super) fn local_path_provisioner(&self) -> PathBuf {
        self.local_path.join("local-path-provisioner")
    }
}

/// The folder outside the repository that holds vendored programs and images.
///
/// # Errors
/// When neither `ATOLL_CACHE` nor `HOME` is set.
pub fn cache_dir() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("ATOLL_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let home = env::var_os("HOME").context("neither ATOLL_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/atoll"))
}

/// Debian keeps some of them in `sbin`, which not every PATH has.
fn on_path(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .any(|folder| folder.join(name).is_file())
}
