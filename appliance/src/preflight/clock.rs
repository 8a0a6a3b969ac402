//! A clock that can be believed: certificates and licenses hang on it.

use time::{Duration, OffsetDateTime};

use super::{Finding, Wants};
use crate::error::codes;

const CHECK: &str = "clock";
/// Bundles are carried by hand for days; a clock this much behind one is behind.
const BEHIND_MAX: Duration = Duration::DAY;
/// A bundle is a release, and releases come yearly at least: beyond this the clock is in doubt.
const AHEAD_MAX: Duration = Duration::days(3 * 365);

pub(super) fn check(wants: &Wants) -> Finding {
    judge(wants.now, wants.bundle_made_at)
}

fn judge(now: OffsetDateTime, made_at: Option<OffsetDateTime>) -> Finding {
    let remedy = "set the clock with `date --set 'YYYY-MM-DD HH:MM:SS'`, write it to the hardware with `hwclock --systohc`, and run the same command again";
    let Some(made_at) = made_at else {
        return Finding::pass(CHECK, format!("the clock says {}", now.date()));
    };
    let seen = format!("the clock says {}, the bundle was made on {}", now.date(), made_at.date());
    if now < made_at - BEHIND_MAX {
        return Finding::fail(CHECK, &codes::preflight::CLOCK_WRONG, seen, remedy);
    }
    if now > made_at + AHEAD_MAX {
        return Finding::warn(CHECK, seen, remedy);
    }
    Finding::pass(CHECK, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;
    use time::macros::datetime;

    #[test]
    fn a_clock_a_year_behind_the_bundle_is_refused_and_one_far_ahead_is_doubted() {
        let made = datetime!(2026-11-01 00:00 UTC);
        let cases = [
            (datetime!(2025-11-01 00:00 UTC), Verdict::Fail),
            (datetime!(2026-10-31 01:00 UTC), Verdict::Pass),
            (datetime!(2028-01-01 00:00 UTC), Verdict::Pass),
            (datetime!(2036-01-01 00:00 UTC), Verdict::Warn),
        ];
        for (now, verdict) in cases {
            assert_eq!(judge(now, Some(made)).verdict, verdict, "{now}");
        }
        assert_eq!(judge(made, None).verdict, Verdict::Pass);
    }
}
