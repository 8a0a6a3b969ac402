//! Where everything of one cluster lies below its directory.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// Places the cluster's processes see as their own, so that the directory cannot lie there.
const HIDDEN: [&str; 3] = ["/run", "/var/lib", "/var/log"];

/// A unix socket's path holds 107 bytes; the longest below the directory is containerd's.
const LONGEST_ROOT: usize = 70;

/// The directory of one cluster.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn create(root: &Path) -> Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("create {}", root.display()))?;
        let layout = Self::existing(root)?;
        ensure!(
            !layout.state_file().exists(),
            "{} already holds a cluster: stop it first",
            root.display()
        );
        for part in [
            "containerd/root",
            "containerd/state",
            "cni/data",
            "cni/net.d",
            "etcd",
            "host/etc/containerd/certs.d",
            "host/var-lib/kubelet",
            "host/var-lib/cni",
            "host/var-log/pods",
            "kubeconfig",
            "logs",
            "pki",
            "scratch",
            "volumes",
        ] {
            fs::create_dir_all(layout.root.join(part))
                .with_context(|| format!("create `{part}` below {}", root.display()))?;
        }
        Ok(layout)
    }

    pub(super) fn existing(root: &Path) -> Result<Self> {
        let root =
            root.canonicalize().with_context(|| format!("no directory {}", root.display()))?;
        for hidden in HIDDEN {
            ensure!(!root.starts_with(hidden), "{} cannot lie below {hidden}", root.display());
        }
        let length = root.as_os_str().len();
        ensure!(length <= LONGEST_ROOT, "{} is longer than {LONGEST_ROOT} bytes", root.display());
        Ok(Self { root })
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn state_file(&self) -> PathBuf {
        self.root.join("state.json")
    }

    /// A name for this cluster's control groups, the same for the same directory.
    pub(super) fn cgroup(&self) -> String {
        let digest = Sha256::digest(self.root.as_os_str().as_encoded_bytes());
        format!("atoll-test-{}", &hex::encode(digest)[..10])
    }

    pub(super) fn kubeconfig(&self, who: &str) -> PathBuf {
        self.root.join("kubeconfig").join(who)
    }

    pub(super) fn pki(&self, name: &str) -> PathBuf {
        self.root.join("pki").join(name)
    }

    pub(super) fn certs_d(&self) -> PathBuf {
        self.root.join("host/etc/containerd/certs.d")
    }

    pub(super) fn containerd_socket(&self) -> PathBuf {
        self.root.join("containerd/state/containerd.sock")
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub(super) fn log(&self, component: &str) -> PathBuf {
        self.logs().join(format!("{component}.log"))
    }

    pub(super) fn write(&self, relative: &str, content: &str) -> Result<PathBuf> {
        let path = self.root.join(relative);
        fs::write(&path, content).with_context(|| format!("write {}", path.display()))?;
        Ok(path)
    }

    /// Keeps a text under a name made from it.
    pub(super) fn scratch(&self, content: &str) -> Result<PathBuf> {
        let digest = hex::encode(Sha256::digest(content.as_bytes()));
        self.write(&format!("scratch/{}.yaml", &digest[..16]), content)
    }
}
