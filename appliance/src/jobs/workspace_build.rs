//! Takes a workspace where its build wants it.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize as _;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;

use super::Workshop;
use super::template_import::{said, unpack};
use crate::app::work::BuildWorkspace;
use crate::app::{agent_token, failed};
use crate::db;
use crate::db::agents::NewAgent;
use crate::db::builds::BuildRow;
use crate::db::workspaces::WorkspaceRow;
use crate::error::{Outcome, Problem, codes};
use crate::jobs::log::JobLog;
use crate::model::Transition;
use crate::model::log::LogLevel;
use crate::provision::template::TemplateSpec;
use crate::provision::{
    AgentGrant, BuildError, BuildOutcome, BuildRequest, Driver, Inventory, TemplateFiles,
    WorkspaceIdentity,
};
use crate::queue::{Claim, End, Held};

/// How long a driver may take to return after it was told to stop; then it is left to itself and
/// what it made is found by the next build.
const CANCEL_WITHIN: Duration = Duration::from_mins(1);

/// The share of a build's time that the driver may wait for readiness.
const READY_SHARE: f32 = 0.9;

/// Everything a build is about.
struct Subject {
    build: BuildRow,
    workspace: WorkspaceRow,
    transition: Transition,
    spec: TemplateSpec,
    files: TemplateFiles,
    previous: Inventory,
}

pub(super) async fn run(
    workshop: &Workshop,
    claim: &Claim,
    cancel: CancellationToken,
) -> Outcome<End> {
    let payload: BuildWorkspace = claim.payload().map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read a job's payload").because(&error)
    })?;
    let subject = load(workshop, payload.build_id).await?;
    let driver = workshop.driver(subject.spec.driver)?;
    let request = request(workshop, &subject).await?;
    let (log, writing) =
        JobLog::open(&workshop.app, claim.id).await.map_err(failed("open the log"))?;
    let word = subject.transition.as_str();
    let name = &subject.workspace.name;
    log.say(
        "start",
        LogLevel::Info,
        &format!("{word} of `{name}`, build {}", subject.build.number),
    );
    let result = drive(workshop, driver, request, &log, cancel).await;
    let end = settle(workshop, claim, &subject, result, &log).await;
    log.close(writing).await;
    end
}

async fn load(workshop: &Workshop, build_id: uuid::Uuid) -> Outcome<Subject> {
    let gone = |what: &str| Problem::new(&codes::INTERNAL, format!("{what} is gone"));
    let mut connection =
        workshop.app.pool().acquire().await.map_err(failed("reach the database"))?;
    let build = db::builds::by_id(&mut connection, build_id)
        .await
        .map_err(failed("read the build"))?
        .ok_or_else(|| gone("the build"))?;
    let workspace = db::workspaces::by_id(&mut connection, build.workspace_id)
        .await
        .map_err(failed("read the workspace"))?
        .ok_or_else(|| gone("the workspace"))?;
    let version = db::versions::by_id(&mut connection, build.template_version_id)
        .await
        .map_err(failed("read the version"))?
        .ok_or_else(|| gone("the version"))?;
    let files = db::versions::files(&mut connection, version.id)
        .await
        .map_err(failed("read the version's files"))?
        .ok_or_else(|| gone("the version"))?;
    let previous = db::builds::inventory(&mut connection, workspace.id, build.number)
        .await
        .map_err(failed("read the inventory"))?;
    let transition =
        Transition::parse(&build.transition).ok_or_else(|| gone("the build's transition"))?;
    let spec = version.spec.ok_or_else(|| gone("what the import found"))?;
    let spec = TemplateSpec::deserialize(spec).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read a stored template").because(&error)
    })?;
    let files = unpack(&files)?;
    let previous = previous.map(Inventory::new).unwrap_or_default();
    Ok(Subject { build, workspace, transition, spec, files, previous })
}

async fn request(workshop: &Workshop, subject: &Subject) -> Outcome<BuildRequest> {
    let Subject { build, workspace, transition, spec, files, previous } = subject;
    let parameters = serde_json::from_value(build.parameters.clone()).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read the values of a build").because(&error)
    })?;
    let agents = match transition {
        Transition::Start => grants(workshop, build, spec).await?,
        Transition::Stop | Transition::Delete => Vec::new(),
    };
    Ok(BuildRequest {
        workspace: WorkspaceIdentity {
            id: workspace.id,
            name: workspace.name.clone(),
            owner_id: workspace.owner_id,
            owner_name: workspace.owner.clone(),
        },
        transition: *transition,
        build_number: build.number.into(),
        files: Arc::new(files.clone()),
        parameters,
        agents,
        server: (workshop.server)(),
        previous: previous.clone(),
        // The driver gives up first, with a reason, where the job could only say that it is late.
        ready_within: workshop.build_timeout.mul_f32(READY_SHARE),
    })
}

