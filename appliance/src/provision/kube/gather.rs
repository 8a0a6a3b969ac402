//! Looks at what the cluster has of a workspace, and at what a start needs to know.

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::api::{Api, DynamicObject, ListParams};
use kube::{Client, ResourceExt};

use super::build::{ClaimClasses, Names};
use super::call::call;
use super::failure::Doing;
use super::inventory::{Entry, Held};
use super::kind::Kind;
use super::settings::KubeSettings;
use crate::error::Outcome;

/// Objects of one kind that one workspace can have; a template has at most 64 objects.
const OBJECTS_MAX: u32 = 256;
/// Storage classes of a cluster: each is made by an administrator.
const CLASSES_MAX: u32 = 256;

/// The annotation by which a cluster marks its default class.
pub(super) const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// What is there.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The classes of claims that exist.
    pub(super) claims: ClaimClasses,
}

/// Adds to the held objects all that bear the workspace's label: a build that died between making
/// an object and storing its inventory must not leave that object behind for ever.
pub(super) async fn gather(
    client: &Client,
    settings: &KubeSettings,
    names: &Names<'_>,
    held: &mut Held,
) -> Outcome<Gathered> {
    let query = names.query();
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::PersistentVolumeClaim);
    let found = try_join_all(kinds.map(|kind| of_kind(client, settings, &query, kind)));
    let (found, claims) = futures::try_join!(found, claims(client, settings, &query))?;
    for entry in found.into_iter().flatten() {
        held.add(entry);
    }
    let mut classes = ClaimClasses::new();
    for (entry, class) in claims {
        classes.insert(entry.name.clone(), class);
        held.add(entry);
    }
    Ok(Gathered { claims: classes })
}

/// The workspace's objects of a kind, without their contents: nobody here needs to read secrets.
async fn of_kind(
    client: &Client,
    settings: &KubeSettings,
    query: &str,
    kind: Kind,
) -> Outcome<Vec<Entry>> {
    let api: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), &settings.namespace, &kind.resource());
    let parameters = ListParams::default().labels(query).limit(OBJECTS_MAX);
    let doing = Doing { verb: "list", object: kind.plural() };
    let list = call(doing, api.list_metadata(&parameters)).await?;
    let entry = |name: String, uid: Option<String>| Entry {
        kind,
        namespace: settings.namespace.clone(),
        name,
        uid: uid.unwrap_or_default(),
    };
    Ok(list.items.into_iter().map(|object| entry(object.name_any(), object.uid())).collect())
}

async fn claims(
    client: &Client,
    settings: &KubeSettings,
    query: &str,
) -> Outcome<Vec<(Entry, Option<String>)>> {
    let api: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), &settings.namespace);
    let parameters = ListParams::default().labels(query).limit(OBJECTS_MAX);
    let doing = Doing { verb: "list", object: Kind::PersistentVolumeClaim.plural() };
    let list = call(doing, api.list(&parameters)).await?;
    let entry = |claim: &PersistentVolumeClaim| Entry {
        kind: Kind::PersistentVolumeClaim,
        namespace: settings.namespace.clone(),
        name: claim.name_any(),
        uid: claim.uid().unwrap_or_default(),
    };
    let class = |claim: PersistentVolumeClaim| claim.spec.and_then(|spec| spec.storage_class_name);
    Ok(list.items.into_iter().map(|claim| (entry(&claim), class(claim))).collect())
}

/// The name of the class that claims without one get, if the cluster has such a class.
pub(crate) async fn default_storage_class(client: &Client) -> Outcome<Option<String>> {
    let api: Api<StorageClass> = Api::all(client.clone());
    let parameters = ListParams::default().limit(CLASSES_MAX);
    let list =
        call(Doing { verb: "list", object: "storage classes" }, api.list(&parameters)).await?;
    let is_default = |class: &&StorageClass| {
        class.annotations().get(DEFAULT_CLASS).is_some_and(|value| value == "true")
    };
    Ok(list.items.iter().find(is_default).map(ResourceExt::name_any))
}
