//! What a site decides about its cluster, for every build.

use std::time::Duration;

/// The domain of Atoll's own labels unless the site sets another.
pub const LABEL_PREFIX_DEFAULT: &str = "atoll.site";

/// How long a pod may find no node before the build ends. Long enough for a volume to be made
/// and for a node that is just being freed; sites whose clusters add nodes set minutes.
pub const UNSCHEDULABLE_DEFAULT: Duration = Duration::from_secs(15);

/// The cluster as this site uses it.
#[derive(Debug, Clone)]
pub struct KubeSettings {
    /// Where workspaces run. One namespace for all: their objects never share a name.
    pub namespace: String,
    /// The domain of Atoll's own labels.
    pub label_prefix: String,
    /// The class of claims that name none; none for the cluster's default.
    pub storage_class: Option<String>,
    /// How long a pod may find no node before the build ends.
    pub unschedulable: Duration,
}

impl KubeSettings {
    /// The settings of a site that decided nothing but the namespace.
    pub fn new(namespace: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            label_prefix: LABEL_PREFIX_DEFAULT.into(),
            storage_class: None,
            unschedulable: UNSCHEDULABLE_DEFAULT,
        }
    }

    /// A label or annotation of Atoll's own.
    pub(super) fn label(&self, name: &str) -> String {
        format!("{}/{name}", self.label_prefix)
    }
}
