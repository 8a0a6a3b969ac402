//! A file system that keeps what it is told to keep: the store and Postgres build on it.

use std::path::Path;

use super::{Finding, existing_ancestor};
use crate::error::codes;

const CHECK: &str = "file system";

/// `f_type` numbers of `statfs(2)` and what they mean for a database and a store of hard links.
const KINDS: &[(u64, &str, Fitness)] = &[
    (0xEF53, "ext4", Fitness::Good),
    (0x5846_5342, "xfs", Fitness::Good),
    (0x9123_683E, "btrfs", Fitness::Good),
    (0x2FC1_2FC1, "zfs", Fitness::Good),
    (0xF2F5_2010, "f2fs", Fitness::Good),
    (0x0102_1994, "tmpfs", Fitness::Forgets),
    (0x8584_58F6, "ramfs", Fitness::Forgets),
    (0x794C_7630, "overlayfs", Fitness::Doubtful),
    (0x6969, "nfs", Fitness::Doubtful),
    (0xFF53_4D42, "cifs", Fitness::Unfit),
    (0x4D44, "vfat", Fitness::Unfit),
    (0x2011_BAB0, "exfat", Fitness::Unfit),
    (0x5346_544E, "ntfs", Fitness::Unfit),
];

/// What a kind of file system can be trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fitness {
    Good,
    /// Loses everything at power-off.
    Forgets,
    /// Works when set up well, which cannot be seen from here.
    Doubtful,
    /// Has no hard links or no permissions.
    Unfit,
}

pub(super) fn check(data_dir: &Path) -> Finding {
    let place = existing_ancestor(data_dir);
    match rustix::fs::statfs(place) {
        Ok(stat) => judge(
            u64::from_ne_bytes(stat.f_type.to_ne_bytes()) & 0xFFFF_FFFF,
            &place.display().to_string(),
        ),
        Err(error) => Finding::warn(
            CHECK,
            format!("cannot read the kind of `{}`: {error}", place.display()),
            "check it with `df -T`",
        ),
    }
}

fn judge(kind: u64, place: &str) -> Finding {
    let Some((_, name, fitness)) = KINDS.iter().find(|(number, ..)| *number == kind) else {
        return Finding::warn(
            CHECK,
            format!("`{place}` is on a file system of unknown kind {kind:#x}"),
            "prefer ext4 or xfs for `--data-dir`",
        );
    };
    let seen = format!("`{place}` is on {name}");
    match fitness {
        Fitness::Good => Finding::pass(CHECK, seen),
        Fitness::Forgets => Finding::warn(
            CHECK,
            format!("{seen}, which forgets everything at power-off"),
            "give a place on a disk with `--data-dir DIR`",
        ),
        Fitness::Doubtful => {
            Finding::warn(CHECK, seen, "prefer ext4 or xfs on a local disk for `--data-dir`")
        }
        Fitness::Unfit => Finding::fail(
            CHECK,
            &codes::preflight::FILE_SYSTEM_UNFIT,
            format!("{seen}, which has no hard links or no permissions"),
            "give a place on ext4 or xfs with `--data-dir DIR`; `df -T` lists what there is",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn a_stick_is_refused_and_a_disk_passes() {
        assert_eq!(judge(0x4D44, "/mnt").verdict, Verdict::Fail);
        assert_eq!(judge(0xEF53, "/").verdict, Verdict::Pass);
        assert_eq!(judge(0x0102_1994, "/tmp").verdict, Verdict::Warn);
        assert_eq!(judge(0x1234, "/").verdict, Verdict::Warn);
    }
}
