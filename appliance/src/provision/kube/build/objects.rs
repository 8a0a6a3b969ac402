//! Every object of a running workspace, from the template's and the driver's own.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::kind::Kind;
use super::super::refusal::{Place, Refusal};
use super::super::settings::KubeSettings;
use super::super::template::{Manifest, POD};
use super::super::validate::Validated;
use super::{Names, agent, own, pod, references};
use crate::provision::BuildRequest;

/// The storage class of each claim that exists, by its name in the cluster; it cannot change.
pub(in super::super) type ClaimClasses = BTreeMap<String, Option<String>>;

/// An object ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Prepared {
    /// What it is.
    pub(in super::super) kind: Kind,
    /// Its name in the template.
    pub(in super::super) name: String,
    /// Its name in the cluster.
    pub(in super::super) address: String,
    /// The whole object.
    pub(in super::super) body: Value,
    /// The agents that live in it.
    pub(in super::super) agents: Vec<String>,
}

/// What every builder needs to know.
pub(in super::super) struct Site<'a> {
    pub(in super::super) request: &'a BuildRequest,
    pub(in super::super) settings: &'a KubeSettings,
    pub(in super::super) names: Names<'a>,
}

/// Builds every object of a running workspace, in the order of creation. `claims` has the storage
/// class of each claim that exists.
pub(in super::super) fn build(
    validated: &Validated,
    request: &BuildRequest,
    settings: &KubeSettings,
    claims: &ClaimClasses,
) -> Result<Vec<Prepared>, Refusal> {
    let site = Site { request, settings, names: Names::new(request, settings) };
    let declared = references::Declared::of(&validated.manifests);
    let mut objects = own::objects(&site, &validated.agents);
    for manifest in &validated.manifests {
        let mut body = manifest.tree.clone();
        let agents: Vec<_> =
            validated.agents.iter().filter(|agent| agent.home.workload == manifest.name).collect();
        match manifest.kind {
            Kind::Deployment => {
                deployment(&mut body, &site, manifest)?;
                if let Some(pod) = body.pointer_mut(POD) {
                    references::resolve(pod, manifest, &declared, &site.names)?;
                    pod::defaults(pod, validated.level, &site);
                    for agent in &agents {
                        agent::place(pod, agent, &site);
                    }
                }
            }
            Kind::PersistentVolumeClaim => claim(&mut body, &site, &manifest.name, claims),
            Kind::Secret => as_stored(&mut body),
            Kind::Service => service(&mut body, &site),
            Kind::ConfigMap | Kind::ServiceAccount | Kind::NetworkPolicy => {}
        }
        let lives_here = manifest.kind == Kind::Deployment;
        let agents =
            agents.iter().filter(|_| lives_here).map(|agent| agent.home.agent.clone()).collect();
        objects.push(site.prepared(manifest.kind, &manifest.name, body, agents));
    }
    objects.sort_by_key(|object| object.kind);
    Ok(objects)
}

impl Site<'_> {
    /// Gives an object its kind, its name in the cluster and its labels; what else its metadata
    /// said beyond labels is not kept.
    pub(super) fn prepared(
        &self,
        kind: Kind,
        name: &str,
        mut body: Value,
        agents: Vec<String>,
    ) -> Prepared {
        let address = self.names.object(name);
        let given = body.pointer("/metadata/labels").and_then(Value::as_object).cloned();
        let mut labels = given.unwrap_or_default();
        labels.extend(self.names.labels(name));
        if let Some(map) = body.as_object_mut() {
            map.insert("apiVersion".into(), kind.api_version().into());
            map.insert("kind".into(), kind.as_str().into());
            let metadata = json!({
                "name": address,
                "namespace": self.settings.namespace,
                "labels": labels,
            });
            map.insert("metadata".into(), metadata);
        }
        Prepared { kind, name: name.into(), address, body, agents }
    }
}

/// The selector and the pods' labels are ours, so that no manifest can reach another's pods.
fn deployment(body: &mut Value, site: &Site<'_>, manifest: &Manifest) -> Result<(), Refusal> {
    /// Old pod templates are of no use: going back is a build with the older version.
    const HISTORY: u32 = 0;
    let refuse = || Refusal::Manifest {
        place: Place { manifest: manifest.title(), field: "spec.template.spec".into() },
        why: "is missing".into(),
    };
    if manifest.pod().is_none() {
        return Err(refuse());
    }
    let given = body.pointer("/spec/template/metadata/labels").and_then(Value::as_object).cloned();
    let mut labels = given.unwrap_or_default();
    labels.extend(site.names.labels(&manifest.name));
    let spec = body.get_mut("spec").and_then(Value::as_object_mut).ok_or_else(refuse)?;
    spec.insert("selector".into(), json!({ "matchLabels": site.names.selector(&manifest.name) }));
    spec.insert("strategy".into(), json!({ "type": "Recreate" }));
    spec.insert("revisionHistoryLimit".into(), HISTORY.into());
    spec.entry("replicas").or_insert(1.into());
    let template = spec.get_mut("template").and_then(Value::as_object_mut).ok_or_else(refuse)?;
    let build = site.request.build_number.to_string();
    let annotations = Map::from_iter([(site.settings.label("build"), Value::from(build))]);
    template.insert("metadata".into(), json!({ "labels": labels, "annotations": annotations }));
    Ok(())
}

/// A claim that exists keeps its class, whatever the template or the site say by now.
fn claim(body: &mut Value, site: &Site<'_>, name: &str, claims: &ClaimClasses) {
    let Some(spec) = body
        .as_object_mut()
        .map(|map| map.entry("spec").or_insert_with(|| json!({})))
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    spec.entry("accessModes").or_insert_with(|| json!(["ReadWriteOnce"]));
    match claims.get(&site.names.object(name)) {
        Some(Some(class)) => {
            spec.insert("storageClassName".into(), class.clone().into());
        }
        Some(None) => {}
        None => {
            if let Some(class) = &site.settings.storage_class {
                spec.entry("storageClassName").or_insert_with(|| class.clone().into());
            }
        }
    }
}

/// A service finds the pods of its own workspace only.
fn service(body: &mut Value, site: &Site<'_>) {
    let Some(spec) = body.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let given = spec.get("selector").and_then(Value::as_object).cloned();
    let mut selector = given.unwrap_or_default();
    selector.extend(site.names.workspace_selector());
    spec.insert("selector".into(), selector.into());
    spec.insert("type".into(), "ClusterIP".into());
}

/// Texts of a secret in the form the cluster stores them: the other form is write-only, and a
/// key that leaves it would stay in the cluster.
fn as_stored(body: &mut Value) {
    let Some(map) = body.as_object_mut() else { return };
    let Some(Value::Object(texts)) = map.remove("stringData") else { return };
    let Some(data) = map.entry("data").or_insert_with(|| json!({})).as_object_mut() else { return };
    for (key, value) in texts {
        let text = match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        data.insert(key, STANDARD.encode(text).into());
    }
}
