//! The control plane itself: what it is made of, and who is there.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use atoll::app::{AgentTokenKey, App, users};
use atoll::clock::Clock;
use atoll::error::Outcome;
use atoll::http::{AppState, router};
use atoll::jobs::{Images, Workshop};
use atoll::listen::{LocalListener, Networks, Peer, ProxiedListener, client_address};
use atoll::provision::echo::{EchoDriver, Gates};
use atoll::provision::{Driver, ServerAccess};
use atoll::queue::Signals;
use atoll::secret::Secret;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Answer, Api};
use crate::database::{Database, fresh_database};

/// The password of everybody in tests, after they changed it.
pub const PASSWORD: &str = "a password of the tests";
const FIRST_PASSWORD: &str = "the first password of all";
/// The origin that a browser would show.
pub const ORIGIN: &str = "https://atoll.test:7443";

/// A control plane that works until it is dropped.
pub struct Plane {
    /// Its database.
    pub database: Database,
    /// Its use cases.
    pub app: App,
    /// The gates at which scripted builds wait.
    pub gates: Gates,
    /// The images it has.
    pub images: Missing,
    address: SocketAddr,
    offset_seconds: Arc<AtomicI64>,
    workshop: Workshop,
    stop: CancellationToken,
    workers: Mutex<Option<(CancellationToken, TaskTracker)>>,
}

/// Every image but these.
#[derive(Debug, Clone, Default)]
pub struct Missing(Arc<Mutex<BTreeSet<String>>>);

impl Missing {
    /// From now on the site lacks this image.
    pub fn lack(&self, image: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(image.into());
    }
}

#[async_trait]
impl Images for Missing {
    async fn has(&self, image: &str) -> Outcome<bool> {
        Ok(!self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(image))
    }

    async fn would_bring(&self, _image: &str) -> Outcome<Option<String>> {
        Ok(None)
    }
}

impl Plane {
    /// A control plane with one owner, `root`, and a worker.
    pub async fn start() -> Self {
        let plane = Self::without_worker().await;
        plane.start_worker(4);
        plane
    }

    /// The same, in which nobody works on jobs yet.
    pub async fn without_worker() -> Self {
        let database = fresh_database().await;
        let offset_seconds = Arc::new(AtomicI64::new(0));
        let offset = Arc::clone(&offset_seconds);
        let clock = Clock::from_fn(move || {
            OffsetDateTime::now_utc() + time::Duration::seconds(offset.load(Ordering::Relaxed))
        });
        let signals = Signals::new();
        let app = App::new(database.pool.clone(), clock, signals, AgentTokenKey::new([7; 32]));
        users::create_first_owner(&app, "root", Secret::new(FIRST_PASSWORD))
            .await
            .expect("the first owner");
        let (gates, images, stop) =
            (Gates::default(), Missing::default(), CancellationToken::new());
        let echo: Arc<dyn Driver> = Arc::new(EchoDriver::new(gates.clone()));
        let workshop = Workshop {
            app: app.clone(),
            drivers: vec![echo],
            images: Arc::new(images.clone()),
            server: Arc::new(|| ServerAccess {
                urls: vec![ORIGIN.parse().expect("a URL")],
                ca_pem: String::new(),
                agent_image: "atoll.site/agent:test".into(),
            }),
            imports: None,
            build_timeout: Duration::from_mins(1),
        };
        let loopback = Networks::parse(&["127.0.0.1".into()]).expect("a network");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = ProxiedListener::bind(any, loopback).await.expect("a port");
        let Ok(Peer::Tcp(address)) = listener.local_addr() else { panic!("no address") };
        serve(&app, listener, &stop);
        let workers = Mutex::new(None);
        Self { database, app, gates, images, address, offset_seconds, workshop, stop, workers }
    }

    /// Also listens on a socket, as for commands on the same machine.
    pub fn listen_locally(&self, path: &std::path::Path) {
        serve(&self.app, LocalListener::bind(path).expect("a socket"), &self.stop);
    }

    /// Starts to work on jobs.
    pub fn start_worker(&self, jobs_max: usize) {
        let stop = self.stop.child_token();
        let workshop = self.workshop.clone();
        let tracker = atoll::jobs::spawn(workshop, "test-worker".into(), jobs_max, &stop);
        atoll::reconcile::spawn(&self.app, &stop);
        *self.workers.lock().unwrap_or_else(PoisonError::into_inner) = Some((stop, tracker));
    }

    /// Stops to work on jobs, as a server does that is asked to end.
    pub async fn stop_worker(&self) {
        let worker = self.workers.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (stop, tracker) = worker.expect("a worker");
        stop.cancel();
        tracker.wait().await;
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: i64) {
        self.offset_seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The API as nobody.
    pub fn anonymous(&self) -> Api {
        Api::new(self.address)
    }

    /// The API as the owner, who has changed the password.
    pub async fn owner(&self) -> Api {
        self.settled("root", FIRST_PASSWORD).await
    }

    /// The API as a new member, who has changed the password.
    pub async fn member(&self, owner: &Api, name: &str) -> Api {
        let user = json!({ "name": name, "role": "member", "password": FIRST_PASSWORD });
        owner.post("/users", &user).await.expect_status(201);
        self.settled(name, FIRST_PASSWORD).await
    }

    /// The API as somebody who has just logged in.
    pub async fn log_in(&self, name: &str, password: &str) -> Answer {
        let login = json!({ "name": name, "password": password });
        self.anonymous().post("/login", &login).await
    }

    async fn settled(&self, name: &str, first: &str) -> Api {
        let token = self.log_in(name, first).await.expect_status(200).text("/token");
        let api = self.anonymous().with_token(&token);
        let change = json!({ "current": first, "new": PASSWORD });
        api.post("/password", &change).await.expect_status(204);
        api
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl std::fmt::Debug for Plane {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Plane").field("address", &self.address).finish_non_exhaustive()
    }
}

fn serve<L>(app: &App, listener: L, stop: &CancellationToken)
where
    L: Listener<Addr = Peer>,
    Peer: for<'a> Connected<IncomingStream<'a, L>>,
{
    let state = AppState::new(app.clone(), Arc::new([ORIGIN.to_owned()]));
    let address = axum::middleware::from_fn_with_state(Networks::default(), client_address);
    let service = router(state).layer(address).into_make_service_with_connect_info::<Peer>();
    let stopped = stop.clone().cancelled_owned();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stopped);
    tokio::spawn(async move { serving.await });
}
