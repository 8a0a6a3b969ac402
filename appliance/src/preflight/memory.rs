//! Enough memory for the appliance and its Postgres.

use super::Finding;
use crate::error::codes;

const CHECK: &str = "memory";
/// At rest the appliance takes 150 MB and Postgres 100 MB; below this an import would swap.
const LEAST_BYTES: u64 = 768 << 20;
/// What a site with a few dozen users is comfortable with.
const COMFORT_BYTES: u64 = 1800 << 20;

pub(super) fn check() -> Finding {
    let info = rustix::system::sysinfo();
    judge(info.totalram.saturating_mul(u64::from(info.mem_unit)))
}

fn judge(total: u64) -> Finding {
    let seen = format!("this machine has {} MiB of memory", total >> 20);
    if total < LEAST_BYTES {
        let remedy = format!("give it at least {} MiB", LEAST_BYTES >> 20);
        return Finding::fail(CHECK, &codes::preflight::MEMORY_SMALL, seen, remedy);
    }
    if total < COMFORT_BYTES {
        return Finding::warn(CHECK, seen, "2 GiB or more serve more than a handful of users");
    }
    Finding::pass(CHECK, seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn too_little_memory_is_refused_and_little_is_said() {
        assert_eq!(judge(512 << 20).verdict, Verdict::Fail);
        assert_eq!(judge(1 << 30).verdict, Verdict::Warn);
        assert_eq!(judge(4 << 30).verdict, Verdict::Pass);
    }
}
