//! Where the demo keeps everything, so that `make demo-down` finds it after any end.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::cluster::cache_dir;

/// The folders of one demo below one directory; there is one demo on a machine at a time.
#[derive(Debug, Clone)]
pub(super) struct Place {
    root: PathBuf,
}

impl Place {
    pub(super) fn find() -> Result<Self> {
        Ok(Self { root: cache_dir()?.join("demo") })
    }

    pub(super) fn create(&self) -> Result<()> {
        ensure!(
            !self.root.exists(),
            "{} is there: a demo runs or ended badly; run `make demo-down` first",
            self.root.display()
        );
        fs::create_dir_all(&self.root).with_context(|| format!("create {}", self.root.display()))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.path("cluster")
    }

    /// Where the signed bundle lies, as on a medium: whoever the site runs as may read it.
    pub(super) fn media() -> PathBuf {
        std::env::temp_dir().join("atoll-demo-media")
    }

    pub(super) fn remove(&self) -> Result<()> {
        for folder in [self.root.clone(), Self::media()] {
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .with_context(|| format!("remove {}", folder.display()))?;
            }
        }
        Ok(())
    }
}
