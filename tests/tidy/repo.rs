//! The tracked files of the repository, read once a check.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests crate lies in the workspace").to_path_buf()
}

/// Every file that is tracked or about to be, by its path from the root with `/`.
pub(crate) fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the repository's files");
    assert!(output.status.success(), "git ls-files failed");
    let text = String::from_utf8(output.stdout).expect("paths are UTF-8");
    // A file deleted but not yet committed is listed and gone.
    text.lines().filter(|path| root().join(path).is_file()).map(ToOwned::to_owned).collect()
}

/// The tracked files with this extension under this folder (`""` is everything).
pub(crate) fn files_under(folder: &str, extension: &str) -> Vec<String> {
    let end = format!(".{extension}");
    files().into_iter().filter(|path| path.starts_with(folder) && path.ends_with(&end)).collect()
}

/// A file's text; what is not UTF-8 is no text and yields nothing.
pub(crate) fn text(path: &str) -> String {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"));
    String::from_utf8(bytes).unwrap_or_default()
}

/// The lines of a source file before its test module, with their numbers from one.
pub(crate) fn product_lines(path: &str) -> Vec<(usize, String)> {
    let text = text(path);
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]" || !ends_file(&text, line));
    lines.enumerate().map(|(index, line)| (index + 1, line.to_owned())).collect()
}

/// Whether the attribute stands before the module `tests` that ends a file.
fn ends_file(text: &str, attribute: &str) -> bool {
    text.contains(&format!("{attribute}\nmod tests {{"))
        || text.contains(&format!("{attribute}\nmod tests;"))
}

/// A line without its comment.
pub(crate) fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether generated files are to be written anew.
pub(crate) fn updating() -> bool {
    env::var_os("ATOLL_UPDATE").is_some()
}

/// Writes a generated file, or says that it is stale.
pub(crate) fn keep_fresh(path: &str, fresh: &str) {
    let file = root().join(path);
    if updating() {
        let folder = file.parent().expect("a generated file lies in a folder");
        fs::create_dir_all(folder).expect("the folder can be made");
        fs::write(&file, fresh).unwrap_or_else(|error| panic!("`{path}`: {error}"));
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == fresh, "`{path}` is stale: {}", difference(&kept, fresh));
}

fn difference(kept: &str, fresh: &str) -> String {
    let again = "run `ATOLL_UPDATE=1 cargo test --profile site -p atoll-tests --test tidy`";
    let pair = kept.lines().zip(fresh.lines()).enumerate().find(|(_, (old, new))| old != new);
    match pair {
        Some((index, (old, new))) => format!("line {}: `{old}`, now `{new}`; {again}", index + 1),
        None => format!("{} lines, now {}; {again}", kept.lines().count(), fresh.lines().count()),
    }
}

/// Fails with every fault, not only the first.
pub(crate) fn assert_none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}: {} faults\n{}", faults.len(), faults.join("\n"));
}
