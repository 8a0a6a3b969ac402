//! Workspaces: made, listed, found; what happens to them afterwards are builds.

use std::collections::HashMap;

use atoll_wire as wire;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, allowed, authorize};
use super::builds::{self, Plan};
use super::{App, Caller, Limit, commit, convert, failed, license, templates, users, versions};
use crate::db;
use crate::db::workspaces::{NewWorkspace, WorkspaceFilter, WorkspaceRow};
use crate::error::{Outcome, Problem, codes};
use crate::model::parameter::resolve;
use crate::model::{Transition, WorkspaceName};

/// Which workspaces to list.
#[derive(Debug, Default)]
pub struct Listing {
    /// Whose; `me` or absent: the caller's own.
    pub owner: Option<String>,
    /// Everybody's.
    pub all: bool,
    /// Only the one of this name.
    pub name: Option<String>,
    /// From behind this id.
    pub after: Option<Uuid>,
    /// How many.
    pub limit: Limit,
}

/// Workspaces in the order they were made.
pub async fn list(
    app: &App,
    caller: &Caller,
    listing: Listing,
) -> Outcome<wire::Page<wire::Workspace>> {
    let mut connection = app.connection().await?;
    let owner_id = if listing.all {
        authorize(caller, Action::Read, Resource::Users)?;
        None
    } else {
        let name = listing.owner.as_deref().unwrap_or("me");
        let owner = users::find(&mut connection, caller, Action::Read, name).await?;
        authorize(caller, Action::Read, Resource::Workspace(owner.id))?;
        Some(owner.id)
    };
    let (name, after) = (listing.name.as_deref(), listing.after);
    let filter = WorkspaceFilter { owner_id, name, after, ..WorkspaceFilter::default() };
    let rows = db::workspaces::list(&mut connection, filter, listing.limit.get())
        .await
        .map_err(failed("list the workspaces"))?;
    let full = listing.limit.reached(rows.len());
    let next = rows.last().filter(|_| full).map(|row| row.id.to_string());
    Ok(wire::Page { items: views(&mut connection, rows).await?, next })
}

/// One workspace.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Outcome<wire::Workspace> {
    let mut connection = app.connection().await?;
    let row = find(&mut connection, caller, Action::Read, id).await?;
    view(&mut connection, row).await
}

/// Makes a workspace and enqueues its first build.
pub async fn create(
    app: &App,
    caller: &Caller,
    request: wire::CreateWorkspace,
) -> Outcome<wire::Workspace> {
    let wire::CreateWorkspace { name, template, template_version, parameters, owner } = request;
    let name = WorkspaceName::parse(&name).map_err(|error| {
        let message = format!("`{}` is not a workspace's name", name.escape_debug());
        Problem::new(&codes::workspace::WORKSPACE_NAME_INVALID, message).because(&error)
    })?;
    let mut transaction = app.begin().await?;
    let owner = owner.as_deref().unwrap_or("me");
    let owner = users::find(&mut transaction, caller, Action::Read, owner).await?;
    authorize(caller, Action::Create, Resource::Workspace(owner.id))?;
    license::may_create_workspace(app, &mut transaction, owner.id).await?;
    let template = templates::find(&mut transaction, &template).await?;
    let version = versions::ready(&mut transaction, &template, template_version).await?;
    let specs = convert::spec(version.spec.as_ref())?.parameters;
    let parameters =
        resolve(&specs, &parameters, None).map_err(|refusals| builds::refused(&refusals))?;
    let id = app.clock().new_id();
    let new = NewWorkspace {
        id,
        organization_id: caller.organization_id,
        owner_id: owner.id,
        template_id: template.id,
        name: name.as_str(),
        now: app.clock().now(),
    };
    db::workspaces::insert(&mut transaction, new).await.map_err(|error| {
        if !db::is_duplicate(&error) {
            return failed("keep the workspace")(error);
        }
        let message = format!("`{}` has a workspace named `{name}`", owner.name);
        Problem::new(&codes::workspace::WORKSPACE_NAME_TAKEN, message)
    })?;
    let transition = Transition::Start;
    let plan = Plan { workspace_id: id, transition, version_id: version.id, parameters };
    builds::enqueue(app, &mut transaction, caller, plan).await?;
    let details = json!({ "template": template.name, "version": version.number });
    let deed = Deed::new("workspace.create", &id, name.as_str()).with(details);
    record(app, &mut transaction, caller, deed).await?;
    let row = find(&mut transaction, caller, Action::Read, id).await?;
    let view = view(&mut transaction, row).await?;
    commit(transaction).await?;
    Ok(view)
}

fn not_found(what: &str) -> Problem {
    let message = format!("there is no workspace `{}`", what.escape_debug());
    Problem::new(&codes::workspace::WORKSPACE_NOT_FOUND, message)
}

/// A workspace the caller may act on; one they may not see is not there for them.
pub(crate) async fn find(
    connection: &mut PgConnection,
    caller: &Caller,
    action: Action,
    id: Uuid,
) -> Outcome<WorkspaceRow> {
    let row = db::workspaces::by_id(connection, id).await.map_err(failed("find the workspace"))?;
    let visible = |row: &WorkspaceRow| {
        caller.must_change_password
            || allowed(caller, Action::Read, Resource::Workspace(row.owner_id))
    };
    let row = row.filter(visible).ok_or_else(|| not_found(&id.to_string()))?;
    authorize(caller, action, Resource::Workspace(row.owner_id))?;
    Ok(row)
}

async fn view(connection: &mut PgConnection, row: WorkspaceRow) -> Outcome<wire::Workspace> {
    let name = row.name.clone();
    let view = views(connection, vec![row]).await?.pop();
    view.ok_or_else(|| {
        Problem::new(&codes::INTERNAL, format!("the workspace `{name}` has no build"))
    })
}

/// Workspaces with their latest builds and those builds' agents: three queries for any number.
async fn views(
    connection: &mut PgConnection,
    rows: Vec<WorkspaceRow>,
) -> Outcome<Vec<wire::Workspace>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let latest = db::builds::latest(connection, &ids).await.map_err(failed("read the builds"))?;
    let build_ids: Vec<Uuid> = latest.iter().map(|build| build.id).collect();
    let agents =
        db::agents::by_builds(connection, &build_ids).await.map_err(failed("read the agents"))?;
    let mut latest: HashMap<Uuid, _> =
        latest.into_iter().map(|build| (build.workspace_id, build)).collect();
    let with_build = |row: WorkspaceRow| latest.remove(&row.id).map(|build| (row, build));
    let pairs: Vec<_> = rows.into_iter().filter_map(with_build).collect();
    pairs
        .into_iter()
        .map(|(row, build)| {
            let outdated = row.active_version_id.is_some_and(|id| id != build.template_version_id);
            Ok(wire::Workspace {
                id: row.id,
                name: row.name,
                owner_id: row.owner_id,
                owner: row.owner,
                template_id: row.template_id,
                template: row.template,
                status: convert::workspace_status(&build)?,
                outdated,
                latest_build: convert::build(build, &agents)?,
                host_key: row.host_key_public,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
            })
        })
        .collect()
}
