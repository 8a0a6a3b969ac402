//! The programs in workspaces: who they are, whether they may speak, and when they were heard of.

use time::Duration;
use uuid::Uuid;

use super::authorize::Action;
use super::{App, Caller, convert, failed, secrets, workspaces};
use crate::db;
use crate::db::agents::AgentAuthRow;
pub use crate::db::agents::AgentFacts;
use crate::error::{Outcome, Problem, codes};
use crate::model::{JobStatus, Transition};

/// A connected agent that was not heard of for this long is gone: three of its pings, which come
/// each 15 s, and some slack.
pub const SILENCE_MAX: Duration = Duration::seconds(50);

/// An agent that proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentIdentity {
    /// The agent's id.
    pub id: Uuid,
    /// Its name within the build.
    pub name: String,
    /// The workspace it runs in.
    pub workspace_id: Uuid,
    /// That workspace's name.
    pub workspace: String,
    /// The workspace's owner.
    pub owner_id: Uuid,
    /// That owner's name.
    pub owner: String,
    /// The build that made it.
    pub build_number: i32,
    /// The version of the template it was built from.
    pub template_version_id: Uuid,
}

/// Which agent presents this token, if the token counts: its build's apply succeeded or is under
/// way, and no agent of a later build has connected.
pub async fn authenticate(app: &App, token: &str) -> Outcome<AgentIdentity> {
    let refused =
        |why: &str| Problem::new(&codes::access::AGENT_REFUSED, format!("the agent's token {why}"));
    let (id, presented) =
        secrets::parse_agent(token).ok_or_else(|| refused("is not well formed"))?;
    let mut connection = app.connection().await?;
    let row = db::agents::for_token(&mut connection, id)
        .await
        .map_err(failed("find the agent"))?
        .filter(|row| presented.matches(&row.token_hash))
        .ok_or_else(|| refused("is unknown"))?;
    counts(&row)?.map_err(refused)?;
    Ok(AgentIdentity {
        id: row.id,
        name: row.name,
        workspace_id: row.workspace_id,
        workspace: row.workspace,
        owner_id: row.owner_id,
        owner: row.owner,
        build_number: row.build_number,
        template_version_id: row.template_version_id,
    })
}

/// Whether a token counts, or why it does not.
///
/// A pending token counts while its build runs: only what the build applied can hold it, and a
/// driver that waits for readiness must not keep the agent waiting. When the build fails it counts
/// no more.
fn counts(row: &AgentAuthRow) -> Outcome<Result<(), &'static str>> {
    if row.workspace_deleted_at.is_some() {
        return Ok(Err("belongs to a workspace that was deleted"));
    }
    let job = convert::word(JobStatus::parse, &row.job_status)?;
    let transition = convert::word(Transition::parse, &row.transition)?;
    Ok(match (row.token_state.as_str(), transition, job) {
        ("active", Transition::Start, _) | ("pending", Transition::Start, JobStatus::Running) => {
            Ok(())
        }
        ("retired", _, _) => Err("was replaced by a later build's"),
        (_, _, _) => Err("is of a build that did not succeed"),
    })
}

/// Notes that an agent is connected, and ends the tokens of earlier builds; gives the agents that
/// were retired, whose connections are to be closed.
pub async fn connected(app: &App, agent: &AgentIdentity, facts: &AgentFacts) -> Outcome<Vec<Uuid>> {
    let now = app.clock().now();
    let facts = bounded(facts);
    let mut transaction = app.begin().await?;
    let retired =
        db::agents::retire_before(&mut transaction, agent.workspace_id, agent.build_number, now)
            .await
            .map_err(failed("retire earlier agents"))?;
    db::agents::connected(&mut transaction, agent.id, &facts, now)
        .await
        .map_err(failed("note the agent's connection"))?;
    super::commit(transaction).await?;
    Ok(retired)
}

/// What an agent says of itself fits a column of a table.
fn bounded(facts: &AgentFacts) -> AgentFacts {
    const CHARS_MAX: usize = 256;
    let cut = |text: &str| -> String {
        text.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
    };
    AgentFacts {
        version: cut(&facts.version),
        os: cut(&facts.os),
        architecture: cut(&facts.architecture),
        directory: cut(&facts.directory),
    }
}

/// Notes that connected agents were heard of; to be called in batches.
pub async fn seen(app: &App, ids: &[Uuid]) -> Outcome<()> {
    let mut connection = app.connection().await?;
    db::agents::seen(&mut connection, ids, app.clock().now())
        .await
        .map_err(failed("note that agents were heard of"))
}

/// Notes that an agent's connection ended.
pub async fn disconnected(app: &App, id: Uuid) -> Outcome<()> {
    let mut connection = app.connection().await?;
    db::agents::disconnected(&mut connection, id, app.clock().now())
        .await
        .map_err(failed("note the end of the agent's connection"))
}

/// The agents of a workspace's latest start, for somebody who wants to connect to one; notes that
/// the workspace is used.
pub async fn to_connect(
    app: &App,
    caller: &Caller,
    workspace_id: Uuid,
) -> Outcome<Vec<(Uuid, String)>> {
    let mut connection = app.connection().await?;
    let row = workspaces::find(&mut connection, caller, Action::Connect, workspace_id).await?;
    let latest = db::builds::latest(&mut connection, &[row.id])
        .await
        .map_err(failed("read the latest build"))?;
    let builds: Vec<Uuid> = latest.iter().map(|build| build.id).collect();
    let agents =
        db::agents::by_builds(&mut connection, &builds).await.map_err(failed("read the agents"))?;
    db::workspaces::used(&mut connection, row.id, app.clock().now())
        .await
        .map_err(failed("note the use of the workspace"))?;
    Ok(agents.into_iter().map(|agent| (agent.id, agent.name)).collect())
}
