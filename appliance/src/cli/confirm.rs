//! Asking before something is destroyed.

use std::io::{BufRead as _, IsTerminal as _};

use super::Console;
use crate::error::{Outcome, Problem, codes};

/// `--yes` and `--dry-run`, on everything that destroys.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Confirm {
    /// Do it without asking
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    yes: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Confirm {
    /// Whether to go on. Without a terminal and without `--yes` it refuses: silence is no consent.
    pub(super) fn ask(self, console: &mut Console, what: &str) -> Outcome<bool> {
        if self.dry_run {
            console.note(&format!("would do this: {what}"));
            return Ok(false);
        }
        if self.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            let problem = Problem::new(&codes::USAGE, format!("this {what}"));
            return Err(problem.remedy("add `--yes` to do it, `--dry-run` to see what it would do"));
        }
        console.note(&format!("this {what}; go on? [y/N]"));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(|error| {
            Problem::new(&codes::USAGE, "no answer could be read").because(&error)
        })?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }
}
