//! Codes of the database: the bundled Postgres and external ones.

use super::Code;

/// This build carries no Postgres.
pub const NOT_EMBEDDED: Code = Code {
    id: "database-not-embedded",
    http: 500,
    retryable: false,
    meaning: "This program was built without a Postgres, and the site names no external one.",
    remedy: "use the program as the vendor delivers it, or name a Postgres in `database.url-file`",
};

/// The bundled programs cannot be put in place.
pub const PROGRAMS_FAILED: Code = Code {
    id: "database-programs-failed",
    http: 500,
    retryable: false,
    meaning: "The bundled Postgres cannot be unpacked or differs from what was built.",
    remedy: "check the disk with `df -h` and `dmesg | tail`; compare the program with SHA256SUMS",
};

/// The data directory of the database holds something else.
pub const FOREIGN: Code = Code {
    id: "database-directory-foreign",
    http: 409,
    retryable: false,
    meaning: "The database directory holds files that Atoll did not make. Nothing was touched.",
    remedy: "move these files elsewhere, then the same command again",
};

/// The database was made by another major version.
pub const OTHER_VERSION: Code = Code {
    id: "database-other-version",
    http: 409,
    retryable: false,
    meaning: "The database was made by another major version of Postgres than this program brings. Nothing was touched.",
    remedy: "run the release of Atoll that made it; `atoll version` says what this one brings",
};

/// The database belongs to another user.
pub const OTHER_OWNER: Code = Code {
    id: "database-other-owner",
    http: 409,
    retryable: false,
    meaning: "The database directory belongs to another user than the site runs as. Nothing was touched.",
    remedy: "run as the user who owns it, or give it away with `chown -R USER DIRECTORY`",
};

/// The server does not start.
pub const START_FAILED: Code = Code {
    id: "database-start-failed",
    http: 503,
    retryable: false,
    meaning: "The bundled Postgres ended or stood still while starting.",
    remedy: "read `postgres/log/` in the data directory; free disk space if it is full; then start again",
};

/// The server could lose data.
pub const NOT_DURABLE: Code = Code {
    id: "database-not-durable",
    http: 500,
    retryable: false,
    meaning: "A database server runs without a setting that keeps data through a crash; Atoll does not serve from it.",
    remedy: "stop that server (the message names its setting), then `atoll serve` starts it as it must be",
};

/// The server does not end.
pub const STOP_FAILED: Code = Code {
    id: "database-stop-failed",
    http: 500,
    retryable: true,
    meaning: "The database server did not end in time, also not when told to end at once.",
    remedy: "look at its disk with `dmesg | tail`; the next start adopts or recovers it",
};

/// An external database cannot be used.
pub const EXTERNAL_UNFIT: Code = Code {
    id: "database-external-unfit",
    http: 503,
    retryable: false,
    meaning: "The external database is too old, read-only, not UTF-8, unproven (TLS) or gives too few rights.",
    remedy: "ask its owner for a Postgres 13 or newer, UTF-8, with CREATE on the database and on schema public, and put `?sslmode=verify-full&sslrootcert=FILE` into the URL",
};

/// An external database does not answer.
pub const EXTERNAL_AWAY: Code = Code {
    id: "database-external-away",
    http: 503,
    retryable: true,
    meaning: "The external database does not answer.",
    remedy: "check that it runs and that a connection gets through; the URL is in the file named by `database.url-file`",
};

/// The schema cannot be brought up to date.
pub const MIGRATION_FAILED: Code = Code {
    id: "database-migration-failed",
    http: 500,
    retryable: false,
    meaning: "The schema cannot be brought to this release; the step that failed left nothing behind.",
    remedy: "read the cause: a database of a later release wants that release; a full disk wants space; then start again",
};

/// It ended again and again.
pub const LOST: Code = Code {
    id: "database-lost",
    http: 503,
    retryable: true,
    meaning: "The database server ended again and again, so the appliance ended as well.",
    remedy: "read `postgres/log/` in the data directory: mostly memory (`dmesg | grep -i oom`) or the disk (`df -h`)",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[
    &NOT_EMBEDDED,
    &PROGRAMS_FAILED,
    &FOREIGN,
    &OTHER_VERSION,
    &OTHER_OWNER,
    &START_FAILED,
    &NOT_DURABLE,
    &STOP_FAILED,
    &EXTERNAL_UNFIT,
    &EXTERNAL_AWAY,
    &MIGRATION_FAILED,
    &LOST,
];
