//! Templates and the builds made from them.

use super::Code;

/// The archive is not a template.
pub const TEMPLATE_FILES: Code = Code {
    id: "template-files-refused",
    http: 422,
    retryable: false,
    meaning: "The archive of a template has a path, a kind of entry or a size that is not allowed.",
    remedy: "put only plain files into the template's folder, at most 256 of them and 4 MiB together; then `atoll template push NAME --directory DIR`",
};

/// `template.toml` is missing or wrong.
pub const TEMPLATE_DOCUMENT: Code = Code {
    id: "template-document-invalid",
    http: 422,
    retryable: false,
    meaning: "`template.toml` is missing, not well formed, or has a key or value that is not known.",
    remedy: "correct `template.toml` (docs/formats/template.md lists every key), then `atoll template push NAME --directory DIR`",
};

/// A parameter's definition contradicts itself.
pub const TEMPLATE_PARAMETER: Code = Code {
    id: "template-parameter-invalid",
    http: 422,
    retryable: false,
    meaning: "The template defines a parameter that no value could satisfy or that contradicts itself.",
    remedy: "correct the `[[parameters]]` entry in `template.toml`, then `atoll template push NAME --directory DIR`",
};

/// The template's driver is not this site's.
pub const TEMPLATE_DRIVER: Code = Code {
    id: "template-driver-unavailable",
    http: 422,
    retryable: false,
    meaning: "The template is written for a driver that this site does not run.",
    remedy: "`atoll status` lists the site's drivers; for `kubernetes` install with `--kubeconfig FILE`",
};

/// A build was cancelled.
pub const BUILD_CANCELLED: Code = Code {
    id: "build-cancelled",
    http: 409,
    retryable: false,
    meaning: "Somebody cancelled the build; what it had made so far is kept in the workspace's inventory.",
    remedy: "`atoll start WORKSPACE` builds again, `atoll delete WORKSPACE` removes what there is",
};

/// A scripted failure of the echo driver.
pub const ECHO_FAILED: Code = Code {
    id: "echo-failed",
    http: 422,
    retryable: false,
    meaning: "The script of an `echo` template says that this build fails.",
    remedy: "correct `echo.toml` in the template; the `echo` driver is for tests",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &TEMPLATE_FILES,
    &TEMPLATE_DOCUMENT,
    &TEMPLATE_PARAMETER,
    &TEMPLATE_DRIVER,
    &BUILD_CANCELLED,
    &ECHO_FAILED,
];
