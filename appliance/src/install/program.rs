//! The program itself, at a place where the site's user may run it and the operator finds it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Made, Record};
use crate::error::{Outcome, Problem, codes};
use crate::site::Layout;

/// In everybody's `PATH`, and not the package manager's.
const PLACE: &str = "/usr/local/bin/atoll";

fn failed(cause: &io::Error) -> Problem {
    let message = format!("cannot put the program at `{PLACE}`");
    Problem::new(&codes::lifecycle::HOST_FAILED, message).because(cause)
}

/// The running program's own file.
pub(super) fn own() -> Outcome<PathBuf> {
    std::env::current_exe().map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot find this program's own file").because(&error)
    })
}

/// Copies this program to [`PLACE`] unless it is there already. A bundle appended to the program
/// stays behind: `length` is the program's own part.
///
/// A file at that place that no installation of ours put there is left alone and refused.
pub(super) fn ensure(layout: &Layout, length: Option<u64>) -> Outcome<PathBuf> {
    let (own, place) = (own()?, PathBuf::from(PLACE));
    if own == place {
        return Ok(place);
    }
    let made = Made::File { path: place.clone() };
    let ours = Record::load(layout)?.is_some_and(|record| record.has(&made));
    if place.exists() && !ours {
        let message = format!("`{PLACE}` exists and was not put there by this installation");
        return Err(Problem::new(&codes::lifecycle::HOST_FAILED, message).remedy(format!(
            "run that one if it is this release, or move it away: `mv {PLACE} {PLACE}.old`"
        )));
    }
    Record::note(layout, made)?;
    copy(&own, &place, length).map_err(|error| failed(&error))?;
    Ok(place)
}

/// A running program cannot be written over, so the copy is renamed into place.
fn copy(from: &Path, to: &Path, length: Option<u64>) -> io::Result<()> {
    let temporary = to.with_extension("new");
    let source = File::open(from)?;
    let length = length.unwrap_or(u64::MAX);
    let mut target = File::create(&temporary)?;
    io::copy(&mut source.take(length), &mut target)?;
    target.set_permissions(fs::Permissions::from_mode(0o755))?;
    target.sync_all()?;
    fs::rename(&temporary, to)?;
    match to.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}
