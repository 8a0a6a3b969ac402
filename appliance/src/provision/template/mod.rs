//! What a template says about itself, whichever driver builds it: `template.toml` and README.
//!
//! The format is described in `docs/formats/template.md`.

mod document;
mod spec;

pub use crate::model::parameter::{
    Monotonic, ParameterOption, ParameterSpec, ParameterType, Validation,
};
pub(crate) use document::is_dns_label;
pub use document::{AgentEntry, Document, README, TEMPLATE};
pub use spec::{AgentSpec, PodSecurity, TemplateSpec};
