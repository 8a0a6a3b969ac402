//! What time it is for the license, when the wall clock may be wrong.
//!
//! A site keeps marks of the latest time it has seen, in several places. Turning the clock back
//! does not bring a license back, and a clock that jumps far ahead (a dead battery, a typing
//! error) does not burn one: such a jump counts only after it has stood for three days of uptime.

use time::{Duration, OffsetDateTime};

/// How far the clock may fall behind the marks without a word: a corrected drift, a wrong zone.
pub const ROLLBACK_TOLERANCE: Duration = Duration::hours(24);

/// A single step ahead up to this is believed at once: a site that was off over the holidays.
pub const JUMP_MAX: Duration = Duration::days(31);

/// For how much uptime a larger step must stand before it is believed.
pub const JUMP_PROOF: Duration = Duration::hours(72);

/// The wall clock, judged by the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Nothing to remark.
    Steady {
        /// The time to use, and the next mark.
        now: OffsetDateTime,
    },
    /// The wall clock is behind the marks.
    Behind {
        /// The latest mark: the time to use.
        mark: OffsetDateTime,
        /// What the wall clock says.
        wall: OffsetDateTime,
    },
    /// The wall clock is far ahead of the marks.
    Ahead {
        /// The latest mark.
        mark: OffsetDateTime,
        /// What the wall clock says.
        wall: OffsetDateTime,
        /// Uptime during which it has said so.
        seen: Duration,
    },
}

impl Clock {
    /// Judges the wall clock. `marks` are all that can still be read, `seen` is for how much
    /// uptime (by the monotonic clock) the wall clock has stood far ahead of them.
    pub fn judge(wall: OffsetDateTime, marks: &[OffsetDateTime], seen: Duration) -> Self {
        let Some(mark) = marks.iter().copied().max() else {
            return Self::Steady { now: wall };
        };
        if wall < mark.saturating_sub(ROLLBACK_TOLERANCE) {
            return Self::Behind { mark, wall };
        }
        if wall > mark.saturating_add(JUMP_MAX) && seen < JUMP_PROOF {
            return Self::Ahead { mark, wall, seen };
        }
        Self::Steady { now: wall.max(mark) }
    }

    /// The time at which the license is judged.
    pub fn now(&self) -> OffsetDateTime {
        match *self {
            Self::Steady { now } => now,
            Self::Behind { mark, wall: _ } => mark,
            // Time goes on while the jump is on trial.
            Self::Ahead { mark, wall: _, seen } => mark.saturating_add(seen),
        }
    }

    /// The mark to keep from now on; a suspect clock leaves the marks as they are.
    pub fn mark(&self) -> OffsetDateTime {
        match *self {
            Self::Steady { now } => now,
            Self::Behind { mark, wall: _ } | Self::Ahead { mark, .. } => mark,
        }
    }

    /// Whether somebody should look at the clock.
    pub fn is_suspect(&self) -> bool {
        match self {
            Self::Steady { .. } => false,
            Self::Behind { .. } | Self::Ahead { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const MARK: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);

    #[test]
    fn a_rollback_beyond_a_day_is_seen_and_does_not_turn_time_back() {
        let small = Clock::judge(MARK - Duration::hours(24), &[MARK], Duration::ZERO);
        assert_eq!(small, Clock::Steady { now: MARK });
        let large = Clock::judge(MARK - Duration::hours(25), &[MARK], Duration::ZERO);
        assert!(large.is_suspect());
        assert_eq!(large.now(), MARK);
        assert_eq!(large.mark(), MARK);
    }

    #[test]
    fn a_jump_to_2038_costs_nothing_until_it_has_stood_for_72_hours() {
        let wall = datetime!(2038-01-19 03:14 UTC);
        let fresh = Clock::judge(wall, &[MARK], Duration::hours(71));
        assert!(fresh.is_suspect());
        assert_eq!(fresh.now(), MARK + Duration::hours(71));
        assert_eq!(fresh.mark(), MARK);
        let proven = Clock::judge(wall, &[MARK], Duration::hours(72));
        assert_eq!(proven, Clock::Steady { now: wall });
    }

    #[test]
    fn any_one_mark_is_enough() {
        let old = MARK - Duration::days(400);
        let wall = MARK - Duration::days(2);
        assert!(Clock::judge(wall, &[old, MARK], Duration::ZERO).is_suspect());
        assert!(!Clock::judge(wall, &[], Duration::ZERO).is_suspect());
    }
}
