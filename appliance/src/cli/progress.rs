//! One line on stderr that says how far something is; drawn only where a person watches.

use std::time::{Duration, Instant};

use super::Console;

/// Redrawn at most this often: faster than a person reads only costs time.
const INTERVAL: Duration = Duration::from_millis(200);

/// A line being redrawn.
#[derive(Debug)]
pub(crate) struct Line {
    verb: &'static str,
    visible: bool,
    start: Instant,
    drawn: Option<Instant>,
    first: Option<u64>,
}

impl Line {
    /// A line that begins with this verb; silent without a terminal.
    pub(crate) fn new(console: &Console, verb: &'static str, now: Instant) -> Self {
        Self { verb, visible: console.interactive(), start: now, drawn: None, first: None }
    }

    /// Draws the state, if it is time.
    pub(crate) fn draw(&mut self, console: &mut Console, done: u64, total: u64, now: Instant) {
        let due = self.drawn.is_none_or(|drawn| now - drawn >= INTERVAL);
        if !self.visible || !due {
            return;
        }
        self.drawn = Some(now);
        let first = *self.first.get_or_insert(done);
        let text = state(done, total, done - first.min(done), now - self.start);
        console.redraw(&format!("{} {text}", self.verb));
    }

    /// Clears the line.
    pub(crate) fn end(self, console: &mut Console) {
        if self.visible && self.drawn.is_some() {
            console.redraw("");
        }
    }
}

fn state(done: u64, total: u64, moved: u64, passed: Duration) -> String {
    let share = done.saturating_mul(100).checked_div(total).unwrap_or(100);
    let text = format!("{share:3}%  {} of {}", bytes(done), bytes(total));
    let milliseconds = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = moved.saturating_mul(1000) / milliseconds;
    match total.saturating_sub(done).checked_div(rate) {
        Some(left) => {
            let left = duration(Duration::from_secs(left));
            format!("{text}, {}/s, {left} left", bytes(rate))
        }
        None => text,
    }
}

fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600.. => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A number of bytes for a person: three digits and a binary unit.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut tenths = count.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_share_rate_and_what_is_left() {
        let text = state(1 << 30, 3 << 30, 1 << 30, Duration::from_secs(2));
        assert_eq!(text, " 33%  1.0 GiB of 3.0 GiB, 512.0 MiB/s, 4 s left");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
    }
}
