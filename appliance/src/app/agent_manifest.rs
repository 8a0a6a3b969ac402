//! What an agent is told about the workspace it serves.

use std::collections::BTreeMap;

use atoll_wire::agent::{HostKey, Manifest, Script};
use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use serde::Deserialize;
use uuid::Uuid;

use super::agents::AgentIdentity;
use super::{App, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// Seconds after which a startup script that still runs is shown as late: templates cannot say
/// yet, and installing tools from a mirror on the same network takes minutes at most.
const STARTUP_TIMEOUT_SECONDS: u32 = 600;

/// The part of a stored template that an agent needs.
#[derive(Debug, Deserialize)]
struct Spec {
    #[serde(default)]
    agents: Vec<AgentPart>,
}

#[derive(Debug, Deserialize)]
struct AgentPart {
    name: String,
    #[serde(default)]
    directory: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    startup_script: String,
}

/// What this agent is told; publishes the workspace's host key on the way.
pub async fn manifest(app: &App, agent: &AgentIdentity) -> Outcome<Manifest> {
    let key = host_key(app, agent.workspace_id)?;
    let mut connection = app.connection().await?;
    let version = db::versions::by_id(&mut connection, agent.template_version_id)
        .await
        .map_err(failed("read the template's version"))?;
    let spec = version.and_then(|version| version.spec).unwrap_or_default();
    let spec = Spec::deserialize(spec).map_err(|error| {
        Problem::new(&codes::INTERNAL, "a stored template cannot be read").because(&error)
    })?;
    db::workspaces::set_host_key(&mut connection, agent.workspace_id, &key.public)
        .await
        .map_err(failed("publish the workspace's host key"))?;
    let part = spec.agents.into_iter().find(|part| part.name == agent.name);
    let (directory, environment, script) =
        part.map(|part| (part.directory, part.env, part.startup_script)).unwrap_or_default();
    let startup = Script { text: script, timeout_seconds: STARTUP_TIMEOUT_SECONDS };
    Ok(Manifest {
        agent_id: agent.id,
        agent_name: agent.name.clone(),
        workspace_name: agent.workspace.clone(),
        owner_name: agent.owner.clone(),
        host_key: key.private,
        directory: Some(directory).filter(|directory| !directory.is_empty()),
        environment,
        startup: Some(startup).filter(|startup| !startup.text.trim().is_empty()),
        metadata: Vec::new(),
    })
}

struct Pair {
    private: HostKey,
    public: String,
}

/// A workspace's host key: derived from the site's key, so that it is the same for every pod the
/// workspace ever has, and lies nowhere.
fn host_key(app: &App, workspace_id: Uuid) -> Outcome<Pair> {
    let seed = app.agent_token_key().host_key_seed(workspace_id);
    let unmade = |error: russh::keys::ssh_key::Error| {
        Problem::new(&codes::INTERNAL, "a workspace's host key cannot be made").because(&error)
    };
    let keypair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    let key = PrivateKey::new(keypair, "").map_err(unmade)?;
    let private = key.to_openssh(LineEnding::LF).map_err(unmade)?;
    let public = key.public_key().to_openssh().map_err(unmade)?;
    Ok(Pair { private: HostKey(private.to_string()), public: public.trim().to_owned() })
}
