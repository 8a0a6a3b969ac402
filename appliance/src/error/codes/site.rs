//! Codes of the data directory.

use super::Code;

/// A file cannot be read or written.
pub const FILE_FAILED: Code = Code {
    id: "site-file-failed",
    http: 500,
    retryable: false,
    meaning: "A file of the data directory cannot be read or written.",
    remedy: "run as root or as the site's user; check the disk with `df -h` and `dmesg | tail`",
};

/// Another process has the lock.
pub const IN_USE: Code = Code {
    id: "data-directory-in-use",
    http: 409,
    retryable: true,
    meaning: "Another `atoll` serves or changes this site.",
    remedy: "use the running server (`atoll status`), or stop it first: `systemctl stop atoll`, or end the process named",
};

/// Not a site's directory.
pub const FOREIGN: Code = Code {
    id: "data-directory-foreign",
    http: 409,
    retryable: false,
    meaning: "The data directory holds files that are no site's. Nothing was touched.",
    remedy: "give an empty or new directory with `--data-dir DIR`",
};

/// A later release's directory.
pub const NEWER: Code = Code {
    id: "data-directory-newer",
    http: 409,
    retryable: false,
    meaning: "The data directory was written by a later release of Atoll. Nothing was touched.",
    remedy: "run the release named in the message, or a later one; `atoll version` says which this is",
};

/// No site here.
pub const ABSENT: Code = Code {
    id: "site-absent",
    http: 404,
    retryable: false,
    meaning: "There is no site in the data directory.",
    remedy: "install one with `atoll install BUNDLE`, or name its place with `--data-dir DIR`",
};

/// A damaged file.
pub const DAMAGED: Code = Code {
    id: "site-file-damaged",
    http: 500,
    retryable: false,
    meaning: "A file of the data directory does not hold what it must.",
    remedy: "restore that file from a copy of the data directory; change nothing else",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[&FILE_FAILED, &IN_USE, &FOREIGN, &NEWER, &ABSENT, &DAMAGED];
