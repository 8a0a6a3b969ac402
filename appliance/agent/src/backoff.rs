//! How long to wait between attempts to reach a server.

use std::time::Duration;

/// The longest first wait: a server that restarts is back within seconds, and a workspace whose
/// token becomes valid a moment after its container starts should not be the one that waits.
const FIRST: Duration = Duration::from_millis(200);

/// The longest wait: an operator who repaired a server sees every agent within half a minute.
const LAST: Duration = Duration::from_secs(30);

/// Waits that double up to a cap, each drawn at random below it, so that a thousand agents do
/// not come back at the same moment.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { ceiling: FIRST }
    }

    /// The next wait; `chance` is between 0 and 1.
    pub(crate) fn next(&mut self, chance: f64) -> Duration {
        let wait = self.ceiling.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0);
        self.ceiling = (self.ceiling * 2).min(LAST);
        wait
    }

    /// To be called when a connection has served.
    pub(crate) fn reset(&mut self) {
        self.ceiling = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_cap_and_stay_there() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..20).map(|_| backoff.next(1.0)).collect();
        assert_eq!(waits[0], FIRST);
        assert!(waits.is_sorted());
        assert_eq!(waits[19], LAST);
        assert!(backoff.next(0.0) >= LAST / 2);
        backoff.reset();
        assert!(backoff.next(0.5) < FIRST);
    }
}
