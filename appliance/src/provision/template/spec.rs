//! A template as the rest of the appliance sees it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ParameterSpec;
use crate::provision::DriverKind;

/// What a template version is and wants; stored with the version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemplateSpec {
    /// Who builds it.
    pub driver: DriverKind,
    /// The name people see; empty when the template's own name will do.
    pub title: String,
    /// One sentence for the list of templates.
    pub description: String,
    /// A path or name of a picture; empty for none.
    pub icon: String,
    /// What a developer may choose, in the order to ask.
    pub parameters: Vec<ParameterSpec>,
    /// The agents that will connect.
    pub agents: Vec<AgentSpec>,
    /// Every image a build may name, by original name, for the closure check at import.
    pub images: Vec<String>,
    /// What its pods may do.
    pub pod_security: PodSecurity,
    /// `README.md`; empty when there is none.
    pub readme: String,
}

/// An agent: the process in the workspace through which people reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// Unique in the template, a DNS label.
    pub name: String,
    /// Where sessions begin; empty for the user's home.
    pub directory: String,
    /// Environment of sessions.
    pub env: BTreeMap<String, String>,
    /// Runs in a shell after the agent starts; empty for none.
    pub startup_script: String,
    /// After this long without a connection the agent is shown as lost.
    pub connection_timeout_seconds: u32,
}

/// The Kubernetes Pod Security level a template's pods are held to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodSecurity {
    /// Never root, no capabilities.
    #[default]
    Restricted,
    /// Root in the container, no reach to the node.
    Baseline,
}
