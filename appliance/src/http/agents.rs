//! Agents that come, and people who want to reach them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use atoll_wire::ProblemBody;
use atoll_wire::agent::{Hello, Lifecycle, LogBatch, MetadataValue, Stats};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use http::HeaderMap;
use uuid::Uuid;

use super::body::{Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::agents::{self, AgentFacts, AgentIdentity};
use crate::app::{App, agent_manifest};
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;
use crate::tunnel::{Agents, Greeting, Hub, TunnelQuery, upgrade_agent, upgrade_client};

/// Connect an agent
#[utoipa::path(get, path = "/agent/connect", tag = "agents", security(("token" = [])),
    responses((status = 101, description = "A WebSocket; yamux and the agent's protocol run over it"),
        (status = "default", body = ProblemBody)))]
pub(super) async fn connect(
    State(state): State<AppState>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    Ok(upgrade_agent(&state.hub, &headers, upgrade).await?)
}

/// Open a line to a workspace
#[utoipa::path(get, path = "/workspaces/{id}/tunnel", tag = "workspaces", security(("token" = [])),
    params(("id" = Uuid, Path), TunnelQuery),
    responses((status = 101, description = "A WebSocket; binary messages are the line's bytes, the text `eof` ends one direction"),
        (status = "default", body = ProblemBody)))]
pub(super) async fn tunnel(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
    Query(query): Query<TunnelQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Answer<Response> {
    let agents = agents::to_connect(&state.app, &caller, id).await?;
    let agent = choose(&agents, query.agent.as_deref())?;
    Ok(upgrade_client(&state.hub, agent, &query, &headers, upgrade).await?)
}

/// The agent that is meant: the named one, or the only one.
fn choose(agents: &[(Uuid, String)], name: Option<&str>) -> Outcome<Uuid> {
    let names = || agents.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
    match (name, agents) {
        (_, []) => Err(Problem::new(&codes::agent::AWAY, "the workspace has no agent now")),
        (None, [(agent, _)]) => Ok(*agent),
        (None, _) => {
            let message = format!("the workspace has several agents: {}", names());
            Err(Problem::new(&codes::agent::UNKNOWN, message))
        }
        (Some(wanted), _) => {
            let found = agents.iter().find(|(_, name)| name == wanted).map(|(agent, _)| *agent);
            found.ok_or_else(|| {
                let message = format!("the workspace has no agent `{wanted}`: it has {}", names());
                Problem::new(&codes::agent::UNKNOWN, message)
            })
        }
    }
}

/// Agents as the use cases know them.
#[derive(Debug)]
struct Desk {
    app: App,
    /// Who was admitted, until their connection ends.
    admitted: Mutex<HashMap<Uuid, AgentIdentity>>,
}

/// A hub whose agents are those of the database.
pub(super) fn hub(app: &App) -> Arc<Hub> {
    Hub::new(Arc::new(Desk { app: app.clone(), admitted: Mutex::default() }))
}

impl Desk {
    fn admitted(&self) -> MutexGuard<'_, HashMap<Uuid, AgentIdentity>> {
        // A panic elsewhere leaves a whole map behind.
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Agents for Desk {
    async fn admit(&self, token: &Secret) -> Outcome<Uuid> {
        let identity = agents::authenticate(&self.app, token.reveal()).await?;
        let id = identity.id;
        self.admitted().insert(id, identity);
        Ok(id)
    }

    async fn greet(&self, agent: Uuid, hello: &Hello) -> Outcome<Greeting> {
        let identity = self.admitted().get(&agent).cloned();
        let identity = identity.ok_or_else(|| {
            Problem::new(&codes::access::AGENT_REFUSED, "the agent's connection was replaced")
        })?;
        let manifest = agent_manifest::manifest(&self.app, &identity).await?;
        let facts = AgentFacts {
            version: hello.version.clone(),
            os: hello.os.clone(),
            architecture: hello.architecture.clone(),
            directory: manifest.directory.clone().unwrap_or_else(|| hello.home.clone()),
        };
        let retired = agents::connected(&self.app, &identity, &facts).await?;
        Ok(Greeting { manifest, retired })
    }

    async fn seen(&self, agents: &[(Uuid, Stats)]) -> Outcome<()> {
        let ids: Vec<Uuid> = agents.iter().map(|(id, _)| *id).collect();
        agents::seen(&self.app, &ids).await
    }

    async fn lifecycle(&self, agent: Uuid, lifecycle: Lifecycle) -> Outcome<()> {
        let (phase, exit_code) = (lifecycle.phase, lifecycle.exit_code);
        tracing::info!(agent.id = %agent, ?phase, exit_code, "a workspace got further");
        Ok(())
    }

    async fn logs(&self, agent: Uuid, _instance: Uuid, batch: LogBatch) -> Outcome<u64> {
        for line in &batch.lines {
            // Debug-printed: what a script writes must not write lines of this log.
            tracing::info!(agent.id = %agent, source = ?line.source, text = ?line.text, "a workspace's startup");
        }
        Ok(batch.first.saturating_add(u64::try_from(batch.lines.len()).unwrap_or(u64::MAX)))
    }

    async fn metadata(&self, _agent: Uuid, _values: Vec<MetadataValue>) -> Outcome<()> {
        // Nothing asks for measurements yet: the manifest names none.
        Ok(())
    }

    async fn lost(&self, agent: Uuid) {
        self.admitted().remove(&agent);
        if let Err(problem) = agents::disconnected(&self.app, agent).await {
            // The reconciler of silent agents will note it.
            tracing::warn!(agent.id = %agent, cause = problem.cause(), "{problem}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_agent_needs_no_name_and_several_do() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let both = [(one, "main".to_owned()), (two, "gpu".to_owned())];
        assert_eq!(choose(&both[..1], None).expect("the only one"), one);
        assert_eq!(choose(&both, Some("gpu")).expect("is named"), two);
        assert_eq!(choose(&both, None).expect_err("several").code().id, "agent-unknown");
        assert_eq!(choose(&both, Some("x")).expect_err("none").code().id, "agent-unknown");
        assert_eq!(choose(&[], None).expect_err("none").code().id, "agent-away");
    }
}
