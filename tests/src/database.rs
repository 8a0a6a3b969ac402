//! One real Postgres for a test run, and a migrated database of its own for each test.
//!
//! The server is started by `atoll-postgres` from the archive that ships, as an unprivileged
//! user. A small shell waits on a pipe from this process: when the process ends, however it ends,
//! the pipe closes and the shell stops the server and removes its files. What even that leaves
//! behind (a killed shell, a lost machine) is cleaned by the next run.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use atoll_postgres::{Account, Archive, Machine, Options, Programs, Role, Server, Tuning};
use rustix::fs::{FlockOperation, flock};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The database every other is cloned from.
const TEMPLATE: &str = "atoll_template";
/// Several tests run at once under the server's 100 connections.
const POOL_CONNECTIONS_MAX: u32 = 8;
/// A server with nothing to write stops in a tenth of this.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// Memory for the test server: it shares the machine with compilers.
const MEMORY_BYTES: u64 = 2 << 30;

/// A migrated database that no other test sees.
#[derive(Debug, Clone)]
pub struct Database {
    /// Connections as the appliance's own role.
    pub pool: PgPool,
    /// The same as options, for a process or a pool of the test's own.
    pub options: PgConnectOptions,
    /// The same as a URL.
    pub url: String,
    /// The database's name.
    pub name: String,
}

/// The server of this process.
#[derive(Debug)]
struct Running {
    server: Server,
    socket_dir: PathBuf,
}

static RUNNING: OnceCell<Running> = OnceCell::const_new();
/// The shell that cleans up; it lives as long as its standard input is open here.
static CLEANER: Mutex<Option<Child>> = Mutex::new(None);

/// A database of its own for the calling test, cloned from the migrated template.
///
/// # Panics
///
/// When no Postgres can be started: then no test that needs one can say anything.
pub async fn fresh_database() -> Database {
    try_fresh_database().await.expect("a Postgres for the tests: see the cause")
}

async fn try_fresh_database() -> anyhow::Result<Database> {
    let running = RUNNING.get_or_try_init(start).await?;
    let name = format!("test_{}", Uuid::now_v7().simple());
    let admin = running.server.connect_options(Role::Superuser, "postgres");
    let mut admin = PgConnection::connect_with(&admin).await?;
    let sql = format!("create database {name} template {TEMPLATE} owner atoll");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await?;
    admin.close().await?;
    let options = running.server.connect_options(Role::Appliance, &name);
    let pool = PgPoolOptions::new().max_connections(POOL_CONNECTIONS_MAX);
    let pool = pool.connect_with(options.clone()).await?;
    let host = running.socket_dir.to_string_lossy().replace('/', "%2F");
    let url = format!("postgres://atoll@localhost/{name}?host={host}");
    Ok(Database { pool, options, url, name })
}

/// The folder with `postgres.tar.zst`, `postgres.sha256` and `atoll-agent`.
pub fn embed_dir() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/embed");
    std::env::var_os("ATOLL_EMBED_DIR").map_or_else(default, PathBuf::from)
}

/// The account test servers run as: this process's own, or `nobody` under root.
pub fn account() -> anyhow::Result<Account> {
    let account = Account::current()?;
    if !account.is_root() {
        return Ok(account);
    }
    Account::named("nobody")?.context("no account `nobody` to run Postgres as")
}

/// The Postgres that ships, unpacked once for all test runs on this machine.
pub fn programs() -> anyhow::Result<Programs> {
    let dir = base_dir()?.join("programs");
    fs::create_dir_all(&dir)?;
    let lock = File::create(dir.join("lock"))?;
    flock(&lock, FlockOperation::LockExclusive)?;
    let embed = embed_dir();
    let path = embed.join("postgres.tar.zst");
    let wanted = || format!("no `{}`: run `make vendor`", path.display());
    let bytes = fs::read(&path).with_context(wanted)?;
    let sha256 = fs::read_to_string(embed.join("postgres.sha256"))?;
    let (programs, _) = Programs::unpack(Archive { bytes: &bytes, sha256: &sha256 }, &dir)?;
    Ok(programs)
}

/// What a server in a folder of the test's own is started from.
pub fn server_options(dir: &Path) -> anyhow::Result<Options> {
    let machine = Machine { memory_bytes: MEMORY_BYTES, cpus: 2 };
    Ok(Options {
        programs: programs()?,
        data_dir: dir.join("data"),
        socket_dir: dir.join("run"),
        account: account()?,
        tuning: Tuning::for_machine(machine),
    })
}

/// A short folder that the server's account may enter, locked while this process lives.
fn base_dir() -> anyhow::Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("atoll-test-{}", account()?.uid));
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

async fn start() -> anyhow::Result<Running> {
    let base = base_dir()?;
    clean_leftovers(&base).await?;
    let dir = base.join(format!("pg-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let lock = File::create(dir.join("lock"))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    let options = server_options(&dir)?;
    let server = Server::start(&options, &|_| {}).await?;
    *CLEANER.lock().expect("nobody panics while holding it") = Some(cleaner(&server, &dir, lock)?);
    server.ensure_database(TEMPLATE).await?;
    let pool = PgPool::connect_with(server.connect_options(Role::Appliance, TEMPLATE)).await?;
    migrate(&pool).await?;
    pool.close().await;
    Ok(Running { server, socket_dir: options.socket_dir })
}

/// Brings the template to the newest schema, the mirror's tables first.
async fn migrate(pool: &PgPool) -> anyhow::Result<()> {
    atoll_mirror::migrate(pool).await?;
    atoll::db::migrate(pool).await?;
    Ok(())
}

/// Waits for the end of its standard input, then stops the server and removes the folder.
///
/// It inherits the lock, so that the next run leaves the folder alone until it is done.
fn cleaner(server: &Server, dir: &Path, lock: File) -> io::Result<Child> {
    let script =
        r#"read -r _; kill -INT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2""#;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, "sh", &server.pid().to_string()]).arg(dir);
    command.stdin(Stdio::piped()).stdout(lock).stderr(Stdio::null()).process_group(0);
    command.spawn()
}

/// Stops and removes what runs left behind that could not clean up.
async fn clean_leftovers(base: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(base)?.flatten() {
        if !entry.file_name().to_string_lossy().starts_with("pg-") {
            continue;
        }
        let dir = entry.path();
        // Somebody else may be cleaning at the same time; what vanishes is no concern of ours.
        let Ok(lock) = File::open(dir.join("lock")) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        if let Some(server) = Server::adopt(&server_options(&dir)?).await? {
            server.stop(STOP_GRACE).await?;
        }
        fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

/// A folder for a server of the test's own, which the server's account may enter.
pub fn server_dir() -> anyhow::Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::Builder::new().prefix("atoll-pg-").tempdir()?;
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
    Ok(dir)
}

/// Asks again until it is true; a condition and a deadline, never a fixed wait.
pub async fn eventually<F: Future<Output = bool>>(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> F,
) -> anyhow::Result<()> {
    /// Short beside anything worth waiting for.
    const POLL: Duration = Duration::from_millis(20);
    let started = Instant::now();
    while !condition().await {
        ensure!(started.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}
