//! People.

use super::Code;

/// There is no such user.
pub const USER_NOT_FOUND: Code = Code {
    id: "user-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no user with this name.",
    remedy: "`atoll user list` names them all",
};

/// The name is in use.
pub const USER_NAME_TAKEN: Code = Code {
    id: "user-name-taken",
    http: 409,
    retryable: false,
    meaning: "There is a user with this name.",
    remedy: "choose another name; `atoll user list` names those in use",
};

/// The name is none.
pub const USER_NAME_INVALID: Code = Code {
    id: "user-name-invalid",
    http: 422,
    retryable: false,
    meaning: "A user's name is a DNS label: lower-case letters, digits and hyphens, at most 24, starting with a letter.",
    remedy: "choose a name like `ada` or `ada-l`",
};

/// Nobody would be left.
pub const LAST_OWNER: Code = Code {
    id: "last-owner",
    http: 409,
    retryable: false,
    meaning: "This is the site's only active owner; without one nobody could administer it.",
    remedy: "make another owner first: `atoll user update NAME --role owner`",
};

/// The user still owns workspaces.
pub const USER_OWNS_WORKSPACES: Code = Code {
    id: "user-owns-workspaces",
    http: 409,
    retryable: false,
    meaning: "The user owns workspaces, which would be left without an owner.",
    remedy: "`atoll list --owner NAME`, then `atoll delete OWNER/WORKSPACE` each; or `atoll user update NAME --status suspended`",
};

/// The site has no owner at all.
pub const NO_OWNER: Code = Code {
    id: "no-owner",
    http: 409,
    retryable: false,
    meaning: "The site has no active owner for whom a command over the socket could act.",
    remedy: "run `atoll install` again, which makes the first owner",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &USER_NOT_FOUND,
    &USER_NAME_TAKEN,
    &USER_NAME_INVALID,
    &LAST_OWNER,
    &USER_OWNS_WORKSPACES,
    &NO_OWNER,
];
