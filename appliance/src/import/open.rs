//! Opening the file of a bundle: the front read, nothing judged yet.

use std::fs::File;
use std::path::{Path, PathBuf};

use atoll_bundle::Front;
use atoll_bundle::trailer::{self, Window};

use super::front_problem;
use crate::error::{Outcome, Problem, codes};

/// A file with a well-formed bundle in it.
#[derive(Debug)]
pub struct Opened {
    /// Its path, for messages.
    pub path: PathBuf,
    /// Its bytes.
    pub source: Window<File>,
    /// What its front says.
    pub front: Front,
}

/// Opens a bundle, also one appended to a program.
pub fn open(path: &Path) -> Outcome<Opened> {
    let unreadable = |error: &std::io::Error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => &codes::bundle::MISSING,
            _ => &codes::bundle::UNREADABLE,
        };
        Problem::new(code, format!("cannot open the bundle `{}`", path.display())).because(error)
    };
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        let message = format!("`{}` is a folder", path.display());
        return Err(Problem::new(&codes::bundle::NOT_A_BUNDLE, message));
    }
    let source = trailer::locate(file).map_err(|error| unreadable(&error))?;
    let front = Front::read(&source).map_err(|error| front_problem(path, &error))?;
    Ok(Opened { path: path.to_path_buf(), source, front })
}
