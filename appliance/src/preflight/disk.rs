//! Room for the bundle and for what a site writes in its first weeks.

use super::{Finding, Wants, existing_ancestor};
use crate::error::codes;

const CHECK: &str = "disk";
/// The unpacked Postgres (0.1 GB), its first write-ahead log (up to 1 GB by `max_wal_size`), logs.
const SITE_BYTES: u64 = 2 << 30;
/// Below this above the need, an operator should know before the disk fills.
const COMFORT_BYTES: u64 = 10 << 30;

pub(super) fn check(wants: &Wants) -> Finding {
    let place = existing_ancestor(&wants.data_dir);
    match rustix::fs::statvfs(place) {
        Ok(stat) => judge(
            stat.f_bavail.saturating_mul(stat.f_frsize),
            wants.bundle_bytes,
            &place.display().to_string(),
        ),
        Err(error) => Finding::warn(
            CHECK,
            format!("cannot read the free space of `{}`: {error}", place.display()),
            "check it with `df -h`",
        ),
    }
}

fn judge(free: u64, bundle: u64, place: &str) -> Finding {
    let needed = bundle.saturating_add(SITE_BYTES);
    let seen = format!("`{place}` has {} free, the site needs {}", gib(free), gib(needed));
    if free < needed {
        let remedy = format!(
            "free {} on that file system, or give another place with `--data-dir DIR`",
            gib(needed - free)
        );
        return Finding::fail(CHECK, &codes::preflight::DISK_SMALL, seen, remedy);
    }
    if free - needed < COMFORT_BYTES {
        return Finding::warn(CHECK, seen, "plan for more space before the next bundle");
    }
    Finding::pass(CHECK, seen)
}

/// Tenths of a gibibyte, rounded up, so that a need is never understated.
fn gib(bytes: u64) -> String {
    let tenths = bytes.div_ceil((1 << 30) / 10);
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn the_need_is_sized_from_the_bundle() {
        let cases = [
            (100 << 30, 1 << 30, Verdict::Pass),
            (5 << 30, 1 << 30, Verdict::Warn),
            (3 << 30, 1 << 30, Verdict::Warn),
            ((3 << 30) - 1, 1 << 30, Verdict::Fail),
            (100 << 30, u64::MAX, Verdict::Fail),
        ];
        for (free, bundle, verdict) in cases {
            assert_eq!(judge(free, bundle, "/").verdict, verdict, "{free} {bundle}");
        }
    }
}
