//! Root starts the program; the site's user runs it.

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::error::{Outcome, Problem, codes};
use crate::site::Layout;

/// Where the kernel keeps this very program, also after its file was replaced.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Under root, becomes the owner of the data directory by executing this program again, with the
/// same process id and arguments. Returns only where nothing had to change, or it failed.
pub fn leave_root(layout: &Layout) -> Outcome<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let meta = std::fs::metadata(layout.root()).map_err(|error| {
        let message = format!("cannot look at `{}`", layout.root().display());
        Problem::new(&codes::site::FILE_FAILED, message).because(&error)
    })?;
    let (uid, gid) = (meta.uid(), meta.gid());
    if uid == 0 {
        let message = format!("`{}` belongs to root", layout.root().display());
        return Err(Problem::new(&codes::lifecycle::ROOT, message)
            .remedy(format!("`chown -R atoll: {}`", layout.root().display())));
    }
    // Leaving root also drops root's supplementary groups.
    let mut command = Command::new(OWN_PROGRAM);
    command.arg0("atoll").args(std::env::args_os().skip(1)).uid(uid).gid(gid);
    let error = command.exec();
    let message = format!("cannot go on as user {uid}");
    Err(Problem::new(&codes::lifecycle::ROOT, message).because(&error))
}
