//! What the demo says while it works: each step with its time.

use std::io::Write as _;
use std::time::Instant;

use anyhow::{Context, Result};

/// Counts the steps and times each.
#[derive(Debug)]
pub(super) struct Steps {
    number: u32,
    started: Instant,
}

impl Steps {
    pub(super) fn begin() -> Self {
        Self { number: 0, started: Instant::now() }
    }

    /// Does one step: says what begins, and how long it took.
    pub(super) fn step<T>(&mut self, title: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.number += 1;
        say(&format!("[{:>2}] {title} ... ", self.number));
        let started = Instant::now();
        let result = act().with_context(|| format!("step {}: {title}", self.number));
        let word = if result.is_ok() { "" } else { "failed after " };
        say(&format!("{word}{:.1} s\n", started.elapsed().as_secs_f32()));
        result
    }

    /// One more thing about the step that just ended.
    pub(super) fn note(text: &str) {
        for line in text.trim_end().lines() {
            say(&format!("     {line}\n"));
        }
    }

    /// The time since the beginning.
    pub(super) fn total(&self) -> String {
        format!("{:.0} s", self.started.elapsed().as_secs_f32())
    }
}

pub(super) fn say(text: &str) {
    let mut out = std::io::stdout();
    // Without a reader there is nobody to tell; the work goes on.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}
