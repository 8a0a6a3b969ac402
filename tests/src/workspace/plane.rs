//! The control plane that answers from memory.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use atoll::error::{Outcome, Problem, codes};
use atoll::secret::Secret;
use atoll::tunnel::{Agents, Greeting, Hub, TunnelQuery, upgrade_agent, upgrade_client};
use atoll_wire::agent::{Hello, Lifecycle, LogBatch, Manifest, MetadataValue, Phase, Stats};
use axum::extract::{Query, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// The one workspace there is.
pub const WORKSPACE: Uuid = Uuid::from_u128(7);

/// What an agent's token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// It counts.
    Active(Uuid),
    /// It does not count yet.
    Pending,
    /// It counts no more.
    Retired,
}

/// What agents did and what they are told; outlives any server.
#[derive(Debug, Default)]
pub struct Records {
    /// By the token itself.
    pub tokens: BTreeMap<String, Token>,
    /// What every agent is told.
    pub manifest: Option<Manifest>,
    /// Agents that lose their connection when this one comes.
    pub retires: BTreeMap<Uuid, Vec<Uuid>>,
    /// The agent that is tunnelled to.
    pub current: Option<Uuid>,
    /// Refused attempts.
    pub refused: usize,
    /// Every hello.
    pub hellos: Vec<(Uuid, Hello)>,
    /// Every phase.
    pub phases: Vec<Phase>,
    /// Every line, by its number.
    pub lines: BTreeMap<u64, String>,
    /// Stores of lines that are to fail.
    pub failing_stores: usize,
    /// The newest value of each key.
    pub metadata: BTreeMap<String, MetadataValue>,
    /// Agents that were lost.
    pub lost: Vec<Uuid>,
    /// The workspace's public host key.
    pub host_key: String,
}

#[derive(Debug, Clone)]
struct Memory(Arc<Mutex<Records>>);

/// A server that runs until it is dropped, with everything it holds open.
#[derive(Debug)]
pub struct Plane {
    runtime: Option<Runtime>,
    records: Arc<Mutex<Records>>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The connected agents.
    pub hub: Arc<Hub>,
}

impl Plane {
    /// Starts one on this address; port 0 is any.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(records: &Arc<Mutex<Records>>, address: SocketAddr) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let memory = Memory(records.clone());
        let hub = Hub::new(Arc::new(memory.clone()));
        let routes = Router::new()
            .route("/api/v1/agent/connect", get(connect))
            .route("/api/v1/workspaces", get(list))
            .route("/api/v1/workspaces/{id}", get(show))
            .route("/api/v1/workspaces/{id}/tunnel", get(tunnel))
            .route("/api/v1/whoami", get(whoami))
            .with_state(Served { hub: hub.clone(), memory });
        let listener = runtime.block_on(TcpListener::bind(address)).context("listen")?;
        let address = listener.local_addr()?;
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { runtime: Some(runtime), records: records.clone(), address, hub })
    }

    /// What is recorded.
    pub fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // As a killed process: nobody is told, every socket closes.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        }
    }
}

#[derive(Debug, Clone)]
struct Served {
    hub: Arc<Hub>,
    memory: Memory,
}

impl Memory {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(outcome: Outcome<Response>) -> Response {
    outcome.unwrap_or_else(|problem| {
        let status =
            StatusCode::from_u16(problem.code().http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({ "error": {
            "code": problem.code().id, "message": problem.message(), "cause": problem.cause(),
            "remedy": problem.remedy_text(), "retryable": problem.retryable(),
        }});
        (status, Json(body)).into_response()
    })
}

async fn connect(
    State(served): State<Served>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    answer(upgrade_agent(&served.hub, &headers, upgrade).await)
}

async fn tunnel(
    State(served): State<Served>,
    Query(query): Query<TunnelQuery>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let current = served.memory.records().current.unwrap_or(Uuid::nil());
    answer(upgrade_client(&served.hub, current, &query, &headers, upgrade).await)
}

async fn list(State(served): State<Served>) -> Json<Value> {
    Json(json!({ "items": [workspace(&served.memory.records().host_key)] }))
}

async fn show(State(served): State<Served>) -> Json<Value> {
    Json(workspace(&served.memory.records().host_key))
}

async fn whoami() -> Json<Value> {
    Json(json!({ "via": "token", "user": {
        "id": Uuid::from_u128(1), "name": "ada", "email": "", "role": "owner", "status": "active",
        "created_at": "2026-01-01T00:00:00Z", "must_change_password": false,
    }}))
}

fn workspace(host_key: &str) -> Value {
    let then = "2026-01-01T00:00:00Z";
    json!({
        "id": WORKSPACE, "name": "web", "owner_id": Uuid::from_u128(1), "owner": "ada",
        "template_id": Uuid::from_u128(2), "template": "base", "status": "running", "outdated": false,
        "host_key": host_key, "created_at": then, "last_used_at": then,
        "latest_build": {
            "id": Uuid::from_u128(3), "workspace_id": WORKSPACE, "number": 1, "transition": "start",
            "status": "succeeded", "job_id": Uuid::from_u128(4), "template_version_id": Uuid::from_u128(5),
            "template_version": 1, "initiator": "ada", "parameters": {}, "agents": [], "created_at": then,
        },
    })
}

#[async_trait]
impl Agents for Memory {
    async fn admit(&self, token: &Secret) -> Outcome<Uuid> {
        let mut records = self.records();
        match records.tokens.get(token.reveal()) {
            Some(Token::Active(agent)) => Ok(*agent),
            Some(Token::Pending | Token::Retired) | None => {
                records.refused += 1;
                Err(Problem::new(&codes::access::AGENT_REFUSED, "the agent's token does not count"))
            }
        }
    }

    async fn greet(&self, agent: Uuid, hello: &Hello) -> Outcome<Greeting> {
        let mut records = self.records();
        records.hellos.push((agent, hello.clone()));
        records.current = Some(agent);
        let retired = records.retires.get(&agent).cloned().unwrap_or_default();
        let manifest = records.manifest.clone();
        let manifest =
            manifest.ok_or_else(|| Problem::new(&codes::INTERNAL, "the test has no manifest"))?;
        Ok(Greeting { manifest: Manifest { agent_id: agent, ..manifest }, retired })
    }

    async fn seen(&self, _agents: &[(Uuid, Stats)]) -> Outcome<()> {
        Ok(())
    }

    async fn lifecycle(&self, _agent: Uuid, lifecycle: Lifecycle) -> Outcome<()> {
        self.records().phases.push(lifecycle.phase);
        Ok(())
    }

    async fn logs(&self, _agent: Uuid, _instance: Uuid, batch: LogBatch) -> Outcome<u64> {
        let mut records = self.records();
        if records.failing_stores > 0 {
            records.failing_stores -= 1;
            return Err(Problem::new(&codes::INTERNAL, "the test's database is away"));
        }
        let numbers = batch.first..;
        let next = batch.first + batch.lines.len() as u64;
        records.lines.extend(numbers.zip(batch.lines.into_iter().map(|line| line.text)));
        Ok(next)
    }

    async fn metadata(&self, _agent: Uuid, values: Vec<MetadataValue>) -> Outcome<()> {
        self.records().metadata.extend(values.into_iter().map(|value| (value.key.clone(), value)));
        Ok(())
    }

    async fn lost(&self, agent: Uuid) {
        self.records().lost.push(agent);
    }
}
