//! Workspaces, and the templates they are made from as the API knows them.

use super::Code;

/// There is no such workspace.
pub const WORKSPACE_NOT_FOUND: Code = Code {
    id: "workspace-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no workspace with this name or id that you may see.",
    remedy: "`atoll list` names yours",
};

/// The name is in use.
pub const WORKSPACE_NAME_TAKEN: Code = Code {
    id: "workspace-name-taken",
    http: 409,
    retryable: false,
    meaning: "The owner has a workspace with this name.",
    remedy: "choose another name, or `atoll delete NAME` first",
};

/// The name is none.
pub const WORKSPACE_NAME_INVALID: Code = Code {
    id: "workspace-name-invalid",
    http: 422,
    retryable: false,
    meaning: "A workspace's name is a DNS label: lower-case letters, digits and hyphens, at most 24, starting with a letter.",
    remedy: "choose a name like `dev` or `api-2`",
};

/// Values for parameters are refused.
pub const PARAMETERS_REFUSED: Code = Code {
    id: "parameters-refused",
    http: 422,
    retryable: false,
    meaning: "A parameter is not known to the template, has no value, or has one that breaks the template's rules.",
    remedy: "`atoll template show TEMPLATE` lists the parameters and their rules; give each as `--parameter NAME=VALUE`",
};

/// A build is under way.
pub const BUILD_UNDERWAY: Code = Code {
    id: "build-underway",
    http: 409,
    retryable: true,
    meaning: "The workspace has a build that is not finished; builds follow one another.",
    remedy: "follow it with `atoll logs WORKSPACE --follow`, or stop it with `atoll cancel WORKSPACE`",
};

/// There is no such build.
pub const BUILD_NOT_FOUND: Code = Code {
    id: "build-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no build with this id that you may see.",
    remedy: "`atoll show WORKSPACE` shows the latest",
};

/// There is no such job.
pub const JOB_NOT_FOUND: Code = Code {
    id: "job-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no job with this id whose log you may read.",
    remedy: "`atoll show WORKSPACE` and `atoll template show TEMPLATE` name the jobs",
};

/// The build ended already.
pub const BUILD_ENDED: Code = Code {
    id: "build-ended",
    http: 409,
    retryable: false,
    meaning: "The build has ended and cannot be cancelled.",
    remedy: "`atoll show WORKSPACE` says how it ended; `atoll stop WORKSPACE` undoes a start",
};

/// The template has no version that can be built.
pub const TEMPLATE_NOT_READY: Code = Code {
    id: "template-not-ready",
    http: 409,
    retryable: false,
    meaning: "The template, or the version asked for, has no import that succeeded.",
    remedy: "`atoll template show TEMPLATE` says why the import failed; correct the template and `atoll template push` it again",
};

/// There is no such template.
pub const TEMPLATE_NOT_FOUND: Code = Code {
    id: "template-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no template with this name.",
    remedy: "`atoll template list` names them all",
};

/// There is no such version.
pub const TEMPLATE_VERSION_NOT_FOUND: Code = Code {
    id: "template-version-not-found",
    http: 404,
    retryable: false,
    meaning: "The template has no version with this number.",
    remedy: "`atoll template show TEMPLATE` lists them",
};

/// The name is none.
pub const TEMPLATE_NAME_INVALID: Code = Code {
    id: "template-name-invalid",
    http: 422,
    retryable: false,
    meaning: "A template's name is a DNS label: lower-case letters, digits and hyphens, at most 24, starting with a letter.",
    remedy: "choose a name like `python` or `python-3`",
};

/// Workspaces hang on it.
pub const TEMPLATE_IN_USE: Code = Code {
    id: "template-in-use",
    http: 409,
    retryable: false,
    meaning: "Workspaces were made from this template and still exist.",
    remedy: "`atoll list --all` shows them; delete them first, or leave the template",
};

/// The template names images that the mirror does not have.
pub const TEMPLATE_NOT_CLOSED: Code = Code {
    id: "template-not-closed",
    http: 422,
    retryable: false,
    meaning: "The template names images that are not in the site's mirror, so a build would fail.",
    remedy: "have the images put into a bundle (`[[images]]` in `bundle.toml`), `atoll bundle import FILE`, then push the template again",
};

/// The job's worker was lost again and again.
pub const JOB_LOST: Code = Code {
    id: "job-lost",
    http: 500,
    retryable: true,
    meaning: "The server was stopped or lost its database while it worked on this, as often as it may be tried.",
    remedy: "do it again (`atoll start WORKSPACE`, `atoll template push`); `atoll status` says whether the server is well now",
};

/// The job took too long.
pub const JOB_TIMEOUT: Code = Code {
    id: "job-timeout",
    http: 500,
    retryable: true,
    meaning: "The work did not end within its bound, `jobs.build-timeout-seconds`.",
    remedy: "`atoll logs WORKSPACE` shows what it waited for; `atoll config set jobs.build-timeout-seconds N` allows more",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &WORKSPACE_NOT_FOUND,
    &WORKSPACE_NAME_TAKEN,
    &WORKSPACE_NAME_INVALID,
    &PARAMETERS_REFUSED,
    &BUILD_UNDERWAY,
    &BUILD_NOT_FOUND,
    &JOB_NOT_FOUND,
    &BUILD_ENDED,
    &TEMPLATE_NOT_READY,
    &TEMPLATE_NOT_FOUND,
    &TEMPLATE_VERSION_NOT_FOUND,
    &TEMPLATE_NAME_INVALID,
    &TEMPLATE_IN_USE,
    &TEMPLATE_NOT_CLOSED,
    &JOB_LOST,
    &JOB_TIMEOUT,
];
