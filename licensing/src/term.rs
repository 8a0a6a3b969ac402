//! From the days printed on a license to instants.
//!
//! A day belongs to the customer wherever on earth: a term begins with its first day in the first
//! time zone (UTC+14) and ends with its last day in the last one (UTC-12). Back-to-back terms
//! therefore overlap and never leave a gap.

use time::{Date, Duration, OffsetDateTime, Time, UtcOffset};

/// After the term everything goes on for at least this long.
pub const GRACE_DAYS_MIN: u16 = 30;

/// A grace beyond a year is a longer term by another name.
pub const GRACE_DAYS_MAX: u16 = 366;

/// How long a license goes on although too few of its marks fit the site.
pub const REBIND_DAYS: i64 = 30;

const FIRST_ZONE_HOURS: i8 = 14;
const LAST_ZONE_HOURS: i8 = -12;

/// The instants of a license's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// The first instant of the term.
    pub begins: OffsetDateTime,
    /// The first instant after the term.
    pub ends: OffsetDateTime,
    /// The first instant after the grace.
    pub grace_ends: OffsetDateTime,
}

impl Term {
    /// The term of these days, both inclusive.
    pub fn of(first: Date, last: Date, grace_days: u16) -> Self {
        let begins = midnight(first, FIRST_ZONE_HOURS);
        let ends = midnight(last, LAST_ZONE_HOURS).saturating_add(Duration::days(1));
        Self { begins, ends, grace_ends: ends.saturating_add(Duration::days(grace_days.into())) }
    }

    /// The same term cut short: what was revoked ends at that instant and keeps its own grace.
    pub fn ended_at(self, instant: OffsetDateTime) -> Self {
        let grace = self.grace_ends - self.ends;
        let ends = self.ends.min(instant);
        Self { ends, grace_ends: ends.saturating_add(grace), ..self }
    }
}

fn midnight(date: Date, zone_hours: i8) -> OffsetDateTime {
    let zone = UtcOffset::from_hms(zone_hours, 0, 0).unwrap_or(UtcOffset::UTC);
    date.with_time(Time::MIDNIGHT).assume_offset(zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn the_last_day_ends_in_the_last_time_zone_on_earth() {
        let term = Term::of(date!(2026 - 01 - 01), date!(2026 - 12 - 31), 30);
        assert_eq!(term.begins, datetime!(2025-12-31 10:00 UTC));
        assert_eq!(term.ends, datetime!(2027-01-01 12:00 UTC));
        assert_eq!(term.grace_ends, datetime!(2027-01-31 12:00 UTC));
    }

    #[test]
    fn back_to_back_terms_overlap() {
        let old = Term::of(date!(2026 - 01 - 01), date!(2026 - 12 - 31), 30);
        let new = Term::of(date!(2027 - 01 - 01), date!(2027 - 12 - 31), 30);
        assert!(new.begins < old.ends);
    }
}
