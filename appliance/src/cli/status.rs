//! `atoll status`

use std::path::PathBuf;

use serde::Serialize;
use time::OffsetDateTime;

use super::console::Table;
use super::{Console, Exit};
use crate::site::Layout;
use crate::status::{Health, Line, gather, judge};

/// Arguments of `atoll status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll status\n  atoll status -o json\n\nExit codes: 0 all is well, 3 something needs attention soon, 4 something is broken now."
)]
pub struct Options {
    /// The data directory
    #[arg(long, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    data_dir: PathBuf,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Lines(Vec<Line>);

impl Table for Lines {
    fn columns(&self) -> Vec<&'static str> {
        vec!["check", "health", "seen", "remedy"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let word = |health| match health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Critical => "CRITICAL",
        };
        let row = |line: &Line| {
            let (seen, remedy) = (line.seen.clone(), line.remedy.clone());
            vec![line.check.to_owned(), word(line.health).to_owned(), seen, remedy]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let layout = Layout::new(std::path::absolute(&self.data_dir)?);
        let lines = judge(&gather(&layout).await, OffsetDateTime::now_utc());
        console.set_exit(match lines.iter().map(|line| line.health).max() {
            Some(Health::Critical) | None => Exit::Critical,
            Some(Health::Warning) => Exit::Warning,
            Some(Health::Ok) => Exit::Success,
        });
        console.data(&Lines(lines))
    }
}
