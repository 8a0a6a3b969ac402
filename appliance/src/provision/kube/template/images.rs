//! The images a template names, found before any value is known.
//!
//! An image with an expression is evaluated for every option of the parameters it uses, so that
//! the import can prove each of them is in the mirror. A build names none that was not found so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::super::refusal::{Place, Refusal};
use super::Manifest;
use super::expression::{Piece, has_expression, language, pieces};
use super::render::{Scope, WorkspaceScope, scalar};
use crate::provision::template::{Document, ParameterSpec};

/// Images of one template: the import asks the mirror for each.
const IMAGES_MAX: usize = 256;
/// The longest reference that the distribution specification leaves room for: a 255-byte name, a
/// 128-byte tag, a digest.
const REFERENCE_BYTES_MAX: usize = 512;

/// An image reference by its original, fully qualified name: `docker.io/library/busybox:latest`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct ImageName(String);

impl ImageName {
    /// Reads a reference as a container runtime does: without a host it is Docker Hub's, without
    /// a tag or digest it is `latest`.
    pub(in super::super) fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
        if text.is_empty() || text.len() > REFERENCE_BYTES_MAX || !text.bytes().all(plain) {
            return None;
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (host, path.to_owned())
            }
            Some(_) => ("docker.io", rest.to_owned()),
            None => ("docker.io", format!("library/{rest}")),
        };
        let (name, tag) = match path.rsplit_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (path.as_str(), None),
        };
        let component = |part: &str| {
            let inner = |byte: u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
            };
            !part.is_empty() && part.bytes().all(inner)
        };
        let tagged = |tag: &str| {
            !tag.is_empty()
                && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        if host.is_empty() || !name.split('/').all(component) || !tag.is_none_or(tagged) {
            return None;
        }
        let tag = match (tag, digest) {
            (Some(tag), _) => format!(":{tag}"),
            (None, Some(_)) => String::new(),
            (None, None) => ":latest".into(),
        };
        let digest = match digest {
            Some(digest) if digest.starts_with("sha256:") => format!("@{digest}"),
            Some(_) => return None,
            None => String::new(),
        };
        Some(Self(format!("{host}/{name}{tag}{digest}")))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The image fields of a manifest's pod and what they say.
pub(super) fn of(manifest: &Manifest) -> Vec<(String, &str)> {
    let Some(pod) = manifest.pod() else { return Vec::new() };
    let mut found = Vec::new();
    for list in ["initContainers", "containers"] {
        let containers = pod.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, container) in containers.enumerate() {
            if let Some(image) = container.get("image").and_then(Value::as_str) {
                found.push((format!("spec.template.spec.{list}[{index}].image"), image));
            }
        }
    }
    found
}

/// Every image a build of this template may name: those listed in `template.toml`, those written
/// out, and those that options make of an expression.
pub(super) fn declared(
    document: &Document,
    manifests: &[Manifest],
) -> Result<BTreeSet<ImageName>, Refusal> {
    let mut images = BTreeSet::new();
    for listed in &document.images {
        let place = || Place { manifest: "template.toml".into(), field: "images".into() };
        let name = ImageName::parse(listed);
        images.insert(
            name.ok_or_else(|| Refusal::ImageName { place: place(), image: listed.clone() })?,
        );
    }
    for manifest in manifests {
        for (field, text) in of(manifest) {
            for image in possible(document, manifest, &field, text)? {
                let place = || Place { manifest: manifest.title(), field: field.clone() };
                let name = ImageName::parse(&image)
                    .ok_or_else(|| Refusal::ImageName { place: place(), image: image.clone() })?;
                images.insert(name);
                if images.len() > IMAGES_MAX {
                    return Err(Refusal::TooMany { what: "images", max: IMAGES_MAX });
                }
            }
        }
    }
    Ok(images)
}

/// What one image field can become. A parameter without options counts with its default only.
fn possible(
    document: &Document,
    manifest: &Manifest,
    field: &str,
    text: &str,
) -> Result<Vec<String>, Refusal> {
    if !has_expression(text) {
        return Ok(vec![text.to_owned()]);
    }
    let used = used_parameters(document, text);
    let mut found = Vec::new();
    for values in combinations(&used) {
        let others = document.parameters.iter().filter(|spec| !values.contains_key(&spec.name));
        let stand_ins = others.map(|spec| (spec.name.clone(), stand_in(spec)));
        let given: BTreeMap<String, String> = stand_ins.chain(values.clone()).collect();
        let word = || "any".to_owned();
        let workspace = WorkspaceScope { id: word(), name: word(), owner: word() };
        let Ok(scope) = Scope::new(workspace, &document.parameters, &given) else { continue };
        if let Value::String(image) = scalar(manifest, field, text, &scope)? {
            found.push(image);
        }
        if found.len() > IMAGES_MAX {
            return Err(Refusal::TooMany { what: "images", max: IMAGES_MAX });
        }
    }
    Ok(found)
}

/// The parameters an image's text names. An expression that names the whole table uses all.
fn used_parameters<'a>(document: &'a Document, text: &str) -> Vec<&'a ParameterSpec> {
    let language = language();
    let mut names = BTreeSet::new();
    for piece in pieces(text).unwrap_or_default() {
        if let Piece::Expression(expression) = piece
            && let Ok(parsed) = language.compile_expression(expression)
        {
            names.extend(parsed.undeclared_variables(true));
        }
    }
    let all = names.contains("parameters");
    let used = |spec: &&ParameterSpec| all || names.contains(&format!("parameters.{}", spec.name));
    document.parameters.iter().filter(used).collect()
}

/// Every choice of values for these parameters, up to one past the bound on images.
fn combinations(used: &[&ParameterSpec]) -> Vec<BTreeMap<String, String>> {
    let mut all = vec![BTreeMap::new()];
    for spec in used {
        let values: Vec<&String> = if spec.options.is_empty() {
            spec.default.iter().collect()
        } else {
            spec.options.iter().map(|option| &option.value).collect()
        };
        let mut next = Vec::new();
        for chosen in &all {
            for value in &values {
                let mut chosen: BTreeMap<String, String> = chosen.clone();
                chosen.insert(spec.name.clone(), (*value).clone());
                next.push(chosen);
            }
        }
        next.truncate(IMAGES_MAX + 1);
        all = next;
    }
    all
}

/// A value for a parameter that the image does not depend on.
fn stand_in(spec: &ParameterSpec) -> String {
    use crate::provision::template::ParameterType;
    let plain = match spec.kind {
        ParameterType::String => "any",
        ParameterType::Number => "0",
        ParameterType::Bool => "false",
        ParameterType::List => "[]",
    };
    spec.default.clone().unwrap_or_else(|| plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_a_container_runtime_reads_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cases = [
            ("busybox", "docker.io/library/busybox:latest"),
            ("atoll/workspace:1", "docker.io/atoll/workspace:1"),
            ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
            (&format!("busybox@{digest}"), &format!("docker.io/library/busybox@{digest}")),
        ];
        for (text, full) in cases {
            assert_eq!(ImageName::parse(text).map(|name| name.to_string()).as_deref(), Some(full));
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", "a b", "UPPER", "a\nb", "a:", "a@md5:1", "a//b", "a'b"] {
            assert_eq!(ImageName::parse(text), None, "{text:?}");
        }
    }
}
