//! The kinds of objects this driver handles: those a template may declare and those it adds.

use kube::api::ApiResource;
use serde::{Deserialize, Serialize};

/// A kind of object in the cluster.
///
/// The order is the order of creation: what a pod needs comes before the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The identity of the workspace's pods; has no rights. The driver's own.
    ServiceAccount,
    /// Who may connect to the workspace's pods. The driver's own.
    NetworkPolicy,
    /// Confidential files and variables.
    Secret,
    /// Files and variables.
    ConfigMap,
    /// Storage that outlives a stop.
    PersistentVolumeClaim,
    /// A name for ports, inside the cluster.
    Service,
    /// Pods.
    Deployment,
}

/// Whether a template may declare a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    Template,
    DriverOnly,
}

impl Kind {
    /// Every kind, in the order of creation.
    pub(crate) const ALL: [Self; 7] = [
        Self::ServiceAccount,
        Self::NetworkPolicy,
        Self::Secret,
        Self::ConfigMap,
        Self::PersistentVolumeClaim,
        Self::Service,
        Self::Deployment,
    ];

    /// The word of a manifest's `kind`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ServiceAccount => "ServiceAccount",
            Self::NetworkPolicy => "NetworkPolicy",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::Service => "Service",
            Self::Deployment => "Deployment",
        }
    }

    /// The API group; empty for the core group.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Self::Deployment => "apps",
            Self::NetworkPolicy => "networking.k8s.io",
            Self::ServiceAccount
            | Self::Secret
            | Self::ConfigMap
            | Self::PersistentVolumeClaim
            | Self::Service => "",
        }
    }

    /// The word of a manifest's `apiVersion`. Every kind here has been at `v1` since Kubernetes
    /// 1.9.
    pub(crate) fn api_version(self) -> &'static str {
        match self {
            Self::Deployment => "apps/v1",
            Self::NetworkPolicy => "networking.k8s.io/v1",
            Self::ServiceAccount
            | Self::Secret
            | Self::ConfigMap
            | Self::PersistentVolumeClaim
            | Self::Service => "v1",
        }
    }

    /// The word of the API's paths and of roles.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::ServiceAccount => "serviceaccounts",
            Self::NetworkPolicy => "networkpolicies",
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::Service => "services",
            Self::Deployment => "deployments",
        }
    }

    /// The same for the client.
    pub(super) fn resource(self) -> ApiResource {
        ApiResource {
            group: self.group().into(),
            version: "v1".into(),
            api_version: self.api_version().into(),
            kind: self.as_str().into(),
            plural: self.plural().into(),
        }
    }

    /// Who may declare it.
    pub(super) fn author(self) -> Author {
        match self {
            Self::ServiceAccount | Self::NetworkPolicy => Author::DriverOnly,
            Self::Secret
            | Self::ConfigMap
            | Self::PersistentVolumeClaim
            | Self::Service
            | Self::Deployment => Author::Template,
        }
    }

    /// The kind of a manifest that a template may declare.
    pub(super) fn of_template(api_version: &str, kind: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .filter(|known| known.author() == Author::Template)
            .find(|known| known.as_str() == kind && known.api_version() == api_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_declares_five_kinds_and_no_other() {
        assert_eq!(Kind::of_template("apps/v1", "Deployment"), Some(Kind::Deployment));
        assert_eq!(Kind::of_template("v1", "Deployment"), None);
        for (version, kind) in [
            ("v1", "ServiceAccount"),
            ("networking.k8s.io/v1", "NetworkPolicy"),
            ("v1", "Pod"),
            ("apps/v1", "DaemonSet"),
            ("apps/v1", "StatefulSet"),
            ("batch/v1", "Job"),
            ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
            ("v1", "Namespace"),
            ("v1", "PersistentVolume"),
        ] {
            assert_eq!(Kind::of_template(version, kind), None, "{kind}");
        }
    }
}
