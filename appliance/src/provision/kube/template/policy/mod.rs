//! What a template's objects may say. A list of what is allowed, so that a field the cluster
//! learns tomorrow is refused until somebody has thought about it.

mod objects;
mod pod;
mod rule;
mod security;

use serde_json::Value;

use self::rule::{Rule, Walk};
use super::super::kind::Kind;
use super::super::refusal::{Place, Refusal};
use super::Manifest;
use crate::provision::template::PodSecurity;

/// Whether expressions in the tree still stand for values that are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaves {
    /// A text with an expression may become anything: only its place is judged.
    Unrendered,
    /// Every text is what it says, braces or not.
    Rendered,
}

/// Judges one object.
pub(super) fn judge(
    manifest: &Manifest,
    level: PodSecurity,
    leaves: Leaves,
) -> Result<(), Refusal> {
    let refuse = |(field, why): (String, String)| Refusal::Field {
        place: Place { manifest: manifest.title(), field },
        why,
    };
    let rules = match manifest.kind {
        Kind::Deployment => objects::DEPLOYMENT,
        Kind::PersistentVolumeClaim => objects::CLAIM,
        Kind::ConfigMap => objects::CONFIG_MAP,
        Kind::Secret => objects::SECRET,
        Kind::Service => objects::SERVICE,
        // `Kind::of_template` lets neither through; an empty rule refuses all they could say.
        Kind::ServiceAccount | Kind::NetworkPolicy => Rule::Fields(&[]),
    };
    Walk::new(leaves).judge(&manifest.tree, &rules).map_err(refuse)?;
    match manifest.pod() {
        Some(pod) => security::judge(pod, level, leaves).map_err(refuse),
        None => Ok(()),
    }
}

/// Fields that are texts to the cluster although digits and words look like other types.
pub(super) fn is_text_field(field: &str) -> bool {
    let last = field.rsplit(['.', ']']).next().unwrap_or_default();
    let parent = field.strip_suffix(last).unwrap_or_default().trim_end_matches('.');
    let listed = |name: &str| field.ends_with(']') && field.contains(&format!(".{name}["));
    let env_value = last == "value" && parent.ends_with(']') && parent.contains(".env[");
    let text_map = ["labels", "data", "stringData", "nodeSelector", "matchLabels"]
        .iter()
        .any(|map| field.starts_with(&format!("{map}.")) || field.contains(&format!(".{map}.")));
    env_value || text_map || listed("command") || listed("args")
}

/// The text of a leaf whose value is known; none when an expression will decide.
fn known(value: &Value, leaves: Leaves) -> Option<&Value> {
    match (value, leaves) {
        (Value::String(text), Leaves::Unrendered) if super::expression::has_expression(text) => {
            None
        }
        _ => Some(value),
    }
}

#[cfg(test)]
mod tests;
