//! Codes of the command line as a client of the API.

use super::Code;

/// Nobody is logged in.
pub const LOGGED_OUT: Code = Code {
    id: "not-logged-in",
    http: 401,
    retryable: false,
    meaning: "No site is known on this machine, or the stored token cannot be used.",
    remedy: "log in with `atoll login URL --ca-sha256 …`; whoever runs the site gets the line from `atoll status`",
};

/// The file of contexts cannot be used.
pub const CONTEXTS_FAILED: Code = Code {
    id: "contexts-failed",
    http: 500,
    retryable: false,
    meaning: "The file with this person's sites and tokens cannot be read or written.",
    remedy: "check that `~/.config/atoll/contexts.toml` is yours and writable; remove it and log in again",
};

/// A context nobody made.
pub const CONTEXT_UNKNOWN: Code = Code {
    id: "context-unknown",
    http: 404,
    retryable: false,
    meaning: "No site of that name is known on this machine.",
    remedy: "log in with `atoll login URL --name NAME`",
};

/// The server does not answer.
pub const UNREACHABLE: Code = Code {
    id: "server-unreachable",
    http: 503,
    retryable: true,
    meaning: "The server does not answer at its address.",
    remedy: "on the server run `atoll status`; from here check the address and the way to it",
};

/// The server cannot be trusted.
pub const TRUST_FAILED: Code = Code {
    id: "server-not-trusted",
    http: 400,
    retryable: false,
    meaning: "The server did not prove to be the site that was meant, or the means to check it cannot be read.",
    remedy: "compare the fingerprint with the one `atoll status` prints on the server, and log in again",
};

/// Something else than Atoll answered.
pub const ANSWER_FOREIGN: Code = Code {
    id: "answer-foreign",
    http: 502,
    retryable: false,
    meaning: "What answered does not speak this API: a proxy, another service, or a much older server.",
    remedy: "check the address (`atoll whoami`) and what stands between here and the server; compare `atoll version` on both sides",
};

/// The patience of `--timeout` ended.
pub const WAIT_ENDED: Code = Code {
    id: "wait-ended",
    http: 504,
    retryable: true,
    meaning: "What was waited for has not ended within `--timeout`. It goes on.",
    remedy: "look again with `atoll show NAME` or `atoll logs NAME`, or wait longer with `--timeout SECONDS`",
};

/// What was followed was cancelled.
pub const CANCELED: Code = Code {
    id: "job-canceled",
    http: 409,
    retryable: false,
    meaning: "The work was cancelled before it ended.",
    remedy: "ask for it again",
};

/// No workspace of that name.
pub const WORKSPACE_UNKNOWN: Code = Code {
    id: "workspace-unknown",
    http: 404,
    retryable: false,
    meaning: "There is no workspace of that name, or it is somebody else's.",
    remedy: "`atoll list` shows yours, `atoll list --all` everybody's",
};

/// No build of that number.
pub const BUILD_UNKNOWN: Code = Code {
    id: "build-unknown",
    http: 404,
    retryable: false,
    meaning: "The workspace has no build of that number.",
    remedy: "`atoll show NAME` says which build is the latest",
};

/// The workspace runs, its agent does not come.
pub const AGENT_ABSENT: Code = Code {
    id: "agent-absent",
    http: 504,
    retryable: false,
    meaning: "The workspace was started, but its agent did not connect in its time.",
    remedy: "see whether its pod can reach the site: `kubectl logs` of the pod names the address it tries; check `server.urls` and network policies",
};

/// A code of a newer server.
pub const REMOTE: Code = Code {
    id: "remote",
    http: 500,
    retryable: false,
    meaning: "The server refused with a code this command line does not know; the server is newer.",
    remedy: "follow the server's remedy; take the command line that matches the server",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[
    &LOGGED_OUT,
    &CONTEXTS_FAILED,
    &CONTEXT_UNKNOWN,
    &UNREACHABLE,
    &TRUST_FAILED,
    &ANSWER_FOREIGN,
    &WAIT_ENDED,
    &CANCELED,
    &WORKSPACE_UNKNOWN,
    &BUILD_UNKNOWN,
    &AGENT_ABSENT,
    &REMOTE,
];
