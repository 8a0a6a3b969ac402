//! The mirror for people: what it holds, the robots that use it, and how a node is told of it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What a robot may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RobotScope {
    /// Pull every image
    Pull,
    /// Pull and push every image
    Push,
}

/// A machine that uses the mirror, without its secret, which nobody can show again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Robot {
    /// The part between the underscores of its token
    pub id: String,
    /// What it is for; several may have one name
    pub name: String,
    /// What it may do
    pub scope: RobotScope,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it ends; absent: when it is revoked
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// A robot to be.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRobot {
    /// What it is for
    pub name: String,
    /// What it may do
    pub scope: RobotScope,
    /// How long it lasts; absent: until it is revoked
    #[serde(default)]
    pub lifetime_days: Option<u32>,
}

/// A new robot, with its secret, for this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CreatedRobot {
    /// What can be seen again later
    pub robot: Robot,
    /// `atoll_<id>_<secret>`: the password for every client, with any user name
    pub secret: String,
}

/// Which container runtime a node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeFormat {
    /// containerd 1.5 or newer, configured by `certs.d`
    Containerd,
    /// k3s, configured by `registries.yaml`
    K3s,
}

/// A request for what to put on a node.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNodeConfig {
    /// Which runtime it has
    pub format: NodeFormat,
    /// The node's name, which its robot bears; absent: `nodes`
    #[serde(default)]
    pub node: Option<String>,
}

/// A file to put on a node.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NodeFile {
    /// Where, absolute
    pub path: String,
    /// Its mode, octal
    pub mode: String,
    /// What is in it
    pub content: String,
}

/// What to put on a node, with a secret in it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NodeConfig {
    /// The robot made for it
    pub robot: Robot,
    /// The files
    pub files: Vec<NodeFile>,
    /// What else to do there, in order
    pub steps: Vec<String>,
}

/// A repository of the mirror.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MirrorRepository {
    /// Its name, upstream host first
    pub name: String,
    /// How many tags it has
    pub tags: u64,
    /// The bytes of its layers; repositories share them
    pub size_bytes: u64,
}

/// A tag of a repository.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MirrorTag {
    /// The tag
    pub name: String,
    /// What it points at
    pub digest: String,
    /// What that is
    pub media_type: String,
    /// When it was last moved
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}
