//! The bundled Postgres: durable, private, and there again after every kind of crash.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll_postgres::{
    ClusterError, ExternalError, Options, Origin, Phase, Role, Server, ServerError, check_external,
    socket_path,
};
use atoll_tests::database::{eventually, fresh_database, server_dir, server_options};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection, PgPool};

const GRACE: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(30);

fn kill(pid: i32, signal: Signal) -> Result<()> {
    Ok(kill_process(Pid::from_raw(pid).context("a process")?, signal)?)
}

async fn start(options: &Options) -> Result<Server, ServerError> {
    Server::start(options, &|_| {}).await
}

async fn connect(server: &Server) -> Result<PgConnection> {
    let options = server.connect_options(Role::Superuser, "postgres");
    Ok(PgConnection::connect_with(&options).await?)
}

async fn setting(connection: &mut PgConnection, name: &str) -> Result<String> {
    let query = sqlx::query_scalar("select current_setting($1)").bind(name);
    Ok(query.fetch_one(connection).await?)
}

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() -> Result<()> {
    let (left, right) = (fresh_database().await, fresh_database().await);
    sqlx::raw_sql("create table only_here (a int)").execute(&left.pool).await?;
    let sql =
        "select to_regclass('only_here') is null and to_regclass('organizations') is not null";
    let apart: bool = sqlx::query_scalar(sql).fetch_one(&right.pool).await?;
    ensure!(apart, "the databases are one, or not migrated");
    let by_url = PgPool::connect(&right.url).await?;
    let name: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&by_url).await?;
    ensure!(name == right.name);
    Ok(())
}

#[tokio::test]
async fn a_server_is_durable_and_listens_on_its_socket_only() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let server = start(&options).await?;
    let mut connection = connect(&server).await?;
    let wanted = [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("wal_level", "replica"),
        ("archive_mode", "on"),
        ("summarize_wal", "on"),
        ("listen_addresses", ""),
        ("lc_collate", "C"),
    ];
    for (name, value) in wanted.iter().filter(|(name, _)| *name != "lc_collate") {
        let found = setting(&mut connection, name).await?;
        ensure!(found == *value, "`{name}` is `{found}`, not `{value}`");
    }
    let collate: String =
        sqlx::query_scalar("select datcollate::text from pg_database where datname = 'postgres'")
            .fetch_one(&mut connection)
            .await?;
    ensure!(collate == "C");
    ensure!(server.durability().settings.iter().any(|setting| setting.name == "fsync"));
    for path in [&options.data_dir, &options.socket_dir] {
        let meta = fs::metadata(path)?;
        ensure!(meta.permissions().mode().trailing_zeros() >= 6, "`{}` is open", path.display());
        ensure!(meta.uid() == options.account.uid);
    }
    let rules = fs::read_to_string(options.data_dir.join("pg_hba.conf"))?;
    let methods: Vec<_> = rules.lines().filter(|line| !line.starts_with('#')).collect();
    ensure!(methods.iter().all(|line| line.starts_with("local") && line.contains("peer")));
    drop(connection);
    Ok(server.stop(GRACE).await?)
}

#[tokio::test]
async fn neither_alter_system_nor_a_sites_file_turns_durability_off() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let server = start(&options).await?;
    let mut connection = connect(&server).await?;
    sqlx::raw_sql("alter system set fsync = off").execute(&mut connection).await?;
    drop(connection);
    fs::write(options.data_dir.join("local.conf"), "full_page_writes = off\nwork_mem = 7MB\n")?;
    fs::set_permissions(options.data_dir.join("local.conf"), fs::Permissions::from_mode(0o644))?;
    server.stop(GRACE).await?;
    let server = start(&options).await?;
    let mut connection = connect(&server).await?;
    ensure!(setting(&mut connection, "fsync").await? == "on");
    ensure!(setting(&mut connection, "full_page_writes").await? == "on");
    ensure!(setting(&mut connection, "work_mem").await? == "7MB");
    drop(connection);
    Ok(server.stop(GRACE).await?)
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9_and_recovery_is_reported() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let server = start(&options).await?;
    let mut connection = connect(&server).await?;
    sqlx::raw_sql("create table ledger (n bigint primary key, filler text)")
        .execute(&mut connection)
        .await?;
    let pid = server.pid();
    let mut acknowledged = 0_i64;
    // Ends when the server is killed under it.
    while sqlx::query("insert into ledger select $1, repeat('x', 100000)")
        .bind(acknowledged)
        .execute(&mut connection)
        .await
        .is_ok()
    {
        acknowledged += 1;
        if acknowledged == 200 {
            kill(pid, Signal::KILL)?;
        }
    }
    tokio::time::timeout(LIMIT, server.ended()).await?;
    let phases = Mutex::new(Vec::new());
    let observer = |phase| phases.lock().expect("one thread").push(phase);
    let server = Server::start(&options, &observer).await?;
    ensure!(server.origin() == Origin::Started && server.pid() != pid);
    let mut connection = connect(&server).await?;
    let kept: i64 =
        sqlx::query_scalar("select count(*) from ledger").fetch_one(&mut connection).await?;
    ensure!(kept >= acknowledged, "{acknowledged} were acknowledged, {kept} are left");
    let phases = phases.into_inner().expect("one thread");
    ensure!(phases.contains(&Phase::Starting), "{phases:?}");
    ensure!(matches!(phases.last(), Some(Phase::Ready { .. })), "{phases:?}");
    drop(connection);
    Ok(server.stop(GRACE).await?)
}

