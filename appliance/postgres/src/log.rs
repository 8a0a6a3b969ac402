//! The ends of the server's logs: the reason when it does not start.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where the server writes until its log collector runs.
pub(crate) const START_LOG: &str = "start.log";
/// A reason is a few lines at the very end.
const TAIL_BYTES: u64 = 16 << 10;
const LINES_MAX: usize = 6;

/// The last lines that say why, joined by ` | `; words of alarm are preferred to others.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let alarms: Vec<&str> = lines.iter().copied().filter(|line| is_alarm(line)).collect();
    let chosen = if alarms.is_empty() { &lines } else { &alarms };
    chosen[chosen.len().saturating_sub(LINES_MAX)..].join(" | ")
}

fn is_alarm(line: &str) -> bool {
    ["FATAL:", "PANIC:", "HINT:", "DETAIL:", "initdb: error"].iter().any(|word| line.contains(word))
}

/// Why the server in this data directory ended, as far as its logs since `started` say.
pub(crate) fn reason(data_dir: &Path, started: SystemTime) -> String {
    let mut text = tail(&data_dir.join(START_LOG));
    if let Some(newest) = newest(&data_dir.join("log"), started) {
        text += &tail(&newest);
    }
    let text = last_lines(&text);
    if text.is_empty() { "its log says nothing".into() } else { text }
}

/// The log file that was written to last, if that was after `started`.
fn newest(dir: &Path, started: SystemTime) -> Option<PathBuf> {
    let entries = fs::read_dir(dir).ok()?.flatten();
    let dated = entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry)));
    let (_, entry) = dated.filter(|(time, _)| *time >= started).max_by_key(|(time, _)| *time)?;
    Some(entry.path())
}

fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fatal_line_is_preferred_to_chatter() {
        let text = "LOG:  starting\nFATAL:  data directory has wrong ownership\nLOG:  bye\n";
        assert_eq!(last_lines(text), "FATAL:  data directory has wrong ownership");
        assert_eq!(last_lines("one\n\ntwo\n"), "one | two");
    }
}
