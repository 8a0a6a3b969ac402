//! Codes of the checks made before anything is written.

use super::Code;

/// The disk cannot hold the bundle and the site.
pub const DISK_SMALL: Code = Code {
    id: "disk-too-small",
    http: 507,
    retryable: false,
    meaning: "The file system of the data directory has too little free space. Nothing was written.",
    remedy: "free space, or give another place with `--data-dir DIR`",
};

/// Too little memory.
pub const MEMORY_SMALL: Code = Code {
    id: "memory-too-small",
    http: 500,
    retryable: false,
    meaning: "The machine has too little memory for the appliance and its database.",
    remedy: "give the machine more memory",
};

/// An address cannot be listened on.
pub const PORT_TAKEN: Code = Code {
    id: "port-unavailable",
    http: 500,
    retryable: false,
    meaning: "Another process holds the port, or this machine or user may not listen there.",
    remedy: "find who has it with `ss -ltnp`, or choose another with `--listen ADDRESS:PORT`",
};

/// The clock contradicts the bundle.
pub const CLOCK_WRONG: Code = Code {
    id: "clock-wrong",
    http: 500,
    retryable: false,
    meaning: "The clock of this machine is behind the day on which the bundle was made.",
    remedy: "set the clock with `date --set` and `hwclock --systohc`",
};

/// Root has nobody to drop to.
pub const USER_MISSING: Code = Code {
    id: "user-missing",
    http: 500,
    retryable: false,
    meaning: "Started by root, and there is no unprivileged user to run as.",
    remedy: "make one with `useradd --system atoll`, or name one with `--user NAME`",
};

/// The file system has not what a store needs.
pub const FILE_SYSTEM_UNFIT: Code = Code {
    id: "file-system-unfit",
    http: 500,
    retryable: false,
    meaning: "The data directory would lie on a file system without hard links or permissions.",
    remedy: "give a place on ext4 or xfs with `--data-dir DIR`",
};

/// All codes of this area.
pub const ALL: &[&Code] =
    &[&DISK_SMALL, &MEMORY_SMALL, &PORT_TAKEN, &CLOCK_WRONG, &USER_MISSING, &FILE_SYSTEM_UNFIT];
