//! One object of a template.

use serde_json::Value;

use super::super::kind::Kind;
use super::super::refusal::{Place, Refusal};
use crate::provision::template::is_dns_label;

/// The longest name in a template. The object's own name puts `ws-`, twelve digits and a hyphen
/// before it, a ReplicaSet and a pod put 17 characters behind it, and a label value holds 63.
pub(in super::super) const NAME_BYTES_MAX: usize = 30;
/// Names that begin so are the driver's own.
pub(in super::super) const OWN_NAMES: &str = "atoll-";

/// An object as the template declares it: what its kind is, its name in the template, the rest.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Manifest {
    /// The file it stands in.
    pub(in super::super) path: String,
    /// What it is.
    pub(in super::super) kind: Kind,
    /// Its name in the template; its name in the cluster is derived from this.
    pub(in super::super) name: String,
    /// The whole document, still with `kind` and `metadata`.
    pub(in super::super) tree: Value,
}

impl Manifest {
    /// Takes a document that has a kind templates may declare and a plain name.
    pub(super) fn read(path: &str, index: usize, tree: Value) -> Result<Self, Refusal> {
        let refuse = |field: &str, why: String| {
            let manifest = format!("{path}, document {}", index + 1);
            Refusal::Manifest { place: Place { manifest, field: field.into() }, why }
        };
        let word = |pointer: &str| tree.pointer(pointer).and_then(Value::as_str);
        if !tree.is_object() {
            return Err(refuse("", "is not a mapping".into()));
        }
        let api_version =
            word("/apiVersion").ok_or_else(|| refuse("apiVersion", "is missing".into()))?;
        let kind = word("/kind").ok_or_else(|| refuse("kind", "is missing".into()))?;
        let known = Kind::of_template(api_version, kind).ok_or_else(|| Refusal::Kind {
            path: path.into(),
            api_version: api_version.into(),
            kind: kind.into(),
        })?;
        let name =
            word("/metadata/name").ok_or_else(|| refuse("metadata.name", "is missing".into()))?;
        if !is_dns_label(name) || name.len() > NAME_BYTES_MAX {
            let why = format!(
                "is `{name}`; a fixed DNS label of at most {NAME_BYTES_MAX} characters is needed"
            );
            return Err(refuse("metadata.name", why));
        }
        if name.starts_with(OWN_NAMES) {
            let why = format!("is `{name}`; names that begin with `{OWN_NAMES}` are Atoll's");
            return Err(refuse("metadata.name", why));
        }
        let name = name.to_owned();
        Ok(Self { path: path.into(), kind: known, name, tree })
    }

    /// For messages: the file and the object.
    pub(in super::super) fn title(&self) -> String {
        format!("{} ({} {})", self.path, self.kind.as_str(), self.name)
    }

    /// The pod this object makes, if it makes one.
    pub(in super::super) fn pod(&self) -> Option<&Value> {
        self.tree.pointer(POD)
    }

    /// The names of the pod's containers, in order.
    pub(super) fn container_names(&self) -> impl Iterator<Item = &str> {
        self.containers().filter_map(name_of)
    }

    /// One of the pod's containers.
    pub(super) fn container(&self, name: &str) -> Option<&Value> {
        self.containers().find(|container| name_of(container) == Some(name))
    }

    fn containers(&self) -> impl Iterator<Item = &Value> {
        let containers = self.pod().and_then(|pod| pod.get("containers")).and_then(Value::as_array);
        containers.into_iter().flatten()
    }
}

fn name_of(container: &Value) -> Option<&str> {
    container.get("name")?.as_str()
}

/// Where a Deployment has its pod.
pub(in super::super) const POD: &str = "/spec/template/spec";

/// Refuses two objects of one kind and name. They must be sorted.
pub(super) fn names_differ(sorted: &[Manifest]) -> Result<(), Refusal> {
    for pair in sorted.windows(2) {
        let [first, second] = pair else { continue };
        if (first.kind, &first.name) == (second.kind, &second.name) {
            let place = Place { manifest: second.title(), field: "metadata.name".into() };
            return Err(Refusal::Manifest {
                place,
                why: format!("stands in `{}` too", first.path),
            });
        }
    }
    Ok(())
}
