//! What is built on the database: every router of the site, and the work that runs beside them.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use atoll_mirror::Store;
use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use super::{Database, attach_license, mirror};
use crate::app::{AgentTokenKey, App};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Outcome, Problem, codes};
use crate::http::{self, AppState};
use crate::import;
use crate::jobs::{self, Workshop};
use crate::provision::echo::EchoDriver;
use crate::provision::kube::account::ClusterAccount;
use crate::provision::kube::{KubeDriver, KubeSettings};
use crate::provision::{Driver, ServerAccess};
use crate::queue::Signals;
use crate::reconcile;
use crate::secret::Secret;
use crate::site::{Identity, Layout, SiteError};
use crate::tunnel::Hub;

/// Running jobs get 20 s to end by themselves; this is that and some slack.
const STOP_LIMIT: Duration = Duration::from_secs(25);
/// What the key of agents' tokens is derived for; another text makes every token invalid.
const AGENT_TOKEN_CONTEXT: &str = "Atoll 2026-11 agent tokens of one site v1";

/// The parts of a running site.
pub(super) struct Parts {
    /// Everything the listeners serve besides health.
    pub(super) router: Router,
    stop: CancellationToken,
    working: Vec<TaskTracker>,
}

/// Builds every part; nothing of it listens before this returns.
pub(super) async fn build(layout: &Layout, config: &Config, database: &Database) -> Outcome<Parts> {
    let identity = Identity::load(layout)?;
    let app = App::new(
        database.pool().clone(),
        Clock::system(),
        Signals::new(),
        agent_token_key(&identity),
    );
    attach_license(&app, layout)?;
    let stop = CancellationToken::new();
    let mirror = mirror::open(layout, config, &app).await?;
    let workshop = Workshop {
        app: app.clone(),
        drivers: drivers(config).await?,
        images: mirror.images(),
        server: server_access(layout, config),
        imports: Some(imports(layout, &app, mirror.store.clone())?),
        build_timeout: Duration::from_secs(config.jobs.build_timeout_seconds.into()),
    };
    let name = identity.install_id().to_string();
    let workers = jobs::spawn(workshop, name, config.jobs.workers.into(), &stop);
    let reconcilers = reconcile::spawn(&app, &stop);
    let origins = config.server.urls.iter().map(|url| url.origin().ascii_serialization());
    let state = AppState::new(app.clone(), origins.collect());
    let tunnels = report_agents(&state.hub, &stop);
    let router = mirror.mount(http::router(state), &app);
    let collector = mirror.collect(&app, &stop);
    Ok(Parts { router, stop, working: vec![workers, reconcilers, tunnels, collector] })
}

impl Parts {
    /// Lets the work under way come to a point where it can be taken up again.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        let all = async {
            for tasks in &self.working {
                tasks.wait().await;
            }
        };
        if tokio::time::timeout(STOP_LIMIT, all).await.is_err() {
            tracing::warn!("work was cut off; it is taken up again at the next start");
        }
    }
}

/// Notes which agents are connected, until told to stop.
fn report_agents(hub: &Arc<Hub>, stop: &CancellationToken) -> TaskTracker {
    let tasks = TaskTracker::new();
    let (hub, stop) = (hub.clone(), stop.child_token());
    tasks.spawn(async move {
        tokio::select! {
            () = hub.report_for_ever() => {}
            () = stop.cancelled() => {}
        }
    });
    tasks.close();
    tasks
}

/// What imports of bundles work with: the store that is served, so that it knows what they bring.
fn imports(layout: &Layout, app: &App, store: Store) -> Outcome<import::Site> {
    let site_key = Arc::new(Identity::load(layout)?.into_key());
    Ok(import::Site { app: app.clone(), store, site_key, layout: layout.clone() })
}

/// Derived, so that it is as durable and as secret as the site's key and needs no place of its own.
fn agent_token_key(identity: &Identity) -> AgentTokenKey {
    let pem = identity.key().to_pem();
    let key = Zeroizing::new(blake3::derive_key(AGENT_TOKEN_CONTEXT, pem.as_bytes()));
    AgentTokenKey::new(*key)
}

/// The drivers this site has: `echo` always, `kubernetes` where a cluster is configured.
async fn drivers(config: &Config) -> Outcome<Vec<Arc<dyn Driver>>> {
    let mut drivers: Vec<Arc<dyn Driver>> = vec![Arc::new(EchoDriver::default())];
    let path = &config.cluster.kubeconfig_file;
    if !path.as_os_str().is_empty() {
        let kubeconfig = read(path)?;
        let name = path.display().to_string();
        let client = ClusterAccount::client_of(&Secret::new(kubeconfig.as_str()), &name).await?;
        let class = config.cluster.storage_class.clone();
        let settings = KubeSettings {
            storage_class: Some(class).filter(|class| !class.is_empty()),
            ..KubeSettings::new(&config.cluster.namespace)
        };
        drivers.push(Arc::new(KubeDriver::new(client, settings)));
    }
    Ok(drivers)
}

/// How workspaces reach the site; read afresh for each build, since certificates are rotated.
fn server_access(layout: &Layout, config: &Config) -> Arc<dyn Fn() -> ServerAccess + Send + Sync> {
    let authority = layout.authority_certificate();
    let customers = config.server.certificate_file.clone();
    let urls = config.server.urls.clone();
    Arc::new(move || {
        let chain = if customers.as_os_str().is_empty() { &authority } else { &customers };
        ServerAccess {
            urls: urls.clone(),
            ca_pem: fs::read_to_string(chain).unwrap_or_default(),
            agent_image: format!("atoll.site/agent:{}", env!("CARGO_PKG_VERSION")),
        }
    })
}

fn read(path: &Path) -> Outcome<Zeroizing<String>> {
    let text = fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("`{}` is not there", path.display());
            Problem::new(&codes::lifecycle::KUBECONFIG_UNREADABLE, message)
        }
        _other => SiteError::Read { path: path.to_owned(), source }.into(),
    })
}
