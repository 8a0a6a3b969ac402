//! The site's account on the cluster, made with the operator's rights before anything else of the
//! site exists there.

use super::{Made, Record};
use crate::error::Outcome;
use crate::provision::kube::account::{Admin, Discovery, create, discover, made};
use crate::secret::Secret;
use crate::site::Layout;

/// The operator's cluster, looked at and found fit.
pub(super) struct Cluster {
    admin: Admin,
    discovery: Discovery,
    namespace: String,
}

/// Reads the kubeconfig and asks the cluster what the operator may do there; makes nothing.
pub(super) async fn look(
    kubeconfig: &str,
    name: &str,
    namespace: &str,
    storage_class: Option<&str>,
) -> Outcome<Cluster> {
    let admin = Admin::read(kubeconfig, name).await?;
    let discovery = discover(&admin, namespace).await?;
    match discovery.refusal(namespace, storage_class) {
        Some(refusal) => Err(refusal),
        None => Ok(Cluster { admin, discovery, namespace: namespace.to_owned() }),
    }
}

impl Cluster {
    /// What was found, in one line.
    pub(super) fn seen(&self) -> String {
        let class = self.discovery.default_storage_class.as_deref().unwrap_or("none");
        format!("Kubernetes {}, default storage class {class}", self.discovery.version)
    }

    /// Makes the account and returns its kubeconfig.
    pub(super) async fn account(&self, layout: &Layout) -> Outcome<Secret> {
        let objects = made(&self.namespace).into_iter();
        let objects = objects.map(|object| match object.namespace.as_str() {
            "" => format!("{} {}", object.kind, object.name),
            namespace => format!("{} {namespace}/{}", object.kind, object.name),
        });
        let (namespace, server) = (self.namespace.clone(), self.admin.server());
        Record::note(layout, Made::Cluster { server, namespace, objects: objects.collect() })?;
        let account = create(&self.admin, &self.discovery, &self.namespace).await;
        account?.kubeconfig()
    }
}
