//! Whose a data directory is: nobody's, ours, a later release's, or a stranger's.

use std::fs;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::{Layout, Mode, SiteError, durable};

/// The format of the data directory that this release writes.
pub const FORMAT: u32 = 1;
/// The marker is a line of JSON.
const MARKER_BYTES_MAX: u64 = 4096;
/// What may lie in a directory that still counts as empty: a file system's own folder, and the
/// lock or the unfinished record of an install that was killed right after it began.
const NOTHING: [&str; 3] = ["lost+found", "lock", "install.json.new"];

/// The contents of `atoll.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Format of the directory.
    pub format: u32,
    /// Identity of the site.
    pub install_id: String,
    /// The release that last served from here.
    pub release: Version,
}

/// Whose a data directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is nothing yet.
    Empty,
    /// A site this release can serve.
    Site(Marker),
}

impl State {
    /// Looks at the directory; refuses what is foreign, newer or damaged. Changes nothing.
    pub fn of(layout: &Layout) -> Result<Self, SiteError> {
        let path = layout.marker();
        let text = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return empty(layout),
            Err(error) => return Err(SiteError::read(&path)(error)),
            Ok(meta) if meta.len() > MARKER_BYTES_MAX => {
                return Err(SiteError::Damaged {
                    path,
                    what: format!("{} bytes long", meta.len()),
                });
            }
            Ok(_) => fs::read_to_string(&path).map_err(SiteError::read(&path))?,
        };
        let marker: Marker = serde_json::from_str(&text)
            .map_err(|error| SiteError::Damaged { path, what: error.to_string() })?;
        let newer = marker.format > FORMAT || marker.release > release();
        if newer {
            let (path, release) = (layout.root().to_owned(), marker.release.to_string());
            return Err(SiteError::Newer { path, release });
        }
        Ok(Self::Site(marker))
    }

    /// The site in the directory, or a refusal that says there is none.
    pub fn site(layout: &Layout) -> Result<Marker, SiteError> {
        match Self::of(layout)? {
            Self::Site(marker) => Ok(marker),
            Self::Empty => Err(SiteError::Absent { path: layout.root().to_owned() }),
        }
    }
}

impl Marker {
    /// The marker this release writes for a site.
    pub fn new(install_id: impl Into<String>) -> Self {
        Self { format: FORMAT, install_id: install_id.into(), release: release() }
    }

    /// Writes it; from then on the directory is a site's.
    pub fn write(&self, layout: &Layout) -> Result<(), SiteError> {
        let text = serde_json::to_string(self).expect("three plain fields are always JSON");
        durable::write(&layout.marker(), text.as_bytes(), Mode::Public)
    }
}

fn release() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).expect("cargo has checked the version")
}

fn empty(layout: &Layout) -> Result<State, SiteError> {
    let entries = match fs::read_dir(layout.root()) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(State::Empty),
        Err(error) => return Err(SiteError::read(layout.root())(error)),
        Ok(entries) => entries,
    };
    for entry in entries {
        let name = entry.map_err(SiteError::read(layout.root()))?.file_name();
        if !NOTHING.iter().any(|nothing| name == *nothing) {
            return Err(SiteError::Foreign { path: layout.root().to_owned() });
        }
    }
    Ok(State::Empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, Layout) {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let layout = Layout::new(dir.path().join("data"));
        (dir, layout)
    }

    #[test]
    fn an_absent_or_empty_directory_is_nobodys_and_a_used_one_is_foreign() {
        let (_dir, layout) = scratch();
        assert_eq!(State::of(&layout).expect("absent"), State::Empty);
        fs::create_dir_all(layout.root().join("lost+found")).expect("a folder");
        assert_eq!(State::of(&layout).expect("empty"), State::Empty);
        assert!(matches!(State::site(&layout), Err(SiteError::Absent { .. })));
        fs::write(layout.root().join("thesis.tex"), "mine").expect("a file");
        assert!(matches!(State::of(&layout), Err(SiteError::Foreign { .. })));
    }

    #[test]
    fn a_later_release_is_refused_and_a_damaged_marker_too() {
        let (_dir, layout) = scratch();
        fs::create_dir_all(layout.root()).expect("a folder");
        Marker::new("sha256:00").write(&layout).expect("written");
        assert!(matches!(State::of(&layout), Ok(State::Site(_))));
        for (later, text) in [
            (true, r#"{"format":1,"install_id":"x","release":"99.0.0"}"#),
            (true, r#"{"format":2,"install_id":"x","release":"0.0.1"}"#),
            (false, r#"{"format":1,"install_id":"x"}"#),
            (false, ""),
        ] {
            fs::write(layout.marker(), text).expect("a file");
            let refused = State::of(&layout).expect_err(text);
            assert_eq!(matches!(refused, SiteError::Newer { .. }), later, "{refused}");
        }
    }
}
