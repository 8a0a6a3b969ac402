//! What the agent has to tell the server, kept while the server is away.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_wire::agent::{
    LOG_BATCH_BYTES_MAX, LOG_BATCH_LINES_MAX, LOG_LINE_BYTES_MAX, LOG_QUEUE_LINES_MAX, Lifecycle,
    LogBatch, LogLine, LogSource, MetadataValue, Phase,
};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// The queue between the workspace's life and whichever connection carries it.
#[derive(Debug)]
pub(crate) struct Reports {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    lifecycle: Lifecycle,
    lines: VecDeque<LogLine>,
    /// The number of the first line in `lines`.
    first: u64,
    dropped: u64,
    /// The newest value of each key that has not been sent.
    metadata: BTreeMap<String, MetadataValue>,
}

impl Reports {
    pub(crate) fn new() -> Self {
        let lifecycle =
            Lifecycle { phase: Phase::Created, at: OffsetDateTime::now_utc(), exit_code: None };
        let lines = VecDeque::new();
        let state = State { lifecycle, lines, first: 0, dropped: 0, metadata: BTreeMap::new() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain data behind, which is still right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there may be something new to send.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The workspace got to a phase.
    pub(crate) fn phase(&self, phase: Phase, exit_code: Option<i32>) {
        self.state().lifecycle = Lifecycle { phase, at: OffsetDateTime::now_utc(), exit_code };
        self.changed.notify_one();
    }

    /// How far the workspace is.
    pub(crate) fn lifecycle(&self) -> Lifecycle {
        self.state().lifecycle.clone()
    }

    /// Adds a line, in pieces if it is too long for one.
    pub(crate) fn line(&self, source: LogSource, text: &str) {
        let at = OffsetDateTime::now_utc();
        let mut state = self.state();
        let mut rest = text;
        loop {
            let (piece, further) = rest.split_at(rest.floor_char_boundary(LOG_LINE_BYTES_MAX));
            state.push(LogLine { at, source, text: piece.to_owned() });
            if further.is_empty() {
                break;
            }
            rest = further;
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Adds a measurement; an older one of the same key that nobody has heard is replaced.
    pub(crate) fn metadata(&self, value: MetadataValue) {
        self.state().metadata.insert(value.key.clone(), value);
        self.changed.notify_one();
    }

    /// The measurements that have not been sent.
    pub(crate) fn take_metadata(&self) -> Vec<MetadataValue> {
        std::mem::take(&mut self.state().metadata).into_values().collect()
    }

    /// The next lines from this number on, as many as fit a batch.
    pub(crate) fn lines_from(&self, next: u64) -> Option<LogBatch> {
        let state = self.state();
        let first = next.max(state.first);
        let skip = usize::try_from(first - state.first).unwrap_or(usize::MAX);
        let mut bytes = 0;
        let lines = state.lines.iter().skip(skip).take(LOG_BATCH_LINES_MAX).take_while(|line| {
            bytes += line.text.len();
            bytes <= LOG_BATCH_BYTES_MAX
        });
        let lines: Vec<LogLine> = lines.cloned().collect();
        if lines.is_empty() { None } else { Some(LogBatch { first, lines }) }
    }

    /// The server has stored all lines before this number.
    pub(crate) fn stored(&self, next: u64) {
        let mut state = self.state();
        while state.first < next && state.lines.pop_front().is_some() {
            state.first += 1;
        }
        if state.dropped > 0 && state.lines.len() < LOG_QUEUE_LINES_MAX {
            let text = format!("{} lines were not kept: the server was away", state.dropped);
            state.dropped = 0;
            state.lines.push_back(LogLine {
                at: OffsetDateTime::now_utc(),
                source: LogSource::Agent,
                text,
            });
            drop(state);
            self.changed.notify_one();
        }
    }
}

impl State {
    fn push(&mut self, line: LogLine) {
        if self.lines.len() < LOG_QUEUE_LINES_MAX {
            self.lines.push_back(line);
        } else {
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_until_the_server_has_stored_them() {
        let reports = Reports::new();
        for text in ["a", "b", "c"] {
            reports.line(LogSource::Agent, text);
        }
        assert_eq!(reports.lines_from(0).expect("has lines").lines.len(), 3);
        reports.stored(2);
        let batch = reports.lines_from(0).expect("has a line");
        assert_eq!((batch.first, batch.lines[0].text.as_str()), (2, "c"));
        assert_eq!(reports.lines_from(3), None);
    }

    #[test]
    fn lines_past_the_queue_are_counted_and_the_count_is_told() {
        let reports = Reports::new();
        for _ in 0..=LOG_QUEUE_LINES_MAX {
            reports.line(LogSource::StartupOut, "x");
        }
        let all = u64::try_from(LOG_QUEUE_LINES_MAX).expect("fits");
        reports.stored(all);
        let batch = reports.lines_from(all).expect("says what was lost");
        assert_eq!(batch.lines[0].text, "1 lines were not kept: the server was away");
    }

    #[test]
    fn a_long_line_goes_on_in_the_next() {
        let reports = Reports::new();
        reports.line(LogSource::StartupOut, &"é".repeat(LOG_LINE_BYTES_MAX));
        let lines = reports.lines_from(0).expect("has lines").lines;
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.text.len() <= LOG_LINE_BYTES_MAX));
    }
}
