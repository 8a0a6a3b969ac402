//! The site's half of an installation: everything that is done as the site's own user.

use std::path::PathBuf;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::event::{Event, Observer};
use super::{Record, Summary, administrator, content, steps};
use crate::app::{AgentTokenKey, App};
use crate::clock::Clock;
use crate::error::Outcome;
use crate::lifecycle::{Database, attach_license, load_config, storage};
use crate::queue::Signals;
use crate::site::{Layout, Lock};

/// What the site's half is handed. It travels through a pipe, never through arguments: it may
/// hold a password and a kubeconfig.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The data directory.
    pub(super) data_dir: PathBuf,
    /// Keys of `site.toml` and their values.
    pub(super) settings: Vec<(String, String)>,
    /// The bundle, as the site's user can open it.
    pub(super) bundle: Option<PathBuf>,
    /// Fingerprints of roots to trust.
    pub(super) trust: Vec<String>,
    /// The kubeconfig of the site's own account.
    pub(super) kubeconfig: Option<String>,
    /// A license.
    pub(super) license: Option<String>,
    /// The first administrator's name.
    pub(super) admin_name: String,
    /// That one's password, if it was given.
    pub(super) admin_password: Option<String>,
}

/// One step's name and how it is told.
pub(super) struct Progress<'a> {
    observer: Observer<'a>,
    step: &'static str,
    started: Instant,
}

impl<'a> Progress<'a> {
    /// A step begins.
    pub(super) fn begin(observer: Observer<'a>, step: &'static str) -> Self {
        observer(Event::Started { step: step.to_owned() });
        Self { observer, step, started: Instant::now() }
    }

    /// It is doing this.
    pub(super) fn at(&self, text: impl Into<String>) {
        (self.observer)(Event::Progress { step: self.step.to_owned(), text: text.into() });
    }

    /// It is done.
    pub(super) fn end(self, text: &str) {
        let text = format!("{text} ({:.1} s)", self.started.elapsed().as_secs_f32());
        (self.observer)(Event::Finished { step: self.step.to_owned(), text });
    }
}

/// Makes everything that is missing, in order. The data directory exists and is ours.
pub(super) async fn run(setup: &Setup, observer: Observer<'_>) -> Outcome<Summary> {
    let layout = Layout::new(&setup.data_dir);
    let _lock = Lock::take(&layout)?;
    let mut summary = steps::identity(&layout, setup, observer)?;
    steps::trust(&layout, setup)?;
    let config = load_config(&layout, Vec::new())?;
    let progress = Progress::begin(observer, "database");
    let storage = storage(&layout, &config).await?;
    let tell = |phase| progress.at(format!("{phase:?}"));
    let database = storage.open(config.database.connections_max, &tell).await?;
    progress.end("running, with the schema of this release");
    let filled = fill(&layout, setup, &database, observer, &mut summary).await;
    let closed = database.close().await;
    filled?;
    closed?;
    let mut record = Record::load(&layout)?.unwrap_or_default();
    record.completed = true;
    record.save(&layout)?;
    Ok(summary)
}

/// The steps that need the database.
async fn fill(
    layout: &Layout,
    setup: &Setup,
    database: &Database,
    observer: Observer<'_>,
    summary: &mut Summary,
) -> Outcome<()> {
    // Whatever agents hold is no matter here: this app lives for one call.
    let key = AgentTokenKey::new(crate::clock::random_bytes());
    let app = App::new(database.pool().clone(), Clock::system(), Signals::new(), key);
    attach_license(&app, layout)?;
    administrator::ensure(layout, setup, &app, observer, summary).await?;
    content::bundle(layout, setup, &app, observer, summary).await?;
    content::license(setup, &app, observer).await
}
