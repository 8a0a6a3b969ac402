//! The host's half of an installation: folders and their owner.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, lchown};
use std::path::Path;

use atoll_postgres::Account;

use super::{Made, Record, account};
use crate::error::{Outcome, Problem, codes};
use crate::site::Layout;

fn failed(act: &str, path: &Path) -> impl FnOnce(io::Error) -> Problem {
    let message = format!("cannot {act} `{}`", path.display());
    move |error| Problem::new(&codes::lifecycle::HOST_FAILED, message).because(&error)
}

/// Makes the data directory and records which folders were not there before.
pub(super) fn ensure_root(layout: &Layout) -> Outcome<()> {
    let root = layout.root();
    let missing: Vec<&Path> = root.ancestors().take_while(|path| !path.exists()).collect();
    for path in missing.iter().rev() {
        let made = DirBuilder::new().mode(0o755).create(path);
        made.map_err(failed("make", path))?;
    }
    // The record lies inside, so the folders come first; until it is written there is nothing in
    // them, and an empty folder is what a killed run leaves.
    let record = Record::load(layout)?.unwrap_or_default();
    record.save(layout)?;
    for path in missing.into_iter().rev() {
        Record::note(layout, Made::Directory { path: path.to_owned() })?;
    }
    Ok(())
}

/// Makes the site's folders and gives everything that root made to the site's user.
pub(super) fn ensure_directories(layout: &Layout, account: &Account) -> Outcome<()> {
    let run = layout.run();
    for path in layout.directories() {
        if !path.exists() {
            if path == run && !run.starts_with(layout.root()) {
                Record::note(layout, Made::Directory { path: run.clone() })?;
            }
            DirBuilder::new().mode(0o700).create(&path).map_err(failed("make", &path))?;
        }
        // The local command line goes through these two.
        let public = path == run || path == layout.root();
        let mode = if public { 0o755 } else { 0o700 };
        give(&path, account)?;
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(&path, permissions).map_err(failed("close", &path))?;
    }
    for path in [layout.install_record(), layout.lock()] {
        if path.exists() {
            give(&path, account)?;
        }
    }
    Ok(())
}

fn give(path: &Path, account: &Account) -> Outcome<()> {
    let meta = fs::symlink_metadata(path).map_err(failed("look at", path))?;
    if (meta.uid(), meta.gid()) == (account.uid, account.gid) {
        return Ok(());
    }
    lchown(path, Some(account.uid), Some(account.gid)).map_err(failed("give away", path))
}

/// As whom the site will run: the user who types, or under root a system user.
pub(super) fn site_account(layout: &Layout, name: &str) -> Outcome<Account> {
    let current = Account::current().map_err(|error| {
        Problem::new(&codes::lifecycle::HOST_FAILED, "cannot tell the user").because(&error)
    })?;
    if current.is_root() { account::ensure(layout, name) } else { Ok(current) }
}
