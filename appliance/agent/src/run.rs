//! The agent's life: dial, serve, and dial again for ever.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use atoll_wire::agent::Phase;
use tokio::signal::unix::{SignalKind, signal};

use crate::backoff::Backoff;
use crate::config::Config;
use crate::link::{self, LinkError};
use crate::place::Place;
use crate::users::User;
use crate::{metadata, startup};

/// A connection that lived this long was a good one: the next attempt starts without a wait.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Time to tell the server that the agent ends.
const GOODBYE_WITHIN: Duration = Duration::from_millis(300);

/// Runs until told to end.
pub(crate) fn run(config: Config) -> io::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(live(config));
    // Blocking reads of files need not be waited for.
    runtime.shutdown_background();
    result
}

async fn live(config: Config) -> io::Result<()> {
    let variable = |name: &str| std::env::var(name).ok();
    let user = User::current(variable("HOME").as_deref(), variable("SHELL").as_deref());
    let place = Arc::new(Place::new(user, random_id()));
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::spawn(startup::run(place.clone()));
    tokio::spawn(metadata::run(place.clone()));
    tokio::select! {
        () = connect_for_ever(&config, &place) => {}
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    tracing::info!("told to end");
    place.reports.phase(Phase::ShuttingDown, None);
    tokio::time::sleep(GOODBYE_WITHIN).await;
    Ok(())
}

async fn connect_for_ever(config: &Config, place: &Arc<Place>) {
    let mut backoff = Backoff::new();
    // For ever is the promise: a workspace outlives any absence of its server.
    for server in config.servers.iter().cycle() {
        let started = Instant::now();
        let reason = match link::dial(config, server).await {
            Ok(socket) => {
                tracing::info!(server = %server.authority, "connected");
                link::serve(socket, place).await
            }
            Err(error) => error,
        };
        if started.elapsed() > GOOD_AFTER && !matches!(reason, LinkError::Connect { .. }) {
            backoff.reset();
        }
        let wait = backoff.next(rand::random());
        tracing::warn!(server = %server.authority, retry_in_ms = wait.as_millis(), "not connected: {}", reason.chain());
        tokio::time::sleep(wait).await;
    }
}

fn random_id() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}
