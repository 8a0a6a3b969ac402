//! `[cluster]`: where workspaces run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{Apply, Key};

/// Which Kubernetes cluster runs the workspaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cluster {
    /// The site's own account on the cluster, made by install; empty: no cluster.
    pub kubeconfig_file: PathBuf,
    /// The namespace of workspaces.
    pub namespace: String,
    /// The StorageClass of home volumes; empty: the cluster's default.
    pub storage_class: String,
}

pub(super) const KEYS: &[Key] = &[
    Key {
        name: "cluster.kubeconfig-file",
        apply: Apply::Restart,
        about: "Kubeconfig of the site's own service account, written by `atoll install`; empty means no cluster.",
        default: r#""""#,
    },
    Key {
        name: "cluster.namespace",
        apply: Apply::Restart,
        about: "Namespace in which workspaces run.",
        default: r#""atoll-workspaces""#,
    },
    Key {
        name: "cluster.storage-class",
        apply: Apply::Restart,
        about: "StorageClass of home volumes; empty means the cluster's default.",
        default: r#""""#,
    },
];
