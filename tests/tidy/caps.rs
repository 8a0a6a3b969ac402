//! How long a file and a function may be.

use crate::repo::{assert_none, code, files_under, product_lines, text};

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
const FRONT_LINES_MAX: usize = 80;

/// Files that only list and join what stands in others.
const FRONTS: [&str; 3] = ["main.rs", "lib.rs", "mod.rs"];

#[test]
fn no_file_is_longer_than_its_cap() {
    let mut faults = Vec::new();
    for path in files_under("", "rs") {
        let name = path.rsplit('/').next().unwrap_or_default();
        // The front of the stories lists every one of them.
        let is_front = FRONTS.contains(&name) && !is_story(&path);
        let max = if is_front { FRONT_LINES_MAX } else { FILE_LINES_MAX };
        let lines = product_lines(&path).len();
        if lines > max {
            faults.push(format!("{path}: {lines} lines, at most {max}"));
        }
    }
    assert_none("file length", &faults);
}

#[test]
fn no_function_is_longer_than_its_cap() {
    let mut faults = Vec::new();
    for path in files_under("", "rs") {
        if is_story(&path) {
            continue;
        }
        let lines = product_lines(&path);
        for (index, (number, line)) in lines.iter().enumerate() {
            if !is_function(line) {
                continue;
            }
            let length = function_length(&lines[index..]);
            if length > FUNCTION_LINES_MAX {
                faults
                    .push(format!("{path}:{number}: {length} lines, at most {FUNCTION_LINES_MAX}"));
            }
        }
    }
    assert_none("function length", &faults);
}

/// A story may be told in one go; the harness and the product may not.
fn is_story(path: &str) -> bool {
    let folders = ["tests/suite/", "tests/cluster/"];
    folders.iter().any(|folder| path.starts_with(folder)) || is_unit_test(path)
}

/// A module of unit tests in a file of its own.
fn is_unit_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/src/tests/")
}

/// Whether a formatted line begins a function.
fn is_function(line: &str) -> bool {
    let mut rest = line.trim_start();
    for word in
        ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe ", "extern \"C\" "]
    {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    rest.starts_with("fn ")
}

/// Lines from the one with `fn` to the closing brace, which rustfmt puts at the same indent.
fn function_length(lines: &[(usize, String)]) -> usize {
    let Some((_, first)) = lines.first() else { return 0 };
    let indent = first.len() - first.trim_start().len();
    let close = format!("{}}}", " ".repeat(indent));
    for (index, (_, line)) in lines.iter().enumerate() {
        let line_code = code(line).trim_end();
        let bodyless = index == 0 && (line_code.ends_with(';') || line_code.ends_with('}'));
        let declared = line.trim_start().starts_with(')') && line_code.ends_with(';');
        if bodyless || declared || *line == close {
            return index + 1;
        }
    }
    lines.len()
}

#[test]
fn the_length_of_a_function_is_counted_from_fn_to_brace() {
    let source = "fn a() {\n    b();\n}\nfn c();\n";
    let lines: Vec<(usize, String)> =
        source.lines().enumerate().map(|(index, line)| (index + 1, line.into())).collect();
    assert_eq!(function_length(&lines), 3);
    assert_eq!(function_length(&lines[3..]), 1);
    assert!(is_function("    pub(crate) async fn x() {") && !is_function("    // fn x"));
}

#[test]
fn every_source_file_says_what_it_is() {
    let silent = |path: &String| {
        let text = text(path);
        !is_unit_test(path) && !text.starts_with("//!") && !text.starts_with("#!")
    };
    let faults: Vec<String> = files_under("", "rs").into_iter().filter(silent).collect();
    assert_none("a file begins with `//!`", &faults);
}
