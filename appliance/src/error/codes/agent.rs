//! Codes of agents and of the way to them.

use super::Code;

/// The agent cannot be reached now.
pub const AWAY: Code = Code {
    id: "agent-away",
    http: 503,
    retryable: true,
    meaning: "The workspace's agent is not connected to this server, or does not answer.",
    remedy: "wait a minute and try again; then `atoll show NAME` says what the workspace does, `atoll logs NAME` what its start said, and `atoll start NAME` starts it",
};

/// As many streams as one agent carries.
pub const BUSY: Code = Code {
    id: "agent-busy",
    http: 503,
    retryable: true,
    meaning: "As many connections to this workspace are open as its agent carries.",
    remedy: "close sessions or forwarded ports of this workspace and try again",
};

/// Nothing listens there.
pub const UNREACHABLE: Code = Code {
    id: "workspace-port-unreachable",
    http: 502,
    retryable: true,
    meaning: "Nothing in the workspace answers at the host and port that were asked for.",
    remedy: "start the program that should listen, and look with `atoll ssh NAME -- ss -ltn`",
};

/// Agent and server are too far apart.
pub const OUTDATED: Code = Code {
    id: "agent-outdated",
    http: 409,
    retryable: false,
    meaning: "The workspace's agent comes from a release that does not know what is asked of it.",
    remedy: "restart the workspace to give it this server's agent: `atoll stop NAME && atoll start NAME`",
};

/// A durable session is over.
pub const SESSION_GONE: Code = Code {
    id: "agent-session-gone",
    http: 410,
    retryable: false,
    meaning: "The SSH session that was to be resumed is over: the workspace was restarted, or nobody came back in time.",
    remedy: "connect again: `atoll ssh NAME`",
};

/// An agent came without a token.
pub const TOKEN_MISSING: Code = Code {
    id: "agent-token-missing",
    http: 401,
    retryable: false,
    meaning: "An agent connected without a token.",
    remedy: "restart the workspace: `atoll stop NAME && atoll start NAME`",
};

/// No such agent in the workspace.
pub const UNKNOWN: Code = Code {
    id: "agent-unknown",
    http: 404,
    retryable: false,
    meaning: "The workspace has no agent of that name, or several and none was named.",
    remedy: "name one: `atoll ssh --agent AGENT NAME`; `atoll show NAME` lists them",
};

/// A tunnel request that is not well formed.
pub const TUNNEL_MALFORMED: Code = Code {
    id: "tunnel-malformed",
    http: 400,
    retryable: false,
    meaning: "A tunnel was asked for with a kind, a host or a port that is not known or not well formed.",
    remedy: "use the `atoll` of this release: `atoll version`",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[
    &AWAY,
    &BUSY,
    &UNREACHABLE,
    &OUTDATED,
    &SESSION_GONE,
    &TOKEN_MISSING,
    &UNKNOWN,
    &TUNNEL_MALFORMED,
];
