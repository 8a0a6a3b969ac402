//! Builds: start, stop, delete; one at a time for each workspace.

use std::collections::BTreeMap;

use atoll_wire as wire;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::audit::{Deed, record};
use super::authorize::Action;
use super::work::BuildWorkspace;
use super::{App, Caller, Limit, commit, convert, failed, templates, versions, workspaces};
use crate::db;
use crate::db::builds::{BuildRow, NewBuild};
use crate::error::{Outcome, Problem, codes};
use crate::model::parameter::{Refusal, carry, resolve};
use crate::model::{JobStatus, Transition};
use crate::queue::{self, Origin};

/// A build that may be enqueued.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) workspace_id: Uuid,
    pub(super) transition: Transition,
    pub(super) version_id: Uuid,
    pub(super) parameters: BTreeMap<String, String>,
}

/// Enqueues a build of a workspace that has none under way.
pub async fn create(
    app: &App,
    caller: &Caller,
    workspace_id: Uuid,
    request: wire::CreateBuild,
) -> Outcome<wire::Build> {
    let transition = convert::from_transition(request.transition);
    let action = match transition {
        Transition::Start | Transition::Stop => Action::Update,
        Transition::Delete => Action::Delete,
    };
    let mut transaction = app.begin().await?;
    db::workspaces::lock(&mut transaction, workspace_id)
        .await
        .map_err(failed("lock the workspace"))?;
    let workspace = workspaces::find(&mut transaction, caller, action, workspace_id).await?;
    let latest = latest(&mut transaction, workspace_id).await?;
    if workspace.deleted_at.is_some() {
        let message = format!("the workspace `{}` was deleted", workspace.name);
        return Err(Problem::new(&codes::workspace::WORKSPACE_NOT_FOUND, message));
    }
    if !convert::word(JobStatus::parse, &latest.job_status)?.ended() {
        let message = format!("build {} of `{}` is under way", latest.number, workspace.name);
        return Err(Problem::new(&codes::workspace::BUILD_UNDERWAY, message));
    }
    let plan = plan(&mut transaction, transition, &workspace.template, &latest, request).await?;
    let id = enqueue(app, &mut transaction, caller, plan).await?;
    let deed = Deed::new("workspace.build", &workspace_id, &workspace.name)
        .with(json!({ "transition": transition.as_str(), "build": id }));
    record(app, &mut transaction, caller, deed).await?;
    let row = by_id(&mut transaction, id).await?;
    commit(transaction).await?;
    convert::build(row, &[])
}

/// What to build: a start may take another version and other values, an end never does.
async fn plan(
    connection: &mut PgConnection,
    transition: Transition,
    template: &str,
    latest: &BuildRow,
    request: wire::CreateBuild,
) -> Outcome<Plan> {
    let previous = convert::parameters(&latest.parameters)?;
    let workspace_id = latest.workspace_id;
    match transition {
        Transition::Start => {
            let template = templates::find(connection, template).await?;
            let number = request.template_version.unwrap_or(latest.template_version);
            let version = versions::ready(connection, &template, Some(number)).await?;
            let specs = convert::spec(version.spec.as_ref())?.parameters;
            let parameters = resolve(&specs, &request.parameters, Some(&previous))
                .map_err(|refusals| refused(&refusals))?;
            Ok(Plan { workspace_id, transition, version_id: version.id, parameters })
        }
        Transition::Stop | Transition::Delete => {
            let version = versions::by_id(connection, latest.template_version_id).await?;
            let specs = convert::spec(version.spec.as_ref())?.parameters;
            let parameters = carry(&specs, &previous);
            Ok(Plan { workspace_id, transition, version_id: version.id, parameters })
        }
    }
}

/// Inserts a build and its job.
pub(super) async fn enqueue(
    app: &App,
    connection: &mut PgConnection,
    caller: &Caller,
    plan: Plan,
) -> Outcome<Uuid> {
    let (now, id, job_id) = (app.clock().now(), app.clock().new_id(), app.clock().new_id());
    let origin =
        Origin { organization_id: caller.organization_id, initiator_id: Some(caller.user_id) };
    queue::enqueue(connection, job_id, &BuildWorkspace { build_id: id }, origin, now)
        .await
        .map_err(failed("enqueue the build"))?;
    let new = NewBuild {
        id,
        workspace_id: plan.workspace_id,
        transition: plan.transition.as_str(),
        template_version_id: plan.version_id,
        job_id,
        initiator_id: caller.user_id,
        parameters: json!(plan.parameters),
        now,
    };
    db::builds::insert(connection, new).await.map_err(failed("keep the build"))?;
    Ok(id)
}

