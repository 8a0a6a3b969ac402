//! The control group kubelet puts the pods into: one of our own in each hierarchy, so that it can
//! be removed without touching anyone else's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::layout::Layout;
use super::wait;

const MOUNT: &str = "/sys/fs/cgroup";
/// A group whose last process has just ended is busy for a moment.
const REMOVE_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) fn create(layout: &Layout) -> Result<()> {
    for hierarchy in hierarchies()? {
        let group = hierarchy.join(layout.cgroup());
        fs::create_dir_all(&group).with_context(|| format!("create {}", group.display()))?;
        if hierarchy.ends_with("cpuset") {
            // A new group of this hierarchy may use nothing until it is told what.
            for file in ["cpuset.cpus", "cpuset.mems"] {
                let all = fs::read(hierarchy.join(file))?;
                fs::write(group.join(file), all)?;
            }
        }
    }
    Ok(())
}

pub(super) fn remove(layout: &Layout) -> Result<()> {
    for hierarchy in hierarchies()? {
        let group = hierarchy.join(layout.cgroup());
        wait::until("the control groups to be empty", REMOVE_TIMEOUT, || {
            remove_tree(&group).map(Some)
        })?;
    }
    Ok(())
}

/// Version 1 has a directory for each controller, version 2 is one itself.
fn hierarchies() -> Result<Vec<PathBuf>> {
    let root = Path::new(MOUNT);
    if root.join("cgroup.controllers").exists() {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(root).context("list the control group hierarchies")? {
        let path = entry?.path();
        // `cpu` and `cpuacct` may be links to one directory.
        if path.is_dir() && !path.is_symlink() {
            found.push(path);
        }
    }
    Ok(found)
}

fn remove_tree(group: &Path) -> Result<()> {
    let entries = match fs::read_dir(group) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    fs::remove_dir(group).with_context(|| format!("remove {}", group.display()))
}
