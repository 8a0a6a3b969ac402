//! What the operator carried in: the bundle and the license.

use std::path::PathBuf;
use std::sync::Arc;

use atoll_mirror::Store;
use atoll_signing::SigningKey;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Summary;
use super::event::Observer;
use super::setup::{Progress, Setup};
use crate::app::license::activate;
use crate::app::{App, Caller, Via, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::import::{Deps, Event, Mode, Request, prepare, run};
use crate::site::{Identity, Layout, SiteError};

/// Imports the bundle; one that is in already costs a look.
pub(super) async fn bundle(
    layout: &Layout,
    setup: &Setup,
    app: &App,
    observer: Observer<'_>,
    summary: &mut Summary,
) -> Outcome<()> {
    let Some(path) = &setup.bundle else {
        summary.warnings.push("no bundle was given: the mirror is empty".to_owned());
        return Ok(());
    };
    let progress = Progress::begin(observer, "bundle");
    let deps = deps(layout, app).await?;
    let request = Request { path: path.clone(), mode: Mode::Whole };
    let prepared = prepare(&request, &deps).await?;
    // Boxed: its state is larger than what a chain of callers should carry on their stacks.
    let imported = Box::pin(import(prepared, &deps, &progress)).await?;
    let plan = &imported.plan;
    summary.imported.push(format!(
        "{} {} of {}: {} images, {} templates",
        plan.stream,
        plan.version,
        plan.publisher,
        plan.images.len(),
        plan.templates.len(),
    ));
    progress.end(&format!("{} {}", plan.stream, plan.version));
    Ok(())
}

/// Runs the import and passes on what it says: its observer outlives this call, ours does not.
async fn import(
    prepared: crate::import::Prepared,
    deps: &Deps,
    progress: &Progress<'_>,
) -> Outcome<crate::import::Imported> {
    /// An event that finds no room is about a moment that has passed.
    const EVENTS_MAX: usize = 16;
    let (sender, mut events) = mpsc::channel(EVENTS_MAX);
    let observer: crate::import::Observer = Arc::new(move |event| drop(sender.try_send(event)));
    let cancel = CancellationToken::new();
    let importing = run(prepared, deps, &observer, &cancel);
    tokio::pin!(importing);
    loop {
        tokio::select! {
            imported = &mut importing => return imported,
            Some(event) = events.recv() => progress.at(match event {
                Event::Copying { done, total } => format!("{} of {} MiB", done >> 20, total >> 20),
                Event::Note(text) => text,
            }),
        }
    }
}

async fn deps(layout: &Layout, app: &App) -> Outcome<Deps> {
    let identity = Identity::load(layout)?;
    let unreadable = |what: String| {
        let path: PathBuf = layout.site_key();
        SiteError::Damaged { path, what }
    };
    let site_key = SigningKey::from_pem(&identity.key().to_pem());
    let store = Store::open(&layout.mirror(), app.pool().clone()).await.map_err(|error| {
        Problem::new(&codes::bundle::STORE, "cannot open the mirror").because(&error)
    })?;
    Ok(Deps {
        app: app.clone(),
        caller: owner(app).await?,
        store,
        keyring: crate::trust::load(layout.root())?,
        site_key: Arc::new(site_key.map_err(|error| unreadable(error.to_string()))?),
        receipts: layout.receipts(),
    })
}

/// In whose name content is imported: the site's first owner, whom the step before has made.
async fn owner(app: &App) -> Outcome<Caller> {
    let mut connection = app.connection().await?;
    let owner = db::users::first_owner(&mut connection).await.map_err(failed("find an owner"))?;
    let owner = owner.ok_or_else(|| {
        Problem::new(&codes::lifecycle::INSTALL_FAILED, "the site has no active owner")
    })?;
    Caller::of(&owner, Via::Job, None)
}

/// Activates the license, if one was given.
pub(super) async fn license(setup: &Setup, app: &App, observer: Observer<'_>) -> Outcome<()> {
    let Some(text) = &setup.license else { return Ok(()) };
    let progress = Progress::begin(observer, "license");
    let caller = owner(app).await?;
    let activation = atoll_wire::ActivateLicense { text: text.clone() };
    let status = activate(app, &caller, activation).await?;
    progress.end(&status.reason);
    Ok(())
}
