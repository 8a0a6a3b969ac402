//! The mirror of a running site: its store, its routes, the agent's image in it, and the work of
//! taking away what nobody needs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use atoll_mirror::image_name::ImageName;
use atoll_mirror::{Namespace, Store};
use axum::{Extension, Router};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::node_config::MirrorAddress;
use crate::app::{App, agent_image};
use crate::config::{Config, Server};
use crate::embed;
use crate::error::{Outcome, Problem, codes};
use crate::http::{MirrorPart, registry};
use crate::jobs::Images;
use crate::site::Layout;

/// How often abandoned uploads, packs and blobs are looked for. Their leases are a day and more.
const COLLECT_EVERY: Duration = Duration::from_hours(1);

/// The mirror's store and where clients reach it.
#[derive(Debug, Clone)]
pub(super) struct MirrorRoom {
    pub(super) store: Store,
    address: Arc<MirrorAddress>,
    own_hosts: Vec<Namespace>,
}

/// Opens the store, and puts the agent's image into it where this program carries the agent.
pub(super) async fn open(layout: &Layout, config: &Config, app: &App) -> Outcome<MirrorRoom> {
    let store = Store::open(&layout.mirror(), app.pool().clone()).await;
    let store = store.map_err(|error| broken("cannot open the mirror", &error))?;
    if let Some(agent) = embed::agent() {
        agent_image::publish(&store, agent, env!("CARGO_PKG_VERSION")).await?;
    } else {
        tracing::warn!("this program carries no agent: workspaces will lack it");
    }
    let address = Arc::new(address(layout, &config.server));
    Ok(MirrorRoom { store, address, own_hosts: own_hosts(&config.server) })
}

impl MirrorRoom {
    /// The API with the mirror's part of it, and the registry beside it.
    pub(super) fn mount(&self, api: Router, app: &App) -> Router {
        let part = MirrorPart { store: self.store.clone(), address: Arc::clone(&self.address) };
        let registry = registry::router(app.clone(), self.store.clone(), self.own_hosts.clone());
        api.layer(Extension(part)).merge(registry)
    }

    /// Says to template imports which images there are.
    pub(super) fn images(&self) -> Arc<dyn Images> {
        Arc::new(Held(self.store.clone()))
    }

    /// Takes away what nobody needs, now and from time to time, until told to stop.
    pub(super) fn collect(&self, app: &App, stop: &CancellationToken) -> TaskTracker {
        let tasks = TaskTracker::new();
        tasks.spawn(collect(self.store.clone(), app.clone(), stop.child_token()));
        tasks.close();
        tasks
    }
}

async fn collect(store: Store, app: App, stop: CancellationToken) {
    loop {
        match store.collect(app.clock().now()).await {
            Ok(collected) if collected == atoll_mirror::store::gc::Collected::default() => {}
            Ok(collected) => tracing::info!(
                uploads = collected.uploads,
                packs = collected.packs,
                blobs = collected.blobs,
                "took out of the mirror what nobody needs"
            ),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "cannot take out of the mirror what nobody needs");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(COLLECT_EVERY) => {}
        }
    }
}

/// What nodes are told: the first URL, and our authority unless the certificate is the customer's.
fn address(layout: &Layout, server: &Server) -> MirrorAddress {
    let first = server.urls.first().map(|url| url.origin().ascii_serialization());
    let own = server.certificate_file.as_os_str().is_empty();
    let authority = own.then(|| std::fs::read_to_string(layout.authority_certificate()).ok());
    MirrorAddress { url: first.unwrap_or_default(), authority_pem: authority.flatten() }
}

/// The site's own names with their ports; an IPv6 address is never an image's upstream.
fn own_hosts(server: &Server) -> Vec<Namespace> {
    let host = |url: &url::Url| {
        let port = url.port_or_known_default()?;
        format!("{}:{port}", url.host_str()?).parse().ok()
    };
    server.urls.iter().filter_map(host).collect()
}

/// The images the mirror holds.
struct Held(Store);

#[async_trait]
impl Images for Held {
    async fn has(&self, image: &str) -> Outcome<bool> {
        // What is no name cannot be there; the template's own checks say what is wrong with it.
        let Ok(ImageName { repository, reference }) = image.parse() else { return Ok(false) };
        let found = self.0.manifest(&repository, &reference).await;
        found.map(|found| found.is_some()).map_err(|error| broken("cannot read the mirror", &error))
    }

    async fn would_bring(&self, _image: &str) -> Outcome<Option<String>> {
        Ok(None)
    }
}

fn broken(message: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(&codes::mirror::MIRROR_FAILED, message).because(error)
}
