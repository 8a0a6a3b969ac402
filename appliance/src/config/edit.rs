//! Changing one key of `site.toml` without disturbing what a person wrote around it.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, Item, Table};

use super::load::{find, parse};
use super::{Key, Layers};
use crate::error::{Outcome, Problem, codes};

/// Sets a key in the file and returns it; refuses a value with which the file would not load.
///
/// The file is replaced as a whole: after a crash it is the old one or the new one.
pub fn set(path: &Path, name: &str, text: &str) -> Outcome<&'static Key> {
    let key = find(name, "the command line")?;
    let write_failed = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::config::FILE_UNWRITABLE, format!("cannot change `{}`", path.display()))
            .because(error)
    };
    let old = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(write_failed(&error)),
    };
    let mut document: DocumentMut = old.parse().map_err(|error: toml_edit::TomlError| {
        Problem::new(&codes::config::FILE_MALFORMED, format!("`{}` is not TOML", path.display()))
            .because(&error)
    })?;
    let (section, field) = key.parts();
    let section = document.entry(section).or_insert(Item::Table(Table::new()));
    section[field] = item(&parse(text));

    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(directory).map_err(|error| write_failed(&error))?;
    file.write_all(document.to_string().as_bytes()).map_err(|error| write_failed(&error))?;
    Layers { file: Some(file.path().to_owned()), ..Layers::default() }.load()?;
    file.as_file().sync_all().map_err(|error| write_failed(&error))?;
    if let Ok(old) = std::fs::metadata(path) {
        file.as_file().set_permissions(old.permissions()).map_err(|error| write_failed(&error))?;
    }
    file.persist(path).map_err(|error| write_failed(&error.error))?;
    std::fs::File::open(directory)
        .and_then(|dir| dir.sync_all())
        .map_err(|error| write_failed(&error))?;
    Ok(key)
}

/// The same value in the editing library's type.
fn item(value: &toml::Value) -> Item {
    let text = format!("value = {value}");
    let parsed = text.parse::<DocumentMut>().ok();
    parsed
        .and_then(|mut document| document.remove("value"))
        .unwrap_or_else(|| toml_edit::value(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_comments_and_a_bad_value_changes_nothing() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("site.toml");
        std::fs::write(&path, "# ours\n[jobs]\nworkers = 2 # few\n").expect("a file");
        set(&path, "jobs.workers", "5").expect("a good value");
        set(&path, "log.format", "json").expect("a bare string");
        let text = std::fs::read_to_string(&path).expect("still there");
        assert_eq!(text, "# ours\n[jobs]\nworkers = 5\n\n[log]\nformat = \"json\"\n");

        let problem = set(&path, "jobs.workers", "many").expect_err("not a number");
        assert_eq!(problem.code().id, "config-value-unfit");
        assert_eq!(std::fs::read_to_string(&path).expect("still there"), text);
    }
}