#[tokio::test]
async fn a_server_that_outlived_us_is_adopted() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let first = start(&options).await?;
    let pid = first.pid();
    drop(first);
    let second = start(&options).await?;
    ensure!(second.origin() == Origin::Adopted && second.pid() == pid);
    second.stop(GRACE).await?;
    let third = start(&options).await?;
    ensure!(third.origin() == Origin::Started && third.pid() != pid);
    Ok(third.stop(GRACE).await?)
}

#[tokio::test]
async fn a_server_that_is_on_its_way_down_is_awaited_and_started_again() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let first = start(&options).await?;
    let pid = first.pid();
    kill(pid, Signal::INT)?;
    let second = start(&options).await?;
    ensure!(second.pid() != pid && second.origin() == Origin::Started);
    Ok(second.stop(GRACE).await?)
}

#[tokio::test]
async fn a_stale_pid_file_with_a_living_number_does_not_stop_the_start() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let server = start(&options).await?;
    let file = options.data_dir.join("postmaster.pid");
    let text = fs::read_to_string(&file)?;
    server.stop(GRACE).await?;
    // As after a reboot: the number of the file belongs to something else by now.
    let mut sleeper = Command::new("/bin/sleep").arg("60").spawn()?;
    let (_, rest) = text.split_once('\n').context("has lines")?;
    fs::write(&file, format!("{}\n{rest}", sleeper.id()))?;
    std::os::unix::fs::chown(&file, Some(options.account.uid), Some(options.account.gid))?;
    let outcome = start(&options).await;
    sleeper.kill()?;
    sleeper.wait()?;
    let server = outcome?;
    ensure!(server.origin() == Origin::Started);
    Ok(server.stop(GRACE).await?)
}

#[tokio::test]
async fn a_half_made_data_directory_is_made_anew() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    // What a kill in the middle of `initdb` leaves: files, even a configuration, no catalog.
    let partial = dir.path().join("data.partial");
    fs::create_dir_all(partial.join("base"))?;
    fs::write(partial.join("postgresql.conf"), "# half\n")?;
    let server = start(&options).await?;
    ensure!(!partial.exists());
    Ok(server.stop(GRACE).await?)
}

#[tokio::test]
async fn a_foreign_data_directory_is_refused_and_left_as_it_is() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    fs::create_dir(&options.data_dir)?;
    fs::write(options.data_dir.join("PG_VERSION"), "18\n")?;
    fs::write(options.data_dir.join("precious"), "x")?;
    let error = start(&options).await.err().context("must refuse")?;
    ensure!(matches!(error, ServerError::Cluster(ClusterError::Foreign { .. })), "{error:?}");
    ensure!(fs::read_dir(&options.data_dir)?.count() == 2);
    ensure!(fs::read_dir(dir.path())?.count() == 1, "something was made beside it");
    Ok(())
}

#[tokio::test]
async fn a_server_without_fsync_is_not_adopted() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    start(&options).await?.stop(GRACE).await?;
    let careless = spawn_by_hand(&options, &["-c", "fsync=off"])?;
    let socket = socket_path(&options.socket_dir);
    eventually("the careless server listens", LIMIT, async || socket.exists()).await?;
    let error = start(&options).await.err().context("must refuse")?;
    stop_by_hand(careless, &options)?;
    ensure!(matches!(error, ServerError::NotDurable(_)), "{error:?}");
    ensure!(std::error::Error::source(&error).context("cause")?.to_string().contains("`fsync`"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    start(&options).await?.stop(GRACE).await?;
    let local = options.data_dir.join("local.conf");
    fs::write(&local, "work_mem = many\n")?;
    fs::set_permissions(&local, fs::Permissions::from_mode(0o644))?;
    let error = start(&options).await.err().context("must fail")?;
    ensure!(matches!(&error, ServerError::Ended { reason } if reason.contains("FATAL")), "{error}");
    fs::remove_file(&local)?;
    Ok(start(&options).await?.stop(GRACE).await?)
}

#[tokio::test]
async fn an_external_database_is_judged_before_it_is_used() -> Result<()> {
    let dir = server_dir()?;
    let options = server_options(dir.path())?;
    let server = start(&options).await?;
    server.ensure_database("theirs").await?;
    let host = options.socket_dir.to_string_lossy().replace('/', "%2F");
    let url = |user: &str, name: &str| format!("postgres://{user}@localhost/{name}?host={host}");
    let external = check_external(&url("atoll", "theirs")).await?;
    ensure!(external.version.starts_with("18") && external.warnings.is_empty());
    let error = check_external(&url("atoll", "postgres")).await.err().context("must refuse")?;
    ensure!(matches!(error, ExternalError::Rights { .. }), "{error:?}");
    let error = check_external("postgres://a:secret@127.0.0.1:1/x?sslmode=disable").await;
    let error = error.err().context("nobody is there")?;
    ensure!(matches!(error, ExternalError::Connect { .. }), "{error:?}");
    ensure!(!format!("{error:?}").contains("secret"));
    Ok(server.stop(GRACE).await?)
}

/// A server that our start did not configure, as somebody in a hurry would run it.
fn spawn_by_hand(options: &Options, extra: &[&str]) -> Result<std::process::Child> {
    let mut command = Command::new(options.programs.program("postgres"));
    command.arg("-D").arg(&options.data_dir).args(extra).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    if rustix::process::geteuid().is_root() {
        use std::os::unix::process::CommandExt as _;
        command.uid(options.account.uid).gid(options.account.gid);
    }
    Ok(command.spawn()?)
}

fn stop_by_hand(mut child: std::process::Child, options: &Options) -> Result<()> {
    kill(i32::try_from(child.id())?, Signal::INT)?;
    child.wait()?;
    ensure!(!Path::new(&options.data_dir).join("postmaster.pid").exists());
    Ok(())
}
