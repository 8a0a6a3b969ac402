//! One running server: started, or adopted from an earlier run of ours that was killed.
//!
//! Dropping a [`Server`] leaves it running: a crash of ours must not become a crash of the
//! database. The next start finds and adopts it; [`Server::stop`] ends it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::Signal;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::durability::{self, Durability, DurabilityError};
use crate::postmaster::{self, Found, PidFile, Process};
use crate::settings::{PORT, SOCKET_PATH_BYTES_MAX, postgresql_conf, socket_path};
use crate::start::{self, NoAnswer, Observer, Phase};
use crate::{Account, ClusterError, ClusterState, Programs, Tuning, cluster, embedded, log};

/// What a server is started from.
#[derive(Debug, Clone)]
pub struct Options {
    /// The programs.
    pub programs: Programs,
    /// The cluster's folder; its parent exists and the account may enter it.
    pub data_dir: PathBuf,
    /// The folder of the socket: short, see [`SOCKET_PATH_BYTES_MAX`].
    pub socket_dir: PathBuf,
    /// As whom the server runs; never root.
    pub account: Account,
    /// How much of the machine it may use.
    pub tuning: Tuning,
}

/// The database roles we connect as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything; for backups, upgrades and making databases.
    Superuser,
    /// The owner of the appliance's database.
    Appliance,
}

impl Role {
    pub(crate) const ALL: [Self; 2] = [Self::Superuser, Self::Appliance];

    /// The role's name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::Appliance => "atoll",
        }
    }
}

/// Where a running server came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// We started it.
    Started,
    /// It ran already.
    Adopted,
}

/// A server that answers and keeps its promises.
#[derive(Debug)]
pub struct Server {
    process: Process,
    origin: Origin,
    durability: Durability,
    socket_dir: PathBuf,
    data_dir: PathBuf,
}

