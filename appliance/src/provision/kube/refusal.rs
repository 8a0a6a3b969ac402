//! Why a template, or a build of it, is refused before the cluster is asked.

use crate::error::{Code, Problem, codes::template as codes};

/// Where in a template something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file, and the object in it once that is known.
    pub(super) manifest: String,
    /// The path of the field, `spec.template.spec.hostNetwork`.
    pub(super) field: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { manifest, field } = self;
        if field.is_empty() {
            write!(formatter, "`{manifest}`")
        } else {
            write!(formatter, "`{field}` in `{manifest}`")
        }
    }
}

/// A reason to refuse.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// A file below `manifests/` is not YAML within bounds.
    #[error("cannot read `{path}`")]
    ReadYaml { path: String, why: String },
    /// A document is not an object with a kind and a plain name.
    #[error("{place} {why}")]
    Manifest { place: Place, why: String },
    /// A kind that templates may not declare.
    #[error("`{path}` declares a `{kind}` (`{api_version}`), which a template may not")]
    Kind { path: String, api_version: String, kind: String },
    /// A field, or a value of it, that is not allowed.
    #[error("{place} {why}")]
    Field { place: Place, why: String },
    /// An expression that is not well formed or names nothing.
    #[error("{place} has the expression `{expression}`, which cannot be evaluated")]
    Expression { place: Place, expression: String, why: String },
    /// A name that stands for no object of the same template.
    #[error("{place} names the {kind} `{name}`, which the template does not declare")]
    Reference { place: Place, kind: &'static str, name: String },
    /// An image that the template's import did not see.
    #[error("{place} became the image `{image}`, which the template does not declare")]
    Image { place: Place, image: String },
    /// Something is not an image reference.
    #[error("{place} is `{image}`, which is not an image reference")]
    ImageName { place: Place, image: String },
    /// An agent that has no place to live, or two.
    #[error("agent `{agent}` {why}")]
    Agent { agent: String, why: String },
    /// A template without anything to run.
    #[error("the template declares no `Deployment` below `manifests/`")]
    NothingToRun,
    /// Too many objects or images.
    #[error("the template has more than {max} {what}")]
    TooMany { what: &'static str, max: usize },
}

impl Refusal {
    /// What to tell the template's author.
    pub(super) fn problem(&self) -> Problem {
        let problem = Problem::new(self.code(), self.to_string());
        match self {
            Self::ReadYaml { why, .. } | Self::Expression { why, .. } => problem.because_of(why),
            Self::Manifest { .. }
            | Self::Kind { .. }
            | Self::Field { .. }
            | Self::Reference { .. }
            | Self::Image { .. }
            | Self::ImageName { .. }
            | Self::Agent { .. }
            | Self::NothingToRun
            | Self::TooMany { .. } => problem,
        }
    }

    fn code(&self) -> &'static Code {
        match self {
            Self::ReadYaml { .. }
            | Self::Manifest { .. }
            | Self::NothingToRun
            | Self::TooMany { .. } => &codes::MANIFEST_INVALID,
            Self::Kind { .. } => &codes::KIND_REFUSED,
            Self::Field { .. } => &codes::FIELD_FORBIDDEN,
            Self::Expression { .. } => &codes::EXPRESSION_INVALID,
            Self::Reference { .. } => &codes::REFERENCE_UNKNOWN,
            Self::Image { .. } | Self::ImageName { .. } => &codes::IMAGE_UNDECLARED,
            Self::Agent { .. } => &codes::AGENT_MISPLACED,
        }
    }
}