/// Everything that is wrong with the values, in one problem.
pub(super) fn refused(refusals: &[Refusal]) -> Problem {
    let problem = Problem::new(&codes::workspace::PARAMETERS_REFUSED, "the parameters are refused");
    let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    problem.because_of(texts.join("; "))
}

/// One build, with its agents.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Outcome<wire::Build> {
    let mut connection = app.connection().await?;
    let row = find(&mut connection, caller, Action::Read, id).await?;
    let agents = db::agents::by_builds(&mut connection, &[row.id])
        .await
        .map_err(failed("read the agents"))?;
    convert::build(row, &agents)
}

/// Builds of a workspace, newest first, from before `before`.
pub async fn list(
    app: &App,
    caller: &Caller,
    workspace_id: Uuid,
    before: Option<i32>,
    limit: Limit,
) -> Outcome<wire::Page<wire::Build>> {
    let mut connection = app.connection().await?;
    let workspace = workspaces::find(&mut connection, caller, Action::Read, workspace_id).await?;
    let before = before.unwrap_or(i32::MAX);
    let rows = db::builds::list(&mut connection, None, Some(workspace.id), before, limit.get())
        .await
        .map_err(failed("list the builds"))?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let agents =
        db::agents::by_builds(&mut connection, &ids).await.map_err(failed("read the agents"))?;
    convert::try_page(rows, limit, |row| row.number.to_string(), |row| convert::build(row, &agents))
}

/// Asks a build to stop.
pub async fn cancel(app: &App, caller: &Caller, id: Uuid) -> Outcome<wire::Build> {
    let mut transaction = app.begin().await?;
    let build = find(&mut transaction, caller, Action::Update, id).await?;
    let canceled = queue::cancel(&mut transaction, build.job_id, app.clock().now())
        .await
        .map_err(failed("cancel the build"))?;
    if canceled.is_none() {
        let message = format!("build {} has ended", build.number);
        return Err(Problem::new(&codes::workspace::BUILD_ENDED, message));
    }
    let number = build.number.to_string();
    record(app, &mut transaction, caller, Deed::new("build.cancel", &id, &number)).await?;
    let row = by_id(&mut transaction, id).await?;
    commit(transaction).await?;
    convert::build(row, &[])
}

/// A build of a workspace the caller may act on.
pub(super) async fn find(
    connection: &mut PgConnection,
    caller: &Caller,
    action: Action,
    id: Uuid,
) -> Outcome<BuildRow> {
    let missing = || {
        let message = format!("there is no build `{id}`");
        Problem::new(&codes::workspace::BUILD_NOT_FOUND, message)
    };
    let row = db::builds::by_id(connection, id).await.map_err(failed("find the build"))?;
    let row = row.ok_or_else(missing)?;
    match workspaces::find(connection, caller, action, row.workspace_id).await {
        Ok(_) => Ok(row),
        Err(problem) if problem.code() == &codes::workspace::WORKSPACE_NOT_FOUND => Err(missing()),
        Err(problem) => Err(problem),
    }
}

async fn by_id(connection: &mut PgConnection, id: Uuid) -> Outcome<BuildRow> {
    let row = db::builds::by_id(connection, id).await.map_err(failed("find the build"))?;
    row.ok_or_else(|| Problem::new(&codes::INTERNAL, format!("the build `{id}` is gone")))
}

async fn latest(connection: &mut PgConnection, workspace_id: Uuid) -> Outcome<BuildRow> {
    let mut rows = db::builds::latest(connection, &[workspace_id])
        .await
        .map_err(failed("read the latest build"))?;
    rows.pop().ok_or_else(|| {
        Problem::new(&codes::INTERNAL, format!("the workspace `{workspace_id}` has no build"))
    })
}
