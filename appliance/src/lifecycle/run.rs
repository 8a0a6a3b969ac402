//! `atoll serve`: from a data directory to a site that answers, until it is told to stop.

use std::time::{Duration, Instant};

use atoll_postgres::Phase;
use time::OffsetDateTime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::gate::Gate;
use super::listeners::Listeners;
use super::notify::Notify;
use super::parts::{self, Parts};
use super::{Database, Storage, certificates, storage, telemetry};
use crate::config::{Config, Layers, Server};
use crate::error::{Outcome, Problem, codes};
use crate::site::{Layout, Lock, State};
use crate::tls::ServerTls;

/// A database that ends more often than this within [`RESTART_WINDOW`] has a cause that starting
/// it again does not remove.
const RESTARTS_MAX: usize = 5;
const RESTART_WINDOW: Duration = Duration::from_mins(10);
/// How often the certificate's end is looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_hours(12);

/// What to serve.
#[derive(Debug)]
pub struct Serve {
    /// The site.
    pub layout: Layout,
    /// Values from the command line, above file and environment.
    pub flags: Vec<(String, String)>,
}

/// The configuration in force: file, environment, flags.
pub fn load_config(layout: &Layout, flags: Vec<(String, String)>) -> Outcome<Config> {
    let file = Some(layout.config()).filter(|path| path.exists());
    let variables = std::env::vars().filter(|(name, _)| name.starts_with("ATOLL_")).collect();
    Ok(Layers { file, variables, flags }.load()?.config)
}

/// Serves the site until a signal ends it. Never as root: see [`super::leave_root`].
pub async fn serve(serve: Serve) -> Outcome<()> {
    let Serve { layout, flags } = serve;
    State::site(&layout)?;
    let _lock = Lock::take(&layout)?;
    let config = load_config(&layout, flags)?;
    telemetry::start(&config.log);
    let mut signals = Signals::listen()?;
    make_run_directory(&layout)?;
    let identity = certificates::identity(&layout, &config.server, OffsetDateTime::now_utc())?;
    let tls = ServerTls::new(identity);
    let (gate, notify) = (Gate::new(), Notify::from_environment());
    let listeners = Listeners::open(&layout, &config.server, &tls, gate.router()).await?;
    tracing::info!(addresses = listeners.addresses().join(", "), "listening");
    let site = Site { layout, config, tls, gate, notify };
    let ended = site.live(&mut signals).await;
    site.notify.stopping();
    listeners.close().await;
    ended
}

/// Sockets lie in the data directory or, where its path is too long, under `/run`, which a reboot
/// empties.
fn make_run_directory(layout: &Layout) -> Outcome<()> {
    let run = layout.run();
    std::fs::create_dir_all(&run).map_err(|error| {
        let message = format!("cannot make `{}`", run.display());
        Problem::new(&codes::site::FILE_FAILED, message).because(&error)
    })
}

struct Site {
    layout: Layout,
    config: Config,
    tls: ServerTls,
    gate: Gate,
    notify: Notify,
}

/// Why serving goes on or ends.
enum Event {
    Stop,
    Reload,
    CertificateCheck,
    DatabaseEnded,
}

impl Site {
    /// Opens the database, serves, and closes it again.
    async fn live(&self, signals: &mut Signals) -> Outcome<()> {
        // A database that is still starting when we are told to stop is left to finish: the next
        // start adopts it.
        let (storage, mut database) = tokio::select! {
            opened = self.open() => opened?,
            () = signals.stop() => return Ok(()),
        };
        let parts = parts::build(&self.layout, &self.config, &database).await?;
        self.serve_ready(&parts, &database);
        let ended = self.watch(signals, &storage, &mut database, &parts).await;
        self.gate.stopping();
        parts.stop().await;
        database.close().await?;
        tracing::info!("stopped");
        ended
    }

    async fn open(&self) -> Outcome<(Storage, Database)> {
        let storage = storage(&self.layout, &self.config).await?;
        let observer = |phase| self.observe(&phase);
        let database = storage.open(self.config.database.connections_max, &observer).await?;
        Ok((storage, database))
    }

    fn serve_ready(&self, parts: &Parts, database: &Database) {
        self.gate.ready(parts.router.clone(), database.pool().clone());
        self.notify.ready();
        tracing::info!("ready");
    }

    async fn watch(
        &self,
        signals: &mut Signals,
        storage: &Storage,
        database: &mut Database,
        parts: &Parts,
    ) -> Outcome<()> {
        let mut restarts: Vec<Instant> = Vec::new();
        let mut check = tokio::time::interval(CERTIFICATE_CHECK);
        loop {
            let event = tokio::select! {
                event = signals.next() => event,
                () = database.ended() => Event::DatabaseEnded,
                _ = check.tick() => Event::CertificateCheck,
            };
            match event {
                Event::Stop => return Ok(()),
                Event::Reload => self.reload(&load_config(&self.layout, Vec::new())?.server),
                Event::CertificateCheck => self.reload(&self.config.server),
                Event::DatabaseEnded => {
                    self.revive(storage, database, &mut restarts).await?;
                    self.serve_ready(parts, database);
                }
            }
        }
    }

    /// Starts the database again; what it had acknowledged is there when it answers.
    async fn revive(
        &self,
        storage: &Storage,
        database: &mut Database,
        restarts: &mut Vec<Instant>,
    ) -> Outcome<()> {
        let last_words = database.last_words();
        tracing::error!(%last_words, "the database server ended; starting it again");
        self.gate.starting("recovering its database");
        restarts.retain(|at| at.elapsed() < RESTART_WINDOW);
        restarts.push(Instant::now());
        if restarts.len() > RESTARTS_MAX {
            let message = format!("the database ended {} times in a row", restarts.len());
            return Err(Problem::new(&codes::database::LOST, message).because_of(last_words));
        }
        let observer = |phase| self.observe(&phase);
        database.replace(storage.restart(&observer).await?);
        Ok(())
    }

    fn reload(&self, server: &Server) {
        match certificates::identity(&self.layout, server, OffsetDateTime::now_utc()) {
            Ok(identity) => self.tls.replace(identity),
            Err(problem) => {
                tracing::error!(cause = problem.cause(), "{problem}; the old one stays in use");
            }
        }
    }

    fn observe(&self, phase: &Phase) {
        let text = match phase {
            Phase::Creating => "making its database".to_owned(),
            Phase::Adopting { pid } => format!("taking over the database of process {pid}"),
            Phase::Clearing => "waiting for an earlier database to end".to_owned(),
            Phase::Starting => "starting its database".to_owned(),
            Phase::Recovering { elapsed, at } => {
                format!("recovering its database: {} s, at {at}", elapsed.as_secs())
            }
            Phase::Ready { elapsed } => {
                format!("bringing up its parts (database after {} ms)", elapsed.as_millis())
            }
        };
        tracing::info!("the site is {text}");
        self.notify.status(&text);
        self.gate.starting(&text);
    }
}

/// The signals a service is spoken to with.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Outcome<Self> {
        let on = |kind| {
            signal(kind).map_err(|error| {
                Problem::new(&codes::INTERNAL, "cannot listen for signals").because(&error)
            })
        };
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hangup: on(SignalKind::hangup())?,
        })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            _ = self.terminate.recv() => Event::Stop,
            _ = self.interrupt.recv() => Event::Stop,
            _ = self.hangup.recv() => Event::Reload,
        }
    }
}
