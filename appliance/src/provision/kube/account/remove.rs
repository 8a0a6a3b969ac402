//! What install made on the cluster, and taking it away again.

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams};
use kube::core::{GroupVersionKind, PartialObjectMeta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::call::{answered, call};
use super::super::failure::{Doing, is_not_found};
use super::super::kind::Kind;
use super::rights::{ACCOUNT, TOKEN, objects};
use crate::error::{Outcome, Problem};

/// What stays on the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing: the namespace goes, with all workspaces and their data.
    Nothing,
    /// The namespace and the claims in it: a later site can take the data over.
    Claims,
}

/// An object of the cluster by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// `apiVersion` of its kind.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for an object of the whole cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An object that could not be taken away.
#[derive(Debug, Clone)]
pub struct Leftover {
    /// Which.
    pub object: ObjectRef,
    /// Why.
    pub problem: Problem,
}

/// Everything `create` makes for a namespace.
pub fn made(namespace: &str) -> Vec<ObjectRef> {
    let reference = |object: &Value| {
        let word = |pointer: &str| {
            object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        ObjectRef {
            api_version: word("/apiVersion"),
            kind: word("/kind"),
            namespace: word("/metadata/namespace"),
            name: word("/metadata/name"),
        }
    };
    objects(namespace).iter().map(reference).collect()
}

/// Takes away what install and workspaces made, as the operator or as the account itself, and
/// says what could not be taken away. Deletions go on in the cluster after this returns.
///
/// # Errors
/// The cluster does not answer.
pub async fn remove(client: &Client, namespace: &str, keep: Keep) -> Outcome<Vec<Leftover>> {
    let mut targets = match keep {
        Keep::Nothing => Vec::new(),
        Keep::Claims => workspace_objects(client, namespace).await?,
    };
    // Owned objects go with their owner; asked now, since later the account may not even look.
    for object in in_order(namespace, keep) {
        if !is_owned(client, &object).await? {
            targets.push(object);
        }
    }
    let mut left = Vec::new();
    for object in &targets {
        left.extend(delete(client, object).await?);
    }
    Ok(left)
}

/// The account's objects so that each can still be deleted by the account when its turn comes.
fn in_order(namespace: &str, keep: Keep) -> Vec<ObjectRef> {
    let order: &[&str] = match keep {
        Keep::Nothing => &["Namespace", "ClusterRole", "ClusterRoleBinding"],
        Keep::Claims => &[
            "ClusterRole",
            "ClusterRoleBinding",
            "Secret",
            "ServiceAccount",
            "Role",
            "RoleBinding",
        ],
    };
    let made = made(namespace);
    order
        .iter()
        .filter_map(|kind| made.iter().find(|object| object.kind == *kind).cloned())
        .collect()
}

/// What workspaces are made of, but for their claims.
async fn workspace_objects(client: &Client, namespace: &str) -> Outcome<Vec<ObjectRef>> {
    /// One page; a second uninstall takes the rest.
    const OBJECTS_MAX: u32 = 5000;
    let mut found = Vec::new();
    for kind in Kind::ALL.into_iter().rev().filter(|kind| *kind != Kind::PersistentVolumeClaim) {
        let api: Api<DynamicObject> =
            Api::namespaced_with(client.clone(), namespace, &kind.resource());
        let query =
            ListParams::default().labels("app.kubernetes.io/managed-by=atoll").limit(OBJECTS_MAX);
        let list =
            call(Doing { verb: "list", object: kind.plural() }, api.list_metadata(&query)).await?;
        let names = list.items.into_iter().filter_map(|object| object.metadata.name);
        let own = |name: &String| name == ACCOUNT || name == TOKEN;
        found.extend(names.filter(|name| !own(name)).map(|name| ObjectRef {
            api_version: kind.api_version().into(),
            kind: kind.as_str().into(),
            namespace: namespace.into(),
            name,
        }));
    }
    Ok(found)
}

fn api(client: &Client, object: &ObjectRef) -> Api<DynamicObject> {
    let ObjectRef { api_version, kind, namespace, name: _ } = object;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match namespace.as_str() {
        "" => Api::all_with(client.clone(), &resource),
        namespace => Api::namespaced_with(client.clone(), namespace, &resource),
    }
}

/// Whether something else takes the object along. What cannot be read is taken as on its own.
async fn is_owned(client: &Client, object: &ObjectRef) -> Outcome<bool> {
    let title = format!("{} {}", object.kind, object.name);
    let doing = Doing { verb: "read", object: &title };
    let found = answered(doing, api(client, object).get_metadata(&object.name)).await?;
    let owners = |found: PartialObjectMeta<DynamicObject>| found.metadata.owner_references;
    Ok(found.ok().and_then(owners).is_some_and(|owners| !owners.is_empty()))
}

async fn delete(client: &Client, object: &ObjectRef) -> Outcome<Option<Leftover>> {
    let title = format!("{} {}", object.kind, object.name);
    let doing = Doing { verb: "delete", object: &title };
    let parameters = DeleteParams::background();
    match answered(doing, api(client, object).delete(&object.name, &parameters)).await? {
        Ok(_deleted) => Ok(None),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Ok(Some(Leftover { object: object.clone(), problem: doing.failed(&error) })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_object_is_deleted_while_the_account_still_may() {
        let kinds = |keep| -> Vec<String> {
            in_order("n", keep).into_iter().map(|object| object.kind).collect()
        };
        assert_eq!(kinds(Keep::Nothing), ["Namespace", "ClusterRole", "ClusterRoleBinding"]);
        assert!(!kinds(Keep::Claims).contains(&"Namespace".to_owned()));
        assert_eq!(kinds(Keep::Claims).len() + 1, made("n").len());
    }
}
