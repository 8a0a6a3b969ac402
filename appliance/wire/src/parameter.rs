//! What a template asks of whoever makes a workspace from it: Coder's semantics.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a value is. It always travels as a string, in this type's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ParameterKind {
    /// Any text
    #[serde(rename = "string")]
    String,
    /// A whole number
    #[serde(rename = "number")]
    Number,
    /// `true` or `false`
    #[serde(rename = "bool")]
    Bool,
    /// A JSON list of texts
    #[serde(rename = "list(string)")]
    ListString,
}

/// In which direction a number may change from one build to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Monotonic {
    /// It may not fall
    Increasing,
    /// It may not rise
    Decreasing,
}

/// A value to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterOption {
    /// What a person reads
    pub name: String,
    /// What the template gets
    pub value: String,
    /// More about it
    #[serde(default)]
    pub description: String,
    /// A path or name of a picture
    #[serde(default)]
    pub icon: String,
}

/// A question of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Parameter {
    /// Unique within the template
    pub name: String,
    /// What a person reads
    #[serde(default)]
    pub display_name: String,
    /// More about it, in Markdown
    #[serde(default)]
    pub description: String,
    /// What its values are
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The value when none is given; absent: one must be given
    #[serde(default)]
    pub default: Option<String>,
    /// Whether it can change after the workspace was made
    pub mutable: bool,
    /// Whether it holds for one build only
    pub ephemeral: bool,
    /// The values to choose from; empty: any
    #[serde(default)]
    pub options: Vec<ParameterOption>,
    /// For texts: what the whole value must match
    #[serde(default)]
    pub regex: Option<String>,
    /// What to say when the value is refused
    #[serde(default)]
    pub error: Option<String>,
    /// For numbers: the least
    #[serde(default)]
    pub min: Option<i64>,
    /// For numbers: the most
    #[serde(default)]
    pub max: Option<i64>,
    /// For numbers: how it may change
    #[serde(default)]
    pub monotonic: Option<Monotonic>,
    /// A path or name of a picture
    #[serde(default)]
    pub icon: String,
}
