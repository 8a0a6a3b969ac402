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

/// A manifest is not an object of a template.
pub const MANIFEST_INVALID: Code = Code {
    id: "template-manifest-invalid",
    http: 422,
    retryable: false,
    meaning: "A file below `manifests/` is not YAML within bounds, an object in it lacks a kind or a plain name, or nothing in it runs.",
    remedy: "correct the file named (docs/formats/template.md has the rules), then `atoll template push NAME --directory DIR`",
};

/// A kind outside the allow-list.
pub const KIND_REFUSED: Code = Code {
    id: "template-kind-refused",
    http: 422,
    retryable: false,
    meaning: "A template declares an object of a kind that could reach beyond its own workspace.",
    remedy: "use Deployment, PersistentVolumeClaim, ConfigMap, Secret and Service; anything else an administrator applies to the cluster with `kubectl`",
};

/// A field or value that is not allowed.
pub const FIELD_FORBIDDEN: Code = Code {
    id: "template-field-forbidden",
    http: 422,
    retryable: false,
    meaning: "A manifest sets a field, or a value, that templates may not set; also when the value comes from a parameter.",
    remedy: "remove the field named from the manifest, then `atoll template push NAME --directory DIR`",
};

/// An expression cannot be evaluated.
pub const EXPRESSION_INVALID: Code = Code {
    id: "template-expression-invalid",
    http: 422,
    retryable: false,
    meaning: "An expression in a manifest is not well formed, names a parameter that does not exist, or is not one text, number or boolean.",
    remedy: "correct the expression named, or define the parameter in `template.toml`; then `atoll template push NAME --directory DIR`",
};

/// A pod names an object of another.
pub const REFERENCE_UNKNOWN: Code = Code {
    id: "template-reference-unknown",
    http: 422,
    retryable: false,
    meaning: "A pod names a claim, a config map or a secret that the same template does not declare; a workspace sees its own objects only.",
    remedy: "declare the object below `manifests/` under that name, then `atoll template push NAME --directory DIR`",
};

/// A value names an image that the import did not check.
pub const IMAGE_UNDECLARED: Code = Code {
    id: "template-image-undeclared",
    http: 422,
    retryable: false,
    meaning: "A parameter's value makes an image name that the template does not declare, or the text is no image name.",
    remedy: "add the image to `images` in `template.toml` and bring it with a bundle, then `atoll template push NAME --directory DIR`",
};

/// An agent has no container.
pub const AGENT_MISPLACED: Code = Code {
    id: "template-agent-misplaced",
    http: 422,
    retryable: false,
    meaning: "An `[[agents]]` entry names no container of the template, or one that is taken.",
    remedy: "set `workload` and `container` of the agent in `template.toml` to a Deployment and a container below `manifests/`",
};

/// A value does not fit the template.
pub const PARAMETER_VALUE: Code = Code {
    id: "template-parameter-value",
    http: 422,
    retryable: false,
    meaning: "A build lacks a value for a parameter, or has one of the wrong type or for a parameter that the template does not define.",
    remedy: "`atoll template show NAME` lists the parameters; give them with `--parameter NAME=VALUE`",
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
    &MANIFEST_INVALID,
    &KIND_REFUSED,
    &FIELD_FORBIDDEN,
    &EXPRESSION_INVALID,
    &REFERENCE_UNKNOWN,
    &IMAGE_UNDECLARED,
    &AGENT_MISPLACED,
    &PARAMETER_VALUE,
    &BUILD_CANCELLED,
    &ECHO_FAILED,
];
