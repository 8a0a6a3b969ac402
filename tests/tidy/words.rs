//! Words that may not stand in the repository, and settings every crate shares.

use crate::repo::{assert_none, code, files, files_under, product_lines, text};

/// This folder names the words it looks for.
const OWN: &str = "tests/tidy/";

fn lines_with(paths: Vec<String>, words: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for path in paths {
        for (index, line) in text(&path).lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{path}:{}: `{word}`", index + 1));
            }
        }
    }
    faults
}

#[test]
fn nothing_is_left_to_do() {
    let paths = files().into_iter().filter(|path| !path.starts_with(OWN)).collect();
    let words = ["TODO", "FIXME", "XXX:", "dbg!(", "todo!(", "unimplemented!("];
    // The lint's name in the workspace table and the rule in the style guide are no leftovers.
    let faults: Vec<String> = lines_with(paths, &words)
        .into_iter()
        .filter(|fault| !fault.starts_with("STYLE.md") && !fault.starts_with("docs/"))
        .collect();
    assert_none("leftovers", &faults);
}

#[test]
fn no_path_of_somebodys_machine() {
    let paths = files().into_iter().filter(|path| !path.starts_with(OWN)).collect();
    let words = ["/root/.", "/Users/", "file:///"];
    assert_none("machine paths", &lines_with(paths, &words));
}

#[test]
fn every_crate_has_the_lints_and_none_turns_features_on_by_default() {
    let mut faults = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with("/Cargo.toml")) {
        let manifest: toml::Table =
            text(&path).parse().unwrap_or_else(|error| panic!("`{path}`: {error}"));
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            faults.push(format!("{path}: no `[lints] workspace = true`"));
        }
        // `vendor` makes licenses and `release` refuses the demo root: both are chosen, never met.
        let defaults = manifest.get("features").and_then(|features| features.get("default"));
        if defaults.and_then(toml::Value::as_array).is_some_and(|list| !list.is_empty()) {
            faults.push(format!("{path}: default features"));
        }
    }
    assert_none("manifests", &faults);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let mut faults = lines_with(
        files_under("", "rs").into_iter().filter(|path| !path.starts_with(OWN)).collect(),
        &["#[allow(", "#![allow("],
    );
    for path in files_under("", "rs").into_iter().filter(|path| !path.starts_with(OWN)) {
        let text = text(&path);
        for (at, _) in text.match_indices("[expect(") {
            let attribute = text[at..].split_once(")]").map_or("", |(attribute, _)| attribute);
            if !attribute.contains("reason = ") {
                faults.push(format!("{path}: `expect` without a reason"));
            }
        }
    }
    assert_none("lint attributes", &faults);
}

#[test]
fn stories_wait_for_conditions_and_never_for_time() {
    let stories = ["tests/suite/", "tests/cluster/", "tests/browser/"];
    let paths: Vec<String> = files_under("tests/", "rs")
        .into_iter()
        .filter(|path| stories.iter().any(|folder| path.starts_with(folder)))
        .collect();
    // A kill at many different moments is the one thing that time decides.
    let faults: Vec<String> = lines_with(paths, &["sleep("])
        .into_iter()
        .filter(|fault| !fault.starts_with("tests/suite/mirror_store.rs"))
        .collect();
    assert_none("sleep in a story", &faults);
}

#[test]
fn anyhow_stays_in_the_command_line_and_the_tests() {
    let mut faults = Vec::new();
    for path in files_under("", "rs") {
        if path.starts_with("tests/") || path.starts_with("appliance/src/cli/") {
            continue;
        }
        for (number, line) in product_lines(&path) {
            if code(&line).contains("anyhow") {
                faults.push(format!("{path}:{number}"));
            }
        }
    }
    assert_none("anyhow", &faults);
}

#[test]
fn the_dashboard_names_no_external_address() {
    let mut faults = Vec::new();
    for path in files().into_iter().filter(|path| path.starts_with("appliance/web/")) {
        // The list of dependencies names where they came from; nothing of it is served.
        if path.ends_with("package-lock.json") {
            continue;
        }
        for (index, line) in text(&path).lines().enumerate() {
            let outside = ["http://", "https://"]
                .iter()
                .flat_map(|scheme| line.split(scheme).skip(1))
                .any(|rest| {
                    !["www.w3.org/", "localhost", "127.0.0.1"]
                        .iter()
                        .any(|own| rest.starts_with(own))
                });
            if outside {
                faults.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert_none("external addresses", &faults);
}