/// One grant for each agent of the template; a build that is started again gives the same ones.
async fn grants(
    workshop: &Workshop,
    build: &BuildRow,
    spec: &TemplateSpec,
) -> Outcome<Vec<AgentGrant>> {
    let (app, key) = (&workshop.app, workshop.app.agent_token_key());
    let mut transaction = app.pool().begin().await.map_err(failed("reach the database"))?;
    let mut grants = Vec::new();
    for agent in &spec.agents {
        let token_hash = key.hash(build.id, &agent.name);
        let new = NewAgent {
            id: app.clock().new_id(),
            workspace_id: build.workspace_id,
            build_id: build.id,
            name: &agent.name,
            token_hash: &token_hash,
            now: app.clock().now(),
        };
        let id =
            db::agents::ensure(&mut transaction, new).await.map_err(failed("keep an agent"))?;
        let token = agent_token(key, build.id, &agent.name, id);
        grants.push(AgentGrant { name: agent.name.clone(), id, token });
    }
    transaction.commit().await.map_err(failed("commit the agents"))?;
    Ok(grants)
}

/// Lets the driver work, for as long as a build may take.
async fn drive(
    workshop: &Workshop,
    driver: Arc<dyn Driver>,
    request: BuildRequest,
    log: &JobLog,
    cancel: CancellationToken,
) -> Result<BuildOutcome, BuildError> {
    let previous = request.previous.clone();
    let late = |inventory| {
        let seconds = workshop.build_timeout.as_secs();
        let message = format!("the build did not end within {seconds} s");
        let problem = Box::new(Problem::new(&codes::workspace::JOB_TIMEOUT, message));
        BuildError::Failed { problem, inventory }
    };
    let stop = CancellationToken::new();
    let work = driver.build(request, log, stop.clone());
    tokio::pin!(work);
    let timed_out = tokio::select! {
        result = &mut work => return result,
        () = tokio::time::sleep(workshop.build_timeout) => true,
        () = cancel.cancelled() => false,
    };
    stop.cancel();
    match tokio::time::timeout(CANCEL_WITHIN, work).await {
        // It ended well although it was told to stop: then it is done.
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(BuildError::Cancelled { inventory })) if timed_out => Err(late(inventory)),
        Ok(Err(error)) => Err(error),
        Err(_) if timed_out => Err(late(previous)),
        Err(_) => Err(BuildError::Cancelled { inventory: previous }),
    }
}

/// Writes what came of the build, unless another worker has it by now.
async fn settle(
    workshop: &Workshop,
    claim: &Claim,
    subject: &Subject,
    result: Result<BuildOutcome, BuildError>,
    log: &JobLog,
) -> Outcome<End> {
    let (inventory, end) = match result {
        Ok(outcome) => {
            for resource in &outcome.resources {
                let line = format!("{} {} ({})", resource.kind, resource.name, resource.address);
                log.say("result", LogLevel::Info, &line);
            }
            (outcome.inventory, End::Done)
        }
        Err(error) => {
            let problem = error.problem();
            log.say("result", LogLevel::Error, &said(&problem));
            let end = match error {
                BuildError::Cancelled { .. } => End::Canceled,
                BuildError::Failed { .. } => End::Failed(problem),
            };
            (error_inventory(error), end)
        }
    };
    let mut transaction =
        workshop.app.pool().begin().await.map_err(failed("reach the database"))?;
    if claim.hold(&mut transaction).await.map_err(failed("hold the job"))? == Held::No {
        return Ok(End::Lost);
    }
    let done = matches!(end, End::Done);
    apply(workshop, &mut transaction, subject, &inventory, done)
        .await
        .map_err(failed("write what the build made"))?;
    transaction.commit().await.map_err(failed("commit the build"))?;
    Ok(end)
}

fn error_inventory(error: BuildError) -> Inventory {
    match error {
        BuildError::Cancelled { inventory } | BuildError::Failed { inventory, .. } => inventory,
    }
}

async fn apply(
    workshop: &Workshop,
    connection: &mut PgConnection,
    subject: &Subject,
    inventory: &Inventory,
    done: bool,
) -> sqlx::Result<()> {
    let Subject { build, workspace, transition, .. } = subject;
    let now = workshop.app.clock().now();
    db::builds::set_inventory(connection, build.id, inventory.document()).await?;
    if !done {
        return Ok(());
    }
    match transition {
        Transition::Start => db::agents::activate(connection, build.id).await,
        Transition::Stop => {
            db::agents::retire_before(connection, workspace.id, build.number, now).await.map(drop)
        }
        Transition::Delete => {
            db::agents::retire_before(connection, workspace.id, build.number, now).await?;
            db::workspaces::delete(connection, workspace.id, now).await
        }
    }
}
