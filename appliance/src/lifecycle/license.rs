//! What the license is judged by and lies in the site's files: the install id, and the latest
//! time seen, which is kept beside the data because a restored database has forgotten it.

use std::fs;
use std::path::Path;

use atoll_licensing::MarkKind;

use crate::app::App;
use crate::app::license::TimeMark;
use crate::error::Outcome;
use crate::site::{Identity, Layout, Mode, write_durably};

/// The file holds one short JSON document.
const FILE_BYTES_MAX: u64 = 4096;

/// Tells the use cases what lies in the data directory, and keeps the time mark there from now on.
pub fn attach_license(app: &App, layout: &Layout) -> Outcome<()> {
    let identity = Identity::load(layout)?;
    let surroundings = app.surroundings();
    surroundings.note(MarkKind::Install, identity.install_id().to_string());
    let path = layout.time_mark();
    surroundings.note_times(read(&path));
    surroundings.keep_times_in(move |mark| {
        let written =
            serde_json::to_vec(&mark).map_err(|error| error.to_string()).and_then(|bytes| {
                write_durably(&path, &bytes, Mode::Secret).map_err(|e| e.to_string())
            });
        if let Err(cause) = written {
            tracing::warn!(%cause, "cannot keep the time mark beside the data");
        }
    });
    Ok(())
}

/// A mark that is missing or damaged is no failure: the database has one too.
fn read(path: &Path) -> Option<TimeMark> {
    let size = fs::metadata(path).ok()?.len();
    if size > FILE_BYTES_MAX {
        return None;
    }
    let mark = serde_json::from_slice(&fs::read(path).ok()?).ok();
    if mark.is_none() {
        tracing::warn!(path = %path.display(), "the time mark cannot be read");
    }
    mark
}
