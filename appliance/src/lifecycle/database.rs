//! The site's database: the bundled Postgres or an external one, with the schema of this release.

use std::path::Path;
use std::time::Duration;

use atoll_postgres::{
    Account, Archive, ClusterError, ExternalError, Machine, Options, Phase, Programs, Role, Server,
    ServerError, Tuning, Unpacked, check_external,
};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::config::Config;
use crate::embed;
use crate::error::{Code, Outcome, Problem, codes};
use crate::site::Layout;

/// The bundled Postgres holds one database of ours.
const DATABASE: &str = "atoll";
/// A job that finds no connection for so long has met a fault, not a queue.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(30);
/// A URL with its options is a line.
const URL_BYTES_MAX: usize = 8 << 10;
/// A fast stop writes one checkpoint; a slow disk may take this long for it.
const STOP_GRACE: Duration = Duration::from_mins(1);

/// Which database a site uses.
#[derive(Debug)]
pub enum Storage {
    /// The Postgres in the data directory.
    Bundled(Box<Options>),
    /// Somebody else's, already judged fit.
    External(Box<PgConnectOptions>),
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    pool: PgPool,
    server: Option<Server>,
}

/// Finds out which database the site uses, and puts the bundled programs in place.
pub async fn storage(layout: &Layout, config: &Config) -> Outcome<Storage> {
    if !config.database.url_file.as_os_str().is_empty() {
        return external(&config.database.url_file).await;
    }
    let account = Account::current().map_err(|error| {
        Problem::new(&codes::database::START_FAILED, "cannot tell the user").because(&error)
    })?;
    let parent = layout.programs();
    let unpacking = tokio::task::spawn_blocking(move || programs(&parent));
    let programs = unpacking.await.map_err(|error| {
        Problem::new(&codes::INTERNAL, "unpacking Postgres was interrupted").because(&error)
    })??;
    Ok(Storage::Bundled(Box::new(Options {
        programs,
        data_dir: layout.postgres(),
        socket_dir: layout.run(),
        account,
        tuning: Tuning::for_machine(Machine::here()),
    })))
}

fn programs(parent: &Path) -> Outcome<Programs> {
    let embedded = embed::postgres().ok_or_else(|| {
        Problem::new(&codes::database::NOT_EMBEDDED, "this program carries no Postgres")
    })?;
    let archive = Archive { bytes: embedded.archive, sha256: embedded.sha256 };
    let (programs, unpacked) = Programs::unpack(archive, parent).map_err(|error| {
        let message = "cannot put the bundled Postgres in place";
        Problem::new(&codes::database::PROGRAMS_FAILED, message).because(&error)
    })?;
    match unpacked {
        Unpacked::Found | Unpacked::Fresh => {}
        Unpacked::Replaced => tracing::warn!(
            path = %programs.dir().display(),
            "the bundled Postgres had been changed on disk and was replaced",
        ),
    }
    Ok(programs)
}

async fn external(file: &Path) -> Outcome<Storage> {
    let read = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("cannot read the database URL from `{}`", file.display());
        Problem::new(&codes::database::EXTERNAL_UNFIT, message).because(&error)
    });
    let url = zeroize::Zeroizing::new(read?);
    if url.len() > URL_BYTES_MAX {
        let message = format!("`{}` is longer than any URL", file.display());
        return Err(Problem::new(&codes::database::EXTERNAL_UNFIT, message));
    }
    let external = check_external(url.trim()).await.map_err(|error| external_problem(&error))?;
    for warning in &external.warnings {
        tracing::warn!(%warning, "the external database is not durable");
    }
    Ok(Storage::External(Box::new(external.options)))
}

