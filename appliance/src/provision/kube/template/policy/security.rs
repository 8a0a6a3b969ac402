//! Pod Security: what a pod may be, by level, as the Kubernetes standard of that name has it.
//!
//! *Baseline* is in the field rules already. This adds what *restricted* asks for besides. What a
//! template leaves out the driver sets (`build::pod`), so only what is said can break a rule.

use serde_json::Value;

use super::rule::Finding;
use super::{Leaves, known};
use crate::provision::template::PodSecurity;

const AT: &str = "spec.template.spec";

/// The first thing a pod says that its level does not allow.
pub(super) fn judge(pod: &Value, level: PodSecurity, leaves: Leaves) -> Result<(), Finding> {
    match level {
        PodSecurity::Baseline => Ok(()),
        PodSecurity::Restricted => restricted(pod, leaves),
    }
}

fn restricted(pod: &Value, leaves: Leaves) -> Result<(), Finding> {
    if let Some(context) = pod.get("securityContext") {
        never_root(context, &format!("{AT}.securityContext"), leaves)?;
    }
    for list in ["initContainers", "containers"] {
        let containers = pod.get(list).and_then(Value::as_array).into_iter().flatten();
        for (index, container) in containers.enumerate() {
            let Some(context) = container.get("securityContext") else { continue };
            let field = format!("{AT}.{list}[{index}].securityContext");
            never_root(context, &field, leaves)?;
            no_new_rights(context, &field, leaves)?;
        }
    }
    Ok(())
}

fn never_root(context: &Value, field: &str, leaves: Leaves) -> Result<(), Finding> {
    let says = |key: &str| context.get(key).and_then(|value| known(value, leaves));
    if says("runAsNonRoot").is_some_and(|value| value.as_bool() != Some(true)) {
        return Err(needs_baseline(field, "runAsNonRoot", "must be `true`"));
    }
    if says("runAsUser").is_some_and(|value| value.as_i64().is_none_or(|user| user <= 0)) {
        return Err(needs_baseline(field, "runAsUser", "must be a number above 0"));
    }
    Ok(())
}

fn no_new_rights(context: &Value, field: &str, leaves: Leaves) -> Result<(), Finding> {
    let escalation = context.get("allowPrivilegeEscalation").and_then(|value| known(value, leaves));
    if escalation.is_some_and(|value| value.as_bool() != Some(false)) {
        return Err(needs_baseline(field, "allowPrivilegeEscalation", "must be `false`"));
    }
    let Some(capabilities) = context.get("capabilities") else { return Ok(()) };
    let list = |key: &str| capabilities.get(key).and_then(Value::as_array).into_iter().flatten();
    let binds = |value: &Value| value.as_str() == Some("NET_BIND_SERVICE");
    if list("add").filter_map(|value| known(value, leaves)).any(|value| !binds(value)) {
        return Err(needs_baseline(field, "capabilities.add", "may only be `NET_BIND_SERVICE`"));
    }
    if capabilities.get("drop").is_some()
        && !list("drop").any(|value| value.as_str() == Some("ALL"))
    {
        return Err(needs_baseline(field, "capabilities.drop", "must have `ALL`"));
    }
    Ok(())
}

fn needs_baseline(field: &str, key: &str, why: &str) -> Finding {
    let hint = "under Pod Security restricted; `pod-security = \"baseline\"` in `template.toml` lifts this";
    (format!("{field}.{key}"), format!("{why} {hint}"))
}
