//! What a template says about itself, whichever driver builds it: `template.toml` and README.
//!
//! The format is described in `docs/formats/template.md`.

mod document;
mod parameter;
mod spec;

pub use document::{AgentEntry, Document, README, TEMPLATE};
pub use parameter::{Monotonic, ParameterOption, ParameterSpec, ParameterType, Validation};
pub use spec::{AgentSpec, PodSecurity, TemplateSpec};
