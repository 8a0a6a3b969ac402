//! `docs/generated/cli.md`: every command with its help, and the exit codes.

use std::fmt::Write as _;

use atoll::cli::{Cli, Exit};
use clap::{Command, CommandFactory as _};

use crate::repo::keep_fresh;

/// The width help is wrapped to, so that the page does not depend on a terminal.
const COLUMNS: usize = 100;

const EXITS: [(Exit, &str); 7] = [
    (Exit::Success, "it did what was asked"),
    (Exit::Failure, "it could not, for the reason printed"),
    (Exit::Usage, "the command line was not understood"),
    (Exit::Warning, "`atoll status`: something needs attention soon"),
    (Exit::Critical, "`atoll status`: something is broken now"),
    (
        Exit::Retry,
        "the same command may succeed later: the server is away, busy, or the wait ran out",
    ),
    (
        Exit::Command(255),
        "`atoll ssh`: the workspace could not be reached; any other code is the command's own",
    ),
];

#[test]
fn the_command_reference_is_fresh() {
    let mut page = String::from(
        "# Commands\n\nWritten by a test from the program itself.\n\n## Exit codes\n\n| code | meaning |\n|---|---|\n",
    );
    for (exit, meaning) in EXITS {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {} | {meaning} |", exit.code());
    }
    let mut root = Cli::command().term_width(COLUMNS);
    root.build();
    describe(&mut page, &mut root, &[]);
    keep_fresh("docs/generated/cli.md", &page);
}

#[test]
fn every_command_has_an_example() {
    let mut root = Cli::command();
    root.build();
    let mut silent = Vec::new();
    collect_silent(&root, "", &mut silent);
    crate::repo::assert_none("help without an example", &silent);
}

fn collect_silent(command: &Command, above: &str, silent: &mut Vec<String>) {
    let path = format!("{above} {}", command.get_name()).trim().to_owned();
    if command.get_name() == "help" {
        return;
    }
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default()
        + &command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    if command.get_subcommands().next().is_none() && !help.contains("Example") {
        silent.push(path.clone());
    }
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        collect_silent(inner, &path, silent);
    }
}

fn describe(page: &mut String, command: &mut Command, above: &[String]) {
    let mut path = above.to_vec();
    path.push(command.get_name().to_owned());
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {}\n\n```\n{}\n```\n", path.join(" "), help.join("\n").trim_end());
    for inner in command.get_subcommands_mut() {
        if inner.get_name() != "help" && !inner.is_hide_set() {
            describe(page, inner, &path);
        }
    }
}
