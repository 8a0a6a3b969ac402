//! What lies where in the data directory.

use std::path::{Path, PathBuf};

use sha2::Digest as _;

/// Longest path of a Unix socket the kernel takes, without the closing zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
/// Postgres puts `.s.PGSQL.5432` into the socket directory; ours is shorter.
const SOCKET_NAME_BYTES: usize = 16;

/// The paths of one site.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout under this data directory; an absolute path.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The data directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Says that this is a site, and which.
    pub fn marker(&self) -> PathBuf {
        self.root.join("atoll.json")
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join(crate::config::FILE_NAME)
    }

    /// The lock every process that writes here holds.
    pub fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    /// Keys and certificates, mode 0700.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The site's Ed25519 key.
    pub fn site_key(&self) -> PathBuf {
        self.keys().join("site.pem")
    }

    /// The certificate of the site's authority; public.
    pub fn authority_certificate(&self) -> PathBuf {
        self.keys().join("ca.pem")
    }

    /// The key of the site's authority.
    pub fn authority_key(&self) -> PathBuf {
        self.keys().join("ca.key")
    }

    /// The server's certificate chain.
    pub fn server_chain(&self) -> PathBuf {
        self.keys().join("server.pem")
    }

    /// The server's key.
    pub fn server_key(&self) -> PathBuf {
        self.keys().join("server.key")
    }

    /// The site's own account on the cluster.
    pub fn kubeconfig(&self) -> PathBuf {
        self.keys().join("cluster.kubeconfig")
    }

    /// Publishers and roots the operator trusts besides the built-in ones.
    pub fn keyring(&self) -> PathBuf {
        self.root.join("keyring.json")
    }

    /// The latest time the site has seen.
    pub fn time_mark(&self) -> PathBuf {
        self.root.join("time-mark.json")
    }

    /// The cluster of the bundled Postgres.
    pub fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Programs unpacked from this binary, each in a folder named for its hash.
    pub fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// Packs, blobs and uploads of the mirror.
    pub fn mirror(&self) -> PathBuf {
        self.root.join("mirror")
    }

    /// Signed receipts of imports.
    pub fn receipts(&self) -> PathBuf {
        self.root.join("receipts")
    }

    /// What install made outside the data directory, and how far it got.
    pub fn install_record(&self) -> PathBuf {
        self.root.join("install.json")
    }

    /// Sockets: inside the data directory where the kernel takes so long a path, else in a
    /// directory under `/run` that is named for the data directory.
    pub fn run(&self) -> PathBuf {
        let inside = self.root.join("run");
        if inside.as_os_str().len() + 1 + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES_MAX {
            return inside;
        }
        let name = hex::encode(sha2::Sha256::digest(self.root.as_os_str().as_encoded_bytes()));
        Path::new("/run").join(format!("atoll-{}", &name[..12]))
    }

    /// The socket the command line on this machine talks to.
    pub fn socket(&self) -> PathBuf {
        self.run().join("atoll.sock")
    }

    /// Every directory a site has, with the parents first.
    pub fn directories(&self) -> Vec<PathBuf> {
        vec![
            self.root.clone(),
            self.keys(),
            self.programs(),
            self.mirror(),
            self.receipts(),
            self.run(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_fit_the_kernel_however_long_the_data_directory() {
        for length in [10, 80, 90, 120, 4000] {
            let layout = Layout::new(Path::new("/").join("d".repeat(length)));
            let socket = layout.run().join("x".repeat(SOCKET_NAME_BYTES));
            assert!(socket.as_os_str().len() <= SOCKET_PATH_BYTES_MAX, "{length}");
        }
        assert_eq!(
            Layout::new("/var/lib/atoll").socket(),
            Path::new("/var/lib/atoll/run/atoll.sock")
        );
    }
}
