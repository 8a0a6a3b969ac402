//! Takes a bundle in that lies on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::Workshop;
use super::template_import::said;
use crate::app::work::ImportBundle;
use crate::app::{Caller, Via, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::import::{self, Event, Imported, Mode, Observer, Plan, Request};
use crate::jobs::log::JobLog;
use crate::model::log::LogLevel;
use crate::queue::{Claim, End};

/// A line of the log for each such share of the work.
const PROGRESS_STEPS: u64 = 20;

pub(super) async fn run(
    workshop: &Workshop,
    claim: &Claim,
    cancel: CancellationToken,
) -> Outcome<End> {
    let payload: ImportBundle = claim.payload().map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read a job's payload").because(&error)
    })?;
    let (log, writing) =
        JobLog::open(&workshop.app, claim.id).await.map_err(failed("open the log"))?;
    let log = Arc::new(log);
    let done = Box::pin(import(workshop, &payload, &log, &cancel)).await;
    let end = match done {
        Ok(()) => Ok(End::Done),
        Err(problem) if problem.code() == &codes::bundle::STOPPED => Ok(End::Canceled),
        Err(problem) => {
            log.say("import", LogLevel::Error, &said(&problem));
            Err(problem)
        }
    };
    // The import has ended, and with it whoever else held the log.
    if let Some(log) = Arc::into_inner(log) {
        log.close(writing).await;
    }
    end
}

async fn import(
    workshop: &Workshop,
    payload: &ImportBundle,
    log: &Arc<JobLog>,
    cancel: &CancellationToken,
) -> Outcome<()> {
    let caller = caller(workshop, payload.caller_id).await?;
    let Some(site) = &workshop.imports else {
        return Err(Problem::new(&codes::INTERNAL, "this process imports no bundles"));
    };
    let deps = site.deps(caller)?;
    let mode = if payload.content_only { Mode::ContentOnly } else { Mode::Whole };
    let prepared = import::prepare(&Request { path: payload.path.clone(), mode }, &deps).await?;
    for line in lines(&prepared.plan) {
        log.say("verdict", LogLevel::Info, &line);
    }
    if payload.dry_run {
        log.say("verdict", LogLevel::Info, "nothing was changed");
        return Ok(());
    }
    let imported = Box::pin(import::run(prepared, &deps, &observer(log), cancel)).await?;
    for line in result(&imported) {
        log.say("import", LogLevel::Info, &line);
    }
    Ok(())
}

async fn caller(workshop: &Workshop, id: uuid::Uuid) -> Outcome<Caller> {
    let mut connection = workshop.app.connection().await?;
    let user = db::users::by_id(&mut connection, id).await.map_err(failed("read the user"))?;
    let user = user
        .filter(|user| user.deleted_at.is_none())
        .ok_or_else(|| Problem::new(&codes::INTERNAL, "whoever asked for the import is gone"))?;
    Caller::of(&user, Via::Job, None)
}

/// Says how far the copy is, in few lines.
fn observer(log: &Arc<JobLog>) -> Observer {
    let (log, said) = (Arc::clone(log), AtomicU64::new(0));
    Arc::new(move |event| match event {
        Event::Note(text) => log.say("import", LogLevel::Info, &text),
        Event::Copying { done, total } => {
            let step = done.saturating_mul(PROGRESS_STEPS).checked_div(total).unwrap_or(0);
            if said.swap(step, Ordering::Relaxed) < step {
                let share = step * 100 / PROGRESS_STEPS;
                log.say("copy", LogLevel::Info, &format!("{share}%: {done} of {total} bytes"));
            }
        }
    })
}

/// The plan as people read it.
fn lines(plan: &Plan) -> Vec<String> {
    let Plan { publisher, stream, version, mode, newest, copy_bytes, held_bytes, .. } = plan;
    let newest = newest.as_ref().map_or("nothing of this stream".to_owned(), Clone::clone);
    vec![
        format!("{stream} {version} of {publisher}; this site has {newest}"),
        format!(
            "mode {}; {} images, {} templates",
            mode.as_str(),
            plan.images.len(),
            plan.templates.len()
        ),
        format!("{copy_bytes} bytes to write, {held_bytes} bytes the store has already"),
    ]
}

fn result(imported: &Imported) -> Vec<String> {
    let mut lines = vec![format!("{} bytes of blobs copied", imported.copied_bytes)];
    let templates = imported.templates_pushed.iter();
    lines.extend(templates.map(|name| format!("template {name} has a new version")));
    lines.push(format!("receipt in {}", imported.receipt.display()));
    lines
}
