//! Links and commands in the documents lead somewhere.

use clap::CommandFactory as _;

use crate::repo::{assert_none, files_under, root, text};

#[test]
fn every_link_in_the_documents_resolves() {
    let mut faults = Vec::new();
    for path in files_under("", "md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for target in links(&text(&path)) {
            let outside = target.contains("://") || target.starts_with("mailto:");
            let file = target.split('#').next().unwrap_or_default();
            if outside || file.is_empty() {
                continue;
            }
            if !root().join(folder).join(file).exists() {
                faults.push(format!("{path}: `{target}`"));
            }
        }
    }
    assert_none("dead links", &faults);
}

/// The targets of `[text](target)`, outside of code blocks.
fn links(page: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for part in line.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                targets.push(target.to_owned());
            }
        }
    }
    targets
}

#[test]
fn every_command_the_documents_name_exists() {
    let mut faults = Vec::new();
    for path in files_under("", "md") {
        // The changelog may speak of what was; decisions of what was rejected.
        if path == "CHANGELOG.md" || path.starts_with("docs/decisions/") {
            continue;
        }
        for span in text(&path).split('`').skip(1).step_by(2) {
            if let Some(fault) = unknown_command(span) {
                faults.push(format!("{path}: `{span}`: {fault}"));
            }
        }
    }
    faults.dedup();
    assert_none("commands in documents", &faults);
}

/// Why a text that begins with `atoll ` is no command of this program.
pub(crate) fn unknown_command(span: &str) -> Option<String> {
    let words = span.strip_prefix("atoll ")?;
    let root = atoll::cli::Cli::command();
    let mut command = &root;
    for word in words.split_whitespace() {
        let first = word.split('|').next().unwrap_or(word);
        if !first.starts_with(|char: char| char.is_ascii_lowercase())
            || command.get_subcommands().count() == 0
        {
            break;
        }
        // `issue` is in the vendor's build alone.
        if command.get_name() == "license" && first == "issue" {
            break;
        }
        for word in word.split('|') {
            if word != "help" && command.find_subcommand(word).is_none() {
                return Some(format!("`{}` has no `{word}`", command.get_name()));
            }
        }
        command = command.find_subcommand(first)?;
    }
    None
}
