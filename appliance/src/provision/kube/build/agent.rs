//! How the agent gets into a container: an init container copies it from its own image into a
//! volume, and the container's command is started by it.

use serde_json::{Map, Value, json};

use super::super::validate::PlacedAgent;
use super::Site;
use super::own::agent_secret;
use super::pod::restrict;

/// Where the agent's program lies in the container.
const PROGRAM_DIR: &str = "/atoll";
/// Where its token and the site's certificates lie.
const IDENTITY_DIR: &str = "/run/atoll/agent";
/// The volume of the program; one for all agents of a pod.
const PROGRAM_VOLUME: &str = "atoll-program";
/// The init container that fills it.
const PROGRAM_CONTAINER: &str = "atoll-program";
/// The file in the agent's image.
const PROGRAM_IN_IMAGE: &str = "/atoll-agent";
/// The user that copies: any that is not root. The volume is open to all users of the pod.
const NOBODY: u32 = 65_534;
/// Room for the program, several times its size.
const PROGRAM_VOLUME_SIZE: &str = "256Mi";

/// Puts an agent into its container.
pub(super) fn place(pod: &mut Value, agent: &PlacedAgent, site: &Site<'_>) {
    let Some(pod) = pod.as_object_mut() else { return };
    deliver(pod, site);
    let secret = site.names.object(&agent_secret(&agent.home.agent));
    let volume = format!("atoll-agent-{}", agent.home.agent);
    // The container's user must read it, whoever that is; nobody else is in the pod.
    let readable = 0o444;
    list(pod, "volumes").push(json!({
        "name": volume,
        "secret": { "secretName": secret, "defaultMode": readable },
    }));
    let containers = list(pod, "containers").iter_mut().filter_map(Value::as_object_mut);
    let container = containers.into_iter().find(|container| {
        container.get("name").and_then(Value::as_str) == Some(&agent.home.container)
    });
    let Some(container) = container else { return };
    start_by_agent(container);
    list(container, "volumeMounts").extend([
        json!({ "name": PROGRAM_VOLUME, "mountPath": PROGRAM_DIR, "readOnly": true }),
        json!({ "name": volume, "mountPath": IDENTITY_DIR, "readOnly": true }),
    ]);
    let variables = variables(site);
    let env = list(container, "env");
    env.retain(|variable| {
        let name = variable.get("name").and_then(Value::as_str);
        !variables.iter().any(|(own, _)| Some(*own) == name)
    });
    env.extend(variables.iter().map(|(name, value)| json!({ "name": name, "value": value })));
}

/// The volume and the init container, once for a pod.
fn deliver(pod: &mut Map<String, Value>, site: &Site<'_>) {
    let volumes = list(pod, "volumes");
    let there = |volume: &Value| volume.get("name").and_then(Value::as_str) == Some(PROGRAM_VOLUME);
    if volumes.iter().any(there) {
        return;
    }
    volumes
        .push(json!({ "name": PROGRAM_VOLUME, "emptyDir": { "sizeLimit": PROGRAM_VOLUME_SIZE } }));
    let mut context = Map::new();
    restrict(&mut context);
    context.insert("runAsNonRoot".into(), true.into());
    context.insert("runAsUser".into(), NOBODY.into());
    context.insert("runAsGroup".into(), NOBODY.into());
    context.insert("readOnlyRootFilesystem".into(), true.into());
    let container = json!({
        "name": PROGRAM_CONTAINER,
        "image": site.request.server.agent_image,
        "command": [PROGRAM_IN_IMAGE, "install", PROGRAM_DIR],
        "securityContext": context,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": {
            "requests": { "cpu": "10m", "memory": "16Mi" },
            "limits": { "cpu": "1", "memory": "128Mi" },
        },
        "volumeMounts": [{ "name": PROGRAM_VOLUME, "mountPath": PROGRAM_DIR }],
    });
    list(pod, "initContainers").insert(0, container);
}

/// The container's own command becomes the agent's argument. Without one the agent is all that
/// runs: what an image starts by itself is written in the image, where nobody here can read it.
fn start_by_agent(container: &mut Map<String, Value>) {
    let command = list(container, "command").clone();
    let arguments = list(container, "args").clone();
    container.remove("args");
    let mut whole = vec![Value::from(format!("{PROGRAM_DIR}/atoll-agent")), "exec".into()];
    if !command.is_empty() {
        whole.push("--".into());
        whole.extend(command);
        whole.extend(arguments);
    }
    container.insert("command".into(), whole.into());
}

/// How the agent finds its way home, and what people's scripts may want to know.
fn variables(site: &Site<'_>) -> [(&'static str, String); 5] {
    let urls: Vec<&str> = site.request.server.urls.iter().map(url::Url::as_str).collect();
    [
        ("ATOLL_AGENT_URL", urls.join(",")),
        ("ATOLL_AGENT_TOKEN_FILE", format!("{IDENTITY_DIR}/token")),
        ("ATOLL_AGENT_CA_FILE", format!("{IDENTITY_DIR}/ca.pem")),
        ("ATOLL_WORKSPACE", site.request.workspace.name.clone()),
        ("ATOLL_OWNER", site.request.workspace.owner_name.clone()),
    ]
}

/// The list under a key, made if it is not there.
fn list<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Vec<Value> {
    let value = map.entry(key).or_insert_with(|| json!([]));
    if !value.is_array() {
        // The rules of `template::policy` let only lists through here.
        *value = json!([]);
    }
    value.as_array_mut().expect("made a list just above")
}
