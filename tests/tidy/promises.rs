//! `docs/promises.md`: every row names a test that exists.

use crate::repo::{assert_none, files, text};

const PAGE: &str = "docs/promises.md";

#[test]
fn every_promise_names_a_test_that_exists() {
    let files = files();
    let mut faults = Vec::new();
    let page = text(PAGE);
    let mut rows = 0;
    for (index, line) in page.lines().enumerate() {
        if !line.starts_with('|') || line.starts_with("|---") || line.starts_with("| act ") {
            continue;
        }
        rows += 1;
        let number = index + 1;
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [act, observes, failure, tests] = cells[..] else {
            faults.push(format!("{PAGE}:{number}: {} cells, not 4", cells.len()));
            continue;
        };
        if [act, observes, failure, tests].iter().any(|cell| cell.is_empty()) {
            faults.push(format!("{PAGE}:{number}: an empty cell"));
        }
        for test in tests.split(',').map(|test| test.trim().trim_matches('`')) {
            if let Some(fault) = missing(test, &files) {
                faults.push(format!("{PAGE}:{number}: {fault}"));
            }
        }
    }
    assert!(rows > 0, "{PAGE} has no rows");
    assert_none("promises", &faults);
}

/// Why `path::name` is no test.
fn missing(test: &str, files: &[String]) -> Option<String> {
    let Some((path, name)) = test.split_once("::") else {
        return Some(format!("`{test}` is not `path::name`"));
    };
    let name = name.rsplit("::").next().unwrap_or(name);
    if !files.iter().any(|file| file == path) {
        return Some(format!("there is no `{path}`"));
    }
    let source = text(path);
    let defined = source.contains(&format!("fn {name}(")) || source.contains(&format!("{name}()"));
    (!defined).then(|| format!("`{path}` has no `{name}`"))
}