impl Storage {
    /// Opens the database and brings its schema to this release. `observer` hears how a start of
    /// the bundled server goes on.
    pub async fn open(
        &self,
        connections_max: u32,
        observer: &(dyn Fn(Phase) + Send + Sync),
    ) -> Outcome<Database> {
        let (server, options) = match self {
            Self::Bundled(options) => {
                let server = start(options, observer).await?;
                let connect = server.connect_options(Role::Appliance, DATABASE);
                (Some(server), connect)
            }
            Self::External(options) => (None, PgConnectOptions::clone(options)),
        };
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_LIMIT)
            .connect_with(options)
            .await
            .map_err(|error| {
                Problem::new(&codes::database::EXTERNAL_AWAY, "cannot connect to the database")
                    .because(&error)
            })?;
        migrate(&pool).await?;
        Ok(Database { pool, server })
    }

    /// Has the bundled server run again after it ended; the pool finds it by itself.
    pub(super) async fn restart(
        &self,
        observer: &(dyn Fn(Phase) + Send + Sync),
    ) -> Outcome<Option<Server>> {
        match self {
            Self::Bundled(options) => start(options, observer).await.map(Some),
            Self::External(_) => Ok(None),
        }
    }
}

async fn start(options: &Options, observer: &(dyn Fn(Phase) + Send + Sync)) -> Outcome<Server> {
    let server = Server::start(options, observer).await.map_err(|error| server_problem(&error))?;
    server.ensure_database(DATABASE).await.map_err(|error| server_problem(&error))?;
    Ok(server)
}

async fn migrate(pool: &PgPool) -> Outcome<()> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        let message = "cannot bring the schema to this release";
        Problem::new(&codes::database::MIGRATION_FAILED, message).because(error)
    };
    atoll_mirror::migrate(pool).await.map_err(|error| failed(&error))?;
    crate::db::migrate(pool).await.map_err(|error| failed(&error))
}

impl Database {
    /// Connections as the appliance.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Waits until the bundled server has ended by itself; for ever with an external one.
    pub(super) async fn ended(&self) {
        match &self.server {
            Some(server) => server.ended().await,
            None => std::future::pending().await,
        }
    }

    /// What the bundled server said last.
    pub(super) fn last_words(&self) -> String {
        self.server.as_ref().map(Server::last_words).unwrap_or_default()
    }

    /// Puts a restarted server in the place of one that ended.
    pub(super) fn replace(&mut self, server: Option<Server>) {
        self.server = server;
    }

    /// Gives back the connections and stops the bundled server.
    pub async fn close(self) -> Outcome<()> {
        // A connection that is not given back must not keep the server from stopping.
        drop(tokio::time::timeout(STOP_GRACE, self.pool.close()).await);
        match self.server {
            Some(server) => server.stop(STOP_GRACE).await.map_err(|error| server_problem(&error)),
            None => Ok(()),
        }
    }
}

fn server_problem(error: &ServerError) -> Problem {
    let code: &'static Code = match error {
        ServerError::Root => &codes::lifecycle::ROOT,
        ServerError::Cluster(error) => cluster_code(error),
        ServerError::NotDurable(_) => &codes::database::NOT_DURABLE,
        ServerError::Stop { .. } => &codes::database::STOP_FAILED,
        ServerError::SocketPath { .. }
        | ServerError::Access { .. }
        | ServerError::Leftover { .. }
        | ServerError::Ended { .. }
        | ServerError::Stalled { .. }
        | ServerError::Refused(_)
        | ServerError::Impostor { .. }
        | ServerError::Make { .. } => &codes::database::START_FAILED,
    };
    Problem::new(code, "cannot run the database").because(error)
}

fn cluster_code(error: &ClusterError) -> &'static Code {
    match error {
        ClusterError::Foreign { .. } => &codes::database::FOREIGN,
        ClusterError::Newer { .. } | ClusterError::Older { .. } => &codes::database::OTHER_VERSION,
        ClusterError::Owner { .. } => &codes::database::OTHER_OWNER,
        ClusterError::Access { .. } | ClusterError::Initdb { .. } => &codes::database::START_FAILED,
    }
}

fn external_problem(error: &ExternalError) -> Problem {
    let code = match error {
        ExternalError::Connect { .. }
        | ExternalError::Silent { .. }
        | ExternalError::Ask { .. } => &codes::database::EXTERNAL_AWAY,
        ExternalError::Url(_)
        | ExternalError::Tls { .. }
        | ExternalError::Version { .. }
        | ExternalError::ReadOnly { .. }
        | ExternalError::Encoding { .. }
        | ExternalError::Rights { .. } => &codes::database::EXTERNAL_UNFIT,
    };
    Problem::new(code, "cannot use the external database").because(error)
}
