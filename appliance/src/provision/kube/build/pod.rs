//! What every pod gets unless its manifest says otherwise, and what it gets in any case.

use serde_json::{Map, Value, json};

use super::Site;
use super::own::ACCOUNT;
use crate::provision::template::PodSecurity;

/// What a container may use when its manifest sets no limit: a developer's shell and a build.
const CPU_LIMIT: &str = "2";
/// The same for memory.
const MEMORY_LIMIT: &str = "4Gi";
/// What is set aside for it then, so that an idle workspace costs a node little.
const CPU_REQUEST: &str = "100m";
/// The same for memory.
const MEMORY_REQUEST: &str = "256Mi";
/// How long a container may take to end: a shell ignores the polite signal, and a person waits.
const GRACE_SECONDS: u32 = 10;

/// Fills a pod up to its security level.
pub(super) fn defaults(pod: &mut Value, level: PodSecurity, site: &Site<'_>) {
    let Some(pod) = pod.as_object_mut() else { return };
    pod.insert("serviceAccountName".into(), site.names.object(ACCOUNT).into());
    pod.insert("automountServiceAccountToken".into(), false.into());
    pod.entry("enableServiceLinks").or_insert(false.into());
    pod.entry("hostname").or_insert_with(|| site.names.host().into());
    pod.entry("terminationGracePeriodSeconds").or_insert(GRACE_SECONDS.into());
    let context = object(pod, "securityContext");
    context.entry("seccompProfile").or_insert_with(|| json!({ "type": "RuntimeDefault" }));
    match level {
        PodSecurity::Restricted => {
            context.entry("runAsNonRoot").or_insert(true.into());
        }
        PodSecurity::Baseline => {}
    }
    for list in ["initContainers", "containers"] {
        let containers = pod.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for container in containers.filter_map(Value::as_object_mut) {
            container_defaults(container, level);
        }
    }
}

fn container_defaults(container: &mut Map<String, Value>, level: PodSecurity) {
    // So that the reason of a crash is in the pod's status, where the build finds it.
    container.entry("terminationMessagePolicy").or_insert("FallbackToLogsOnError".into());
    match level {
        PodSecurity::Restricted => restrict(object(container, "securityContext")),
        PodSecurity::Baseline => {}
    }
    let resources = object(container, "resources");
    let wanted = [("cpu", CPU_LIMIT, CPU_REQUEST), ("memory", MEMORY_LIMIT, MEMORY_REQUEST)];
    for (name, limit, request) in wanted {
        let limits = object(resources, "limits");
        if limits.contains_key(name) {
            continue;
        }
        limits.insert(name.into(), limit.into());
        object(resources, "requests").entry(name).or_insert_with(|| request.into());
    }
}

/// What Pod Security *restricted* asks of each container.
pub(super) fn restrict(context: &mut Map<String, Value>) {
    context.entry("allowPrivilegeEscalation").or_insert(false.into());
    object(context, "capabilities").entry("drop").or_insert_with(|| json!(["ALL"]));
}

/// The mapping under a key, made if it is not there.
pub(super) fn object<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = map.entry(key).or_insert_with(|| json!({}));
    if !value.is_object() {
        // The rules of `template::policy` let only mappings through here.
        *value = json!({});
    }
    value.as_object_mut().expect("made an object just above")
}
