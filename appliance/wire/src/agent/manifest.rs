//! What the control plane tells an agent about itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The workspace's SSH host key, in OpenSSH's private key format.
///
/// It is the server's to keep, so that it stays the same when the pod does not. It never prints.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostKey(pub String);

impl std::fmt::Debug for HostKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HostKey(…)")
    }
}

/// The answer to a hello: all an agent needs to serve its workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The agent.
    pub agent_id: Uuid,
    /// The agent's name in the template.
    pub agent_name: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// The login name of the workspace's owner.
    pub owner_name: String,
    /// The SSH host key.
    pub host_key: HostKey,
    /// Where sessions start; the home directory if absent. `~` and `$HOME` at its start are
    /// expanded by the agent.
    #[serde(default)]
    pub directory: Option<String>,
    /// Variables of every session and script.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Run once in the life of the agent's process.
    #[serde(default)]
    pub startup: Option<Script>,
    /// Values to show about the workspace, each measured by a script.
    #[serde(default)]
    pub metadata: Vec<MetadataItem>,
}

/// A script that the user's shell runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// What the shell is given.
    pub text: String,
    /// Seconds after which the lifecycle says that the script takes too long; it is not ended.
    pub timeout_seconds: u32,
}

/// A value to show about the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataItem {
    /// Its key, unique in the agent.
    pub key: String,
    /// Prints the value.
    pub script: String,
    /// Seconds between two measurements.
    pub interval_seconds: u32,
    /// Seconds after which a measurement is ended.
    pub timeout_seconds: u32,
}