/// A server cannot be started, asked or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Postgres refuses the superuser.
    #[error("Postgres does not run as root")]
    Root,
    /// The kernel's limit for socket paths.
    #[error("the socket path `{path}` has {bytes} bytes, more than {SOCKET_PATH_BYTES_MAX}")]
    SocketPath {
        /// The socket.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory")]
    Cluster(#[source] ClusterError),
    /// A file or process cannot be handled.
    #[error("cannot {act} `{path}`")]
    Access {
        /// What was to be done.
        act: &'static str,
        /// With what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Processes of an earlier server do not end.
    #[error("process {pid} of an earlier server over `{data_dir}` does not end")]
    Leftover {
        /// The first of them.
        pid: i32,
        /// The data directory.
        data_dir: PathBuf,
    },
    /// The server ended while starting.
    #[error("the database server ended while starting: {reason}")]
    Ended {
        /// What its log says.
        reason: String,
    },
    /// The server lives but does nothing.
    #[error("the database server, process {pid}, has done nothing for {seconds} s")]
    Stalled {
        /// Its process.
        pid: i32,
        /// For how long.
        seconds: u64,
    },
    /// The server refuses us.
    #[error("the database server refuses the connection")]
    Refused(#[source] sqlx::Error),
    /// What answers on the socket is not the server of the pid file.
    #[error("the server on `{socket}` is not the one of `{data_dir}`: {why}")]
    Impostor {
        /// The socket's folder.
        socket: PathBuf,
        /// The data directory.
        data_dir: PathBuf,
        /// What differs.
        why: String,
    },
    /// The server could lose data.
    #[error("the database server is not durable")]
    NotDurable(#[source] DurabilityError),
    /// A role or database cannot be made.
    #[error("cannot make `{object}`")]
    Make {
        /// The role or database.
        object: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The server does not end.
    #[error("the database server, process {pid}, does not end")]
    Stop {
        /// Its process.
        pid: i32,
    },
}

/// How long a server that was told to stop at once may take: it only has to kill its children.
const IMMEDIATE_LIMIT: Duration = Duration::from_secs(30);
/// The two start times are taken a moment apart.
const START_TIME_TOLERANCE_SECONDS: i64 = 5;

fn access(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ServerError + use<> {
    let path = path.to_owned();
    move |source| ServerError::Access { act, path, source }
}

impl Server {
    /// Has a server over the data directory: adopts the running one, or makes what is missing and
    /// starts. Returns when it answers and every durable setting is as it must be.
    ///
    /// `observer` hears of each phase, a recovery once a second.
    pub async fn start(
        options: &Options,
        observer: &(dyn Fn(Phase) + Send + Sync),
    ) -> Result<Self, ServerError> {
        let Options { programs, data_dir, socket_dir, account, tuning: _ } = options;
        check_request(account, socket_dir)?;
        let state = cluster::inspect(data_dir, programs.major(), account);
        if state.map_err(ServerError::Cluster)? == ClusterState::Absent {
            observer(Phase::Creating);
            cluster::create(programs, data_dir, account).await.map_err(ServerError::Cluster)?;
        }
        let found = postmaster::find(data_dir).map_err(access("look into", data_dir))?;
        match found {
            Found::Running(file) => match adopt(options, &file, observer).await {
                // It was on its way down, told to stop by a run that was killed meanwhile.
                Err(ServerError::Ended { .. }) => relaunch(options, observer).await,
                adopted => adopted,
            },
            Found::Stale => relaunch(options, observer).await,
            Found::Nothing => launch(options, observer).await,
        }
    }

    /// Adopts a running server without starting one; `None` when none runs.
    pub async fn adopt(options: &Options) -> Result<Option<Self>, ServerError> {
        let found = postmaster::find(&options.data_dir);
        match found.map_err(access("look into", &options.data_dir))? {
            Found::Running(file) => adopt(options, &file, &|_| {}).await.map(Some),
            Found::Nothing | Found::Stale => Ok(None),
        }
    }

    /// How to connect to a database as a role.
    pub fn connect_options(&self, role: Role, database: &str) -> PgConnectOptions {
        connect_options(&self.socket_dir, role, database)
    }

    /// Makes the appliance's role and a database that it owns, where they are missing.
    pub async fn ensure_database(&self, name: &str) -> Result<(), ServerError> {
        let failed = |object: &str| {
            let object = object.to_owned();
            move |source| ServerError::Make { object, source }
        };
        let options = self.connect_options(Role::Superuser, "postgres");
        let mut connection = PgConnection::connect_with(&options).await.map_err(failed(name))?;
        let role = Role::Appliance.name();
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
                .bind(role)
                .fetch_one(&mut connection)
                .await
                .map_err(failed(role))?;
        if !exists {
            let sql = AssertSqlSafe(format!("create role {} login", quoted(role)));
            sqlx::raw_sql(sql).execute(&mut connection).await.map_err(failed(role))?;
        }
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(name)
                .fetch_one(&mut connection)
                .await
                .map_err(failed(name))?;
        if !exists {
            let sql = format!("create database {} owner {}", quoted(name), quoted(role));
            let sql = AssertSqlSafe(sql);
            sqlx::raw_sql(sql).execute(&mut connection).await.map_err(failed(name))?;
        }
        connection.close().await.map_err(failed(name))
    }

    /// Where the server came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What was checked when it answered.
    pub fn durability(&self) -> &Durability {
        &self.durability
    }

    /// The server's process.
    pub fn pid(&self) -> i32 {
        self.process.pid()
    }

    /// Waits until the server has ended, for whatever reason.
    pub async fn ended(&self) {
        self.process.ended().await;
    }

    /// What the server's log says about its end.
    pub fn last_words(&self) -> String {
        log::reason(&self.data_dir, SystemTime::UNIX_EPOCH)
    }

    /// Stops the server: open transactions are rolled back, a checkpoint is written. After
    /// `grace` it is told to stop at once, which costs a recovery at the next start and no data.
    pub async fn stop(self, grace: Duration) -> Result<(), ServerError> {
        end(&self.process, grace).await
    }
}

/// Stops whatever server runs over a data directory, without connecting to it.
pub async fn stop_orphan(data_dir: &Path, grace: Duration) -> Result<(), ServerError> {
    let found = postmaster::find(data_dir).map_err(access("look into", data_dir))?;
    let Found::Running(file) = found else { return Ok(()) };
    let process = Process::open(file.pid).map_err(access("watch", data_dir))?;
    end(&process, grace).await
}

/// Asks a server to stop, then tells it to.
async fn end(process: &Process, grace: Duration) -> Result<(), ServerError> {
    let pid = process.pid();
    let path = PathBuf::from(format!("/proc/{pid}"));
    process.signal(Signal::INT).map_err(access("signal", &path))?;
    if tokio::time::timeout(grace, process.ended()).await.is_ok() {
        return Ok(());
    }
    process.signal(Signal::QUIT).map_err(access("signal", &path))?;
    let ended = tokio::time::timeout(IMMEDIATE_LIMIT, process.ended()).await;
    ended.map_err(|_| ServerError::Stop { pid })
}

/// A name in SQL text.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn connect_options(socket_dir: &Path, role: Role, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_dir)
        .port(PORT)
        .username(role.name())
        .database(database)
        .ssl_mode(PgSslMode::Disable)
        .application_name("atoll")
}

fn check_request(account: &Account, socket_dir: &Path) -> Result<(), ServerError> {
    if account.is_root() {
        return Err(ServerError::Root);
    }
    let path = socket_path(socket_dir);
    let bytes = path.as_os_str().len();
    if bytes > SOCKET_PATH_BYTES_MAX {
        return Err(ServerError::SocketPath { path, bytes });
    }
    Ok(())
}

/// Launches over the remains of a server that has ended: only when nothing of it runs any more is
/// its pid file no longer needed.
async fn relaunch(options: &Options, observer: Observer<'_>) -> Result<Server, ServerError> {
    let data_dir = &options.data_dir;
    let left = |pid| ServerError::Leftover { pid, data_dir: data_dir.clone() };
    start::leftovers_gone(data_dir, observer).await.map_err(left)?;
    postmaster::remove_stale(data_dir).map_err(access("clear", data_dir))?;
    launch(options, observer).await
}

/// Spawns the server with fresh configuration and waits for it.
async fn launch(options: &Options, observer: Observer<'_>) -> Result<Server, ServerError> {
    let Options { programs, data_dir, socket_dir, account, tuning } = options;
    let conf = postgresql_conf(tuning, socket_dir, programs.major());
    cluster::configure(data_dir, &conf, account).map_err(ServerError::Cluster)?;
    prepare_socket_dir(socket_dir, account)?;
    observer(Phase::Starting);
    let started = SystemTime::now();
    let mut command = embedded::postgres(programs, data_dir, socket_dir, account);
    let log = start_log(data_dir, account)?;
    let copy = log.try_clone().map_err(access("open", data_dir))?;
    // Not killed on drop: the server outlives us and is adopted.
    let child = command.stdout(log).stderr(copy).spawn();
    let mut child = child.map_err(access("run", &programs.program("postgres")))?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap_or_default();
    let process = Process::open(pid).map_err(access("watch", data_dir))?;
    // Reaps it when it ends while we live.
    tokio::spawn(async move { child.wait().await });
    let target = connect_options(socket_dir, Role::Superuser, "postgres");
    let answer = start::answer(&process, &target, observer).await;
    let mut connection = answer.map_err(|why| no_answer(why, &process, data_dir, started))?;
    match durability::verify(&mut connection, programs.major()).await {
        Ok(durability) => Ok(Server {
            process,
            origin: Origin::Started,
            durability,
            socket_dir: socket_dir.clone(),
            data_dir: data_dir.clone(),
        }),
        Err(error) => {
            // We started it, so we end it; nothing was served from it.
            process.signal(Signal::INT).map_err(access("signal", data_dir))?;
            drop(tokio::time::timeout(IMMEDIATE_LIMIT, process.ended()).await);
            Err(ServerError::NotDurable(error))
        }
    }
}

/// Takes over a running server after proving that it is the one of the pid file.
async fn adopt(
    options: &Options,
    file: &PidFile,
    observer: Observer<'_>,
) -> Result<Server, ServerError> {
    let data_dir = &options.data_dir;
    observer(Phase::Adopting { pid: file.pid });
    let process = Process::open(file.pid).map_err(access("watch", data_dir))?;
    let target = connect_options(&file.socket_dir, Role::Superuser, "postgres");
    let answer = start::answer(&process, &target, observer).await;
    let mut connection =
        answer.map_err(|why| no_answer(why, &process, data_dir, SystemTime::UNIX_EPOCH))?;
    prove(&mut connection, file, data_dir).await?;
    let durability = durability::verify(&mut connection, options.programs.major()).await;
    Ok(Server {
        process,
        origin: Origin::Adopted,
        durability: durability.map_err(ServerError::NotDurable)?,
        socket_dir: file.socket_dir.clone(),
        data_dir: data_dir.clone(),
    })
}

/// The server on the socket must have the data directory and the start time of the pid file.
async fn prove(
    connection: &mut PgConnection,
    file: &PidFile,
    data_dir: &Path,
) -> Result<(), ServerError> {
    let (served, started): (String, i64) = sqlx::query_as(
        "select current_setting('data_directory'),
                extract(epoch from pg_postmaster_start_time())::bigint",
    )
    .fetch_one(connection)
    .await
    .map_err(ServerError::Refused)?;
    let impostor = |why| ServerError::Impostor {
        socket: file.socket_dir.clone(),
        data_dir: data_dir.to_owned(),
        why,
    };
    if fs::canonicalize(&served).ok() != fs::canonicalize(data_dir).ok() {
        return Err(impostor(format!("it serves `{served}`")));
    }
    if (started - file.started_unix).abs() > START_TIME_TOLERANCE_SECONDS {
        let recorded = file.started_unix;
        return Err(impostor(format!("it started at {started}, the file says {recorded}")));
    }
    Ok(())
}

fn no_answer(
    why: NoAnswer,
    process: &Process,
    data_dir: &Path,
    started: SystemTime,
) -> ServerError {
    match why {
        NoAnswer::Ended => ServerError::Ended { reason: log::reason(data_dir, started) },
        NoAnswer::Stalled(still) => {
            ServerError::Stalled { pid: process.pid(), seconds: still.as_secs() }
        }
        NoAnswer::Refused(error) => ServerError::Refused(error),
    }
}

fn prepare_socket_dir(dir: &Path, account: &Account) -> Result<(), ServerError> {
    if !dir.exists() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(access("make", dir))?;
        account.own(dir).map_err(access("give away", dir))?;
    }
    Ok(())
}

fn start_log(data_dir: &Path, account: &Account) -> Result<fs::File, ServerError> {
    let path = data_dir.join(log::START_LOG);
    let mut open = OpenOptions::new();
    let file = open.write(true).create(true).truncate(true).mode(0o600).open(&path);
    let file = file.map_err(access("open", &path))?;
    account.own(&path).map_err(access("give away", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_a_long_socket_path_are_refused_before_anything_is_made() {
        let root = Account { name: "root".into(), uid: 0, gid: 0 };
        assert!(matches!(check_request(&root, Path::new("/s")), Err(ServerError::Root)));
        let account = Account { name: "a".into(), uid: 1, gid: 1 };
        let long = PathBuf::from(format!("/{}", "x".repeat(93)));
        assert_eq!(socket_path(&long).as_os_str().len(), SOCKET_PATH_BYTES_MAX + 1);
        let error = check_request(&account, &long).expect_err("refuses");
        assert!(matches!(error, ServerError::SocketPath { bytes: 108, .. }));
        let fits = PathBuf::from(format!("/{}", "x".repeat(92)));
        check_request(&account, &fits).expect("fits");
    }
}
