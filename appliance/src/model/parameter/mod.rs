//! What a template asks, and whether an answer is one: the words and meanings of Coder's
//! `coder_parameter`.

mod judge;
mod resolve;
mod spec;

pub use judge::{REGEX_BYTES_MAX, VALUE_BYTES_MAX, judge};
pub use resolve::{carry, resolve};
pub use spec::{
    Monotonic, ParameterOption, ParameterSpec, ParameterType, Validation, judge_definitions,
};

/// Why a value, or the lack of one, is refused. Every variant names the parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The template does not ask this.
    #[error("the template has no parameter `{name}`{}", hint.as_ref().map(|h| format!("; did you mean `{h}`?")).unwrap_or_default())]
    Unknown {
        /// The parameter.
        name: String,
        /// The one that was probably meant.
        hint: Option<String>,
    },
    /// The template asks this and has no answer of its own.
    #[error("the parameter `{name}` needs a value")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// The workspace was made with another value, and that is for good.
    #[error("the parameter `{name}` cannot change after the workspace was created")]
    Immutable {
        /// The parameter.
        name: String,
    },
    /// The value breaks a rule.
    #[error("the parameter `{name}` is refused: {reason}")]
    Value {
        /// The parameter.
        name: String,
        /// The rule, in the template's words where it has some.
        reason: String,
    },
}

impl Refusal {
    fn value(spec: &ParameterSpec, reason: impl Into<String>) -> Self {
        Self::Value { name: spec.name.clone(), reason: reason.into() }
    }
}
