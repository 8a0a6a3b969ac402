//! The code map of ARCHITECTURE.md is the list of folders, no more and no less.

use std::collections::BTreeSet;

use crate::repo::{assert_none, files, text};

#[test]
fn the_code_map_is_the_list_of_folders() {
    let page = text("ARCHITECTURE.md");
    let (_, rest) = page.split_once("## Code map").expect("a section `Code map`");
    let section = rest.split("\n## ").next().unwrap_or(rest);
    let mapped: BTreeSet<String> = section
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `")?.split_once('`').map(|(folder, _)| folder.into())
        })
        .collect();
    let mut present: BTreeSet<String> = ["tests", "tools"].map(ToOwned::to_owned).into();
    for path in files() {
        if let Some(folder) = path.strip_suffix("/Cargo.toml") {
            present.insert(folder.to_owned());
        }
        let room = path.strip_prefix("appliance/src/").and_then(|rest| rest.split_once('/'));
        if let Some((room, _)) = room {
            present.insert(format!("appliance/src/{room}"));
        }
    }
    // The crate `appliance` is told room by room.
    present.remove("appliance");
    let mut faults: Vec<String> =
        present.difference(&mapped).map(|folder| format!("`{folder}` is not in the map")).collect();
    faults.extend(mapped.difference(&present).map(|folder| format!("`{folder}` does not exist")));
    assert_none("ARCHITECTURE.md", &faults);
}
