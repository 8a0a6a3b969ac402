//! Who is asking, and whether they may.

use super::Code;

/// Nobody is known to be asking.
pub const UNAUTHENTICATED: Code = Code {
    id: "unauthenticated",
    http: 401,
    retryable: false,
    meaning: "The request carries no token, or one that is unknown, expired or revoked.",
    remedy: "`atoll login URL --ca-sha256 FINGERPRINT`; `atoll whoami` says who you are",
};

/// The name and the password do not go together.
pub const LOGIN_REFUSED: Code = Code {
    id: "login-refused",
    http: 401,
    retryable: false,
    meaning: "There is no active user with this name and this password.",
    remedy: "check name and password; an owner can set a new one: `atoll user set-password NAME --password-file FILE`",
};

/// Too many failed logins.
pub const LOGIN_RATE_LIMITED: Code = Code {
    id: "login-rate-limited",
    http: 429,
    retryable: true,
    meaning: "There were too many failed logins under this name or from this address.",
    remedy: "wait five minutes, then log in again; on the site's machine `atoll` works over the socket without a login",
};

/// The person may not do that.
pub const FORBIDDEN: Code = Code {
    id: "forbidden",
    http: 403,
    retryable: false,
    meaning: "You are known, and your role does not allow this.",
    remedy: "ask an owner of the site; `atoll user list` on the site's machine names them",
};

/// The first password was not changed yet.
pub const PASSWORD_CHANGE_REQUIRED: Code = Code {
    id: "password-change-required",
    http: 403,
    retryable: false,
    meaning: "The password was set by somebody else, and nothing is allowed until it is changed.",
    remedy: "`atoll password`, which asks for the old and the new one",
};

/// A password that is too weak or too long.
pub const PASSWORD_UNFIT: Code = Code {
    id: "password-unfit",
    http: 422,
    retryable: false,
    meaning: "The new password is too short, too long, or the same as the user's name.",
    remedy: "choose one of 12 to 256 characters; several words are easy to type",
};

/// A request of a browser lacks what a foreign page cannot send.
pub const FOREIGN_ORIGIN: Code = Code {
    id: "foreign-origin",
    http: 403,
    retryable: false,
    meaning: "A request with a browser's session wants to change something without the header `X-Atoll-Client` and a matching `Origin`.",
    remedy: "scripts use a token instead of the session's cookie: `atoll token create NAME`; behind a proxy add its address with `atoll config set server.urls`",
};

/// There is no such token.
pub const TOKEN_NOT_FOUND: Code = Code {
    id: "token-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no token with this id, or it is somebody else's.",
    remedy: "`atoll token list` names yours",
};

/// The token's name is in use.
pub const TOKEN_NAME_TAKEN: Code = Code {
    id: "token-name-taken",
    http: 409,
    retryable: false,
    meaning: "You have an API token with this name.",
    remedy: "choose another name, or `atoll token revoke NAME` first",
};

/// The token's name or lifetime is not allowed.
pub const TOKEN_UNFIT: Code = Code {
    id: "token-unfit",
    http: 422,
    retryable: false,
    meaning: "The token's name is not one short line, its lifetime is not 1 to 365 days, or you have too many tokens.",
    remedy: "`atoll token create NAME --days 90`; `atoll token list` and `atoll token revoke NAME` make room",
};

/// An agent with a token that is not, or no longer, valid.
pub const AGENT_REFUSED: Code = Code {
    id: "agent-refused",
    http: 401,
    retryable: false,
    meaning: "An agent came with a token that is unknown, that its build has not activated, or that a later build replaced.",
    remedy: "`atoll show WORKSPACE` shows the agent that counts; `atoll start WORKSPACE` makes a new one",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &UNAUTHENTICATED,
    &LOGIN_REFUSED,
    &LOGIN_RATE_LIMITED,
    &FORBIDDEN,
    &PASSWORD_CHANGE_REQUIRED,
    &PASSWORD_UNFIT,
    &FOREIGN_ORIGIN,
    &TOKEN_NOT_FOUND,
    &TOKEN_NAME_TAKEN,
    &TOKEN_UNFIT,
    &AGENT_REFUSED,
];
