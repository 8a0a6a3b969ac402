//! Where commands write: data to stdout in the chosen form, all else to stderr.
//!
//! The only file of the crate that may touch the standard streams directly.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::Exit;
use crate::error::{Problem, codes};

/// The form of data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// One JSON document
    Json,
    /// One YAML document
    Yaml,
}

/// The standard streams of one command.
#[derive(Debug)]
pub struct Console {
    format: Format,
    exit: Exit,
}

/// Data that a command prints: JSON and YAML come from `Serialize`, the table from here.
pub trait Table: Serialize {
    /// The column titles; empty for a plain text.
    fn columns(&self) -> Vec<&'static str>;
    /// The rows, each as long as the columns; for a plain text one cell a line.
    fn rows(&self) -> Vec<Vec<String>>;
}

impl Console {
    /// A console that writes data in this form.
    pub fn new(format: Format) -> Self {
        Self { format, exit: Exit::Success }
    }

    /// The form data is written in.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether a person is watching stderr: progress is drawn only then.
    pub fn interactive(&self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// How the command ends unless it fails.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Ends the command with this code although it did what was asked (`atoll status`).
    pub fn set_exit(&mut self, exit: Exit) {
        self.exit = exit;
    }

    /// Writes the command's data to stdout.
    pub fn data(&mut self, data: &impl Table) -> anyhow::Result<()> {
        let text = match self.format {
            Format::Table => columns(&data.columns(), &data.rows()),
            Format::Json => serde_json::to_string_pretty(data)? + "\n",
            Format::Yaml => serde_saphyr::to_string(data)?,
        };
        self.text(&text)
    }

    /// Writes text to stdout as it is; for data that has one form only.
    pub fn text(&mut self, text: &str) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()?;
        Ok(())
    }

    /// Tells the person something; never data.
    pub fn note(&mut self, text: &str) {
        // Whoever closed stderr does not want to be told.
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }

    /// Replaces the last line of stderr, without ending it; an empty text clears it.
    pub fn redraw(&mut self, text: &str) {
        // As with notes, whoever closed stderr does not want to be told.
        drop(write!(std::io::stderr().lock(), "\r\u{1b}[K{text}"));
    }

    /// Prints a failure: message, cause, remedy and code, or one JSON line on stderr.
    pub fn problem(&mut self, problem: &Problem) -> Exit {
        let text = match self.format {
            Format::Table | Format::Yaml => problem_text(problem),
            Format::Json => problem_json(problem),
        };
        self.note(&text);
        if problem.code() == &codes::USAGE {
            return Exit::Usage;
        }
        if problem.retryable() { Exit::Retry } else { Exit::Failure }
    }
}

fn problem_text(problem: &Problem) -> String {
    use std::fmt::Write as _;
    let mut text = format!("error: {problem}\n");
    if !problem.cause().is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  cause:  {}", problem.cause());
    }
    let _ = writeln!(text, "  remedy: {}", problem.remedy_text());
    let _ = write!(text, "  code:   {}", problem.code().id);
    if let Some(request) = problem.request() {
        let _ = write!(text, "\n  request: {request}");
    }
    text
}

fn problem_json(problem: &Problem) -> String {
    serde_json::json!({ "error": {
        "code": problem.code().id,
        "message": problem.message(),
        "cause": problem.cause(),
        "remedy": problem.remedy_text(),
        "retryable": problem.retryable(),
        "request_id": problem.request(),
    }})
    .to_string()
}

/// Text from elsewhere, safe for a terminal: what could move the cursor or ring the bell is shown
/// as an escape.
pub(super) fn printable(text: &str) -> String {
    let safe = |character: char| !character.is_control();
    if text.chars().all(safe) {
        return text.to_owned();
    }
    let show = |character: char| {
        if safe(character) { character.to_string() } else { character.escape_default().to_string() }
    };
    text.chars().map(show).collect()
}

/// A moment as people read it, in UTC, to the second.
pub(super) fn moment(at: time::OffsetDateTime) -> String {
    let form = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    // Every moment the API can send has a year of four digits.
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}

/// Aligns rows under titles, two spaces apart, without trailing spaces.
fn columns(titles: &[&'static str], rows: &[Vec<String>]) -> String {
    let titles: Vec<String> = titles.iter().map(|title| title.to_uppercase()).collect();
    let lines = titles.iter().any(|title| !title.is_empty()).then_some(&titles).into_iter();
    let lines: Vec<&Vec<String>> = lines.chain(rows).collect();
    let mut widths: Vec<usize> = Vec::new();
    for line in &lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line.iter()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(moment(time::macros::datetime!(2026-11-01 02:03:04 +1)), "2026-11-01 01:03:04Z");
    }

    #[test]
    fn columns_align_and_leave_no_trailing_space() {
        let rows = vec![vec!["a".into(), "bbb".into()], vec!["cc".into(), "d".into()]];
        assert_eq!(columns(&["x", "y"], &rows), "X   Y\na   bbb\ncc  d\n");
    }
}
