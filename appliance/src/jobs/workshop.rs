//! What jobs work with, and which code does which job.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Images, bundle_import, template_import, workspace_build};
use crate::app::App;
use crate::app::work::{BuildWorkspace, ImportBundle, ImportTemplate};
use crate::error::{Problem, codes};
use crate::import;
use crate::provision::{Driver, DriverKind, ServerAccess};
use crate::queue::{Claim, End, Handler, Limits, Payload as _, Worker};

/// Wait before a job is tried again that could not reach the database.
const DATABASE_RETRY_AFTER: Duration = Duration::from_secs(3);
/// How long running jobs are waited for when the process stops: drivers give up within seconds.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// What jobs work with. Cheap to clone.
#[derive(Clone)]
pub struct Workshop {
    /// Use cases and the database.
    pub app: App,
    /// The drivers of this site.
    pub drivers: Vec<Arc<dyn Driver>>,
    /// Which images the site has.
    pub images: Arc<dyn Images>,
    /// How workspaces reach this site at this moment.
    pub server: Arc<dyn Fn() -> ServerAccess + Send + Sync>,
    /// What imports of bundles work with; without it this process imports none.
    pub imports: Option<import::Site>,
    /// How long a build may take.
    pub build_timeout: Duration,
}

/// Starts to work on jobs until told to stop. `name` is this process's among all on the same
/// database, and the same after a restart.
pub fn spawn(
    workshop: Workshop,
    name: String,
    jobs_max: usize,
    stop: &CancellationToken,
) -> TaskTracker {
    let tasks = TaskTracker::new();
    let app = workshop.app.clone();
    let signals = app.signals().clone();
    let (pool, listening) = (app.pool().clone(), stop.child_token());
    tasks.spawn(async move { signals.listen(pool, listening).await });
    let worker = Worker {
        pool: app.pool().clone(),
        clock: app.clock().clone(),
        signals: app.signals().clone(),
        name,
        handler: Arc::new(workshop),
        limits: Limits { jobs_max, stop_within: STOP_WITHIN },
    };
    tasks.spawn(worker.run(stop.child_token()));
    tasks.close();
    tasks
}

impl Workshop {
    /// The driver of this kind, or why there is none.
    pub(super) fn driver(&self, kind: DriverKind) -> Result<Arc<dyn Driver>, Problem> {
        self.drivers.iter().find(|driver| driver.kind() == kind).cloned().ok_or_else(|| {
            let message = format!("this site does not run the driver `{}`", kind.as_str());
            Problem::new(&codes::template::TEMPLATE_DRIVER, message)
        })
    }
}

#[async_trait]
impl Handler for Workshop {
    fn kinds(&self) -> Vec<String> {
        vec![ImportTemplate::KIND.into(), BuildWorkspace::KIND.into(), ImportBundle::KIND.into()]
    }

    async fn run(&self, claim: &Claim, cancel: CancellationToken) -> End {
        let ended = match claim.kind.as_str() {
            ImportTemplate::KIND => template_import::run(self, claim).await,
            BuildWorkspace::KIND => workspace_build::run(self, claim, cancel).await,
            ImportBundle::KIND => bundle_import::run(self, claim, cancel).await,
            other => {
                let message = format!("there is no job named `{other}`");
                Err(Problem::new(&codes::INTERNAL, message))
            }
        };
        ended.unwrap_or_else(|problem| {
            let unavailable = problem.code() == &codes::server::DATABASE_UNAVAILABLE;
            if unavailable {
                End::Retry { after: DATABASE_RETRY_AFTER, problem }
            } else {
                End::Failed(problem)
            }
        })
    }
}
