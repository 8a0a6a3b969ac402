//! Codes of `site.toml`, variables and flags.

use super::Code;

/// A key nobody knows.
pub const KEY_UNKNOWN: Code = Code {
    id: "config-key-unknown",
    http: 400,
    retryable: false,
    meaning: "The configuration names a key that this release does not have.",
    remedy: "remove or correct it; `atoll config show` lists every key",
};

/// A value of the wrong type or out of range.
pub const VALUE_UNFIT: Code = Code {
    id: "config-value-unfit",
    http: 400,
    retryable: false,
    meaning: "A value of the configuration has the wrong type or is out of its range.",
    remedy: "correct it; `atoll config show --origin` says where each value comes from",
};

/// The file cannot be read.
pub const FILE_UNREADABLE: Code = Code {
    id: "config-file-unreadable",
    http: 500,
    retryable: false,
    meaning: "`site.toml` cannot be read.",
    remedy: "check that the path is right and that you may read it: `ls -l PATH`; run as root or as the user `atoll`",
};

/// The file is not TOML.
pub const FILE_MALFORMED: Code = Code {
    id: "config-file-malformed",
    http: 400,
    retryable: false,
    meaning: "`site.toml` is not well-formed TOML.",
    remedy: "correct the line named in the cause, then `atoll config validate`",
};

/// The file cannot be replaced.
pub const FILE_UNWRITABLE: Code = Code {
    id: "config-file-unwritable",
    http: 500,
    retryable: false,
    meaning: "`site.toml` cannot be changed.",
    remedy: "run as root or as the user `atoll`, and check the free space with `df`",
};

/// All codes of this area.
pub const ALL: &[&Code] =
    &[&KEY_UNKNOWN, &VALUE_UNFIT, &FILE_UNREADABLE, &FILE_MALFORMED, &FILE_UNWRITABLE];
