//! Codes of `atoll ssh` and its siblings, on the person's own machine.

use super::Code;

/// The workspace does not run.
pub const NOT_RUNNING: Code = Code {
    id: "workspace-not-running",
    http: 409,
    retryable: false,
    meaning: "The workspace is stopped, or its last start failed: there is nothing to connect to.",
    remedy: "start it with `atoll start NAME`; `atoll show NAME` says why it is not running",
};

/// The line broke.
pub const BROKEN: Code = Code {
    id: "ssh-broken",
    http: 502,
    retryable: true,
    meaning: "The connection to the workspace ended before the session did.",
    remedy: "connect again; if it happens again, `atoll show NAME` says whether the workspace runs, and its administrator finds the reason in the server's log",
};

/// The host key is wrong.
pub const HOST_KEY: Code = Code {
    id: "ssh-host-key",
    http: 502,
    retryable: false,
    meaning: "What answered is not the workspace the server speaks of: its host key is missing or another one.",
    remedy: "do not go on; restart the workspace with `atoll stop NAME && atoll start NAME`, and tell the site's administrator if it happens again",
};

/// The port is taken.
pub const PORT_TAKEN: Code = Code {
    id: "local-port-taken",
    http: 409,
    retryable: true,
    meaning: "A port of this machine that was to lead into a workspace cannot be listened on.",
    remedy: "name another one: `atoll port-forward NAME OTHER:REMOTE`; `ss -ltnp` shows who has it",
};

/// The files for OpenSSH cannot be written.
pub const SETUP_FAILED: Code = Code {
    id: "ssh-setup-failed",
    http: 500,
    retryable: false,
    meaning: "The files that let stock `ssh` reach workspaces cannot be written.",
    remedy: "name a configuration that can be: `atoll config-ssh --ssh-config FILE`",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[&NOT_RUNNING, &BROKEN, &HOST_KEY, &PORT_TAKEN, &SETUP_FAILED];
