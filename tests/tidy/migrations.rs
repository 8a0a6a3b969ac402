//! Migrations that are on main never change: a site has applied them.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::repo::{assert_none, files_under, keep_fresh, root, text, updating};

const LIST: &str = "tests/tidy/migrations.sha256";

fn migrations() -> BTreeMap<String, String> {
    let folders = ["appliance/migrations/", "mirror/migrations/"];
    let paths = folders.iter().flat_map(|folder| files_under(folder, "sql"));
    let hash = |path: String| {
        let hash = hex::encode(Sha256::digest(text(&path)));
        (path, hash)
    };
    paths.map(hash).collect()
}

fn listed() -> BTreeMap<String, String> {
    // The first run with ATOLL_UPDATE=1 makes the list.
    let text = if root().join(LIST).exists() { text(LIST) } else { String::new() };
    let pair = |line: &str| line.split_once("  ").map(|(hash, path)| (path.into(), hash.into()));
    text.lines().filter_map(pair).collect()
}

#[test]
fn a_listed_migration_never_changes_and_none_is_unlisted() {
    let (present, listed) = (migrations(), listed());
    let mut faults = Vec::new();
    for (path, hash) in &listed {
        match present.get(path) {
            None => faults.push(format!("{path}: gone")),
            Some(found) if found != hash => faults.push(format!("{path}: changed")),
            Some(_) => {}
        }
    }
    if !updating() {
        let unlisted = present.keys().filter(|path| !listed.contains_key(*path));
        faults
            .extend(unlisted.map(|path| format!("{path}: not in {LIST}; run with ATOLL_UPDATE=1")));
    }
    assert_none("migrations", &faults);
    let lines: Vec<String> =
        present.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect();
    keep_fresh(LIST, &lines.concat());
}

#[test]
fn migrations_are_numbered_without_gap_or_twin() {
    let mut faults = Vec::new();
    for folder in ["appliance/migrations/", "mirror/migrations/"] {
        let names = migrations()
            .into_keys()
            .filter_map(|path| path.strip_prefix(folder).map(ToOwned::to_owned));
        for (index, name) in names.enumerate() {
            if !name.starts_with(&format!("{:04}_", index + 1)) {
                faults.push(format!("{folder}{name}: number {:04} was due", index + 1));
            }
        }
    }
    assert_none("migration numbers", &faults);
}
