//! Names within a pod: each must be an object of the same template, and becomes its name in the
//! cluster. So a pod can mount what its own template declares and nothing else.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::kind::Kind;
use super::super::refusal::{Place, Refusal};
use super::super::template::Manifest;
use super::Names;

/// The names a template declares.
pub(super) struct Declared<'a> {
    names: BTreeSet<(Kind, &'a str)>,
}

impl<'a> Declared<'a> {
    pub(super) fn of(manifests: &'a [Manifest]) -> Self {
        Self {
            names: manifests
                .iter()
                .map(|manifest| (manifest.kind, manifest.name.as_str()))
                .collect(),
        }
    }
}

/// Where names stand: within each item of `volumes`.
const IN_VOLUMES: &[(&str, Kind)] = &[
    ("/persistentVolumeClaim/claimName", Kind::PersistentVolumeClaim),
    ("/configMap/name", Kind::ConfigMap),
    ("/secret/secretName", Kind::Secret),
];
/// Within each source of a projected volume.
const IN_SOURCES: &[(&str, Kind)] =
    &[("/configMap/name", Kind::ConfigMap), ("/secret/name", Kind::Secret)];
/// Within each variable.
const IN_ENV: &[(&str, Kind)] = &[
    ("/valueFrom/configMapKeyRef/name", Kind::ConfigMap),
    ("/valueFrom/secretKeyRef/name", Kind::Secret),
];
/// Within each source of variables.
const IN_ENV_FROM: &[(&str, Kind)] =
    &[("/configMapRef/name", Kind::ConfigMap), ("/secretRef/name", Kind::Secret)];

/// Replaces every name in a pod.
pub(super) fn resolve(
    pod: &mut Value,
    manifest: &Manifest,
    declared: &Declared<'_>,
    names: &Names<'_>,
) -> Result<(), Refusal> {
    let resolver = Resolver { manifest, declared, names };
    for volume in items(pod, "volumes") {
        resolver.replace(volume, "volumes", IN_VOLUMES)?;
        if let Some(projected) = volume.get_mut("projected") {
            for source in items(projected, "sources") {
                resolver.replace(source, "volumes[].projected.sources", IN_SOURCES)?;
            }
        }
    }
    for list in ["initContainers", "containers"] {
        for container in items(pod, list) {
            for variable in items(container, "env") {
                resolver.replace(variable, "env", IN_ENV)?;
            }
            for source in items(container, "envFrom") {
                resolver.replace(source, "envFrom", IN_ENV_FROM)?;
            }
        }
    }
    Ok(())
}

struct Resolver<'a> {
    manifest: &'a Manifest,
    declared: &'a Declared<'a>,
    names: &'a Names<'a>,
}

impl Resolver<'_> {
    fn replace(
        &self,
        item: &mut Value,
        list: &str,
        places: &[(&str, Kind)],
    ) -> Result<(), Refusal> {
        for (pointer, kind) in places {
            let Some(name) = item.pointer_mut(pointer) else { continue };
            let text = name.as_str().unwrap_or_default();
            if !self.declared.names.contains(&(*kind, text)) {
                let field = format!("{list}[]{}", pointer.replace('/', "."));
                return Err(Refusal::Reference {
                    place: Place { manifest: self.manifest.title(), field },
                    kind: kind.as_str(),
                    name: text.into(),
                });
            }
            *name = self.names.object(text).into();
        }
        Ok(())
    }
}

fn items<'a>(value: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}
