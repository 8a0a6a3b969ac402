//! What the server is told: the durable settings on its command line, the rest in files that are
//! written afresh at every start.
//!
//! A site's own wishes go into `local.conf` in the data directory, which is read last; the
//! command line still wins over it and over `ALTER SYSTEM`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::{Account, Role, Tuning};

/// The kernel's limit for the path of a Unix socket, without the final zero.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// Names the socket file only: nothing listens on a network.
pub(crate) const PORT: u16 = 5432;

/// The socket file a server makes in this folder.
pub fn socket_path(socket_dir: &Path) -> PathBuf {
    socket_dir.join(format!(".s.PGSQL.{PORT}"))
}

/// The settings without which a crash can lose what was acknowledged, or a backup be impossible.
///
/// `wal_level`, `archive_mode` and `summarize_wal` need a restart to change, so they are on from
/// the first start; `summarize_wal` exists from version 17.
pub(crate) fn durable(major: u32) -> Vec<(&'static str, &'static str)> {
    let mut settings = vec![
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("wal_level", "replica"),
        ("archive_mode", "on"),
    ];
    if major >= 17 {
        settings.push(("summarize_wal", "on"));
    }
    settings
}

/// The main configuration file.
pub(crate) fn postgresql_conf(tuning: &Tuning, socket_dir: &Path, major: u32) -> String {
    let mut lines = vec![
        "# Written by Atoll at every start: put your own settings into local.conf beside this."
            .to_owned(),
        "listen_addresses = ''".into(),
        format!("port = {PORT}"),
        format!("unix_socket_directories = {}", quoted(&socket_dir.to_string_lossy())),
        "unix_socket_permissions = 0700".into(),
        format!("max_connections = {}", tuning.connections_max),
        format!("shared_buffers = {}MB", tuning.shared_buffers_mib),
        format!("effective_cache_size = {}MB", tuning.effective_cache_mib),
        format!("maintenance_work_mem = {}MB", tuning.maintenance_mib),
        format!("work_mem = {}MB", tuning.work_mib),
        format!("max_wal_size = {}MB", tuning.wal_mib_max),
        format!("max_parallel_workers = {}", tuning.parallel_workers_max),
        // Until a backup is configured every segment is let go: without a command they pile up.
        "archive_command = 'true'".into(),
        "password_encryption = 'scram-sha-256'".into(),
        "cluster_name = 'atoll'".into(),
        "timezone = 'UTC'".into(),
        "log_timezone = 'UTC'".into(),
        "lc_messages = 'C'".into(),
        "logging_collector = on".into(),
        "log_directory = 'log'".into(),
        // One file a weekday, overwritten a week later.
        "log_filename = 'postgresql-%a.log'".into(),
        "log_truncate_on_rotation = on".into(),
        "log_rotation_age = '1d'".into(),
        "log_rotation_size = 0".into(),
        "log_file_mode = 0600".into(),
        "log_line_prefix = '%m [%p] '".into(),
        // A forgotten transaction keeps old rows from being cleaned up.
        "idle_in_transaction_session_timeout = '10min'".into(),
        "jit = off".into(),
    ];
    if major >= 15 {
        lines.push("log_startup_progress_interval = '1s'".into());
    }
    lines.push("include_if_exists = 'local.conf'".into());
    lines.join("\n") + "\n"
}

/// Who may connect: only the operating system's word counts, only over the socket.
pub(crate) const PG_HBA: &str = "\
# Written by Atoll at every start.
# TYPE  DATABASE     USER  METHOD
local   all          all   peer map=atoll
local   replication  all   peer map=atoll
";

/// The account that runs the server, and root, may take every role of ours.
pub(crate) fn pg_ident(account: &Account) -> String {
    let mut text = "# Written by Atoll at every start.\n# MAP  SYSTEM-USER  ROLE\n".to_owned();
    for system_user in [account.name.as_str(), "root"] {
        for role in Role::ALL {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "atoll  {}  {}", ident(system_user), role.name());
        }
    }
    text
}

/// A value for `postgresql.conf`.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

/// A word for `pg_ident.conf`.
fn ident(word: &str) -> String {
    format!("\"{}\"", word.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;

    #[test]
    fn a_folder_with_a_space_and_a_quote_survives_the_file() {
        let tuning = Tuning::for_machine(Machine { memory_bytes: 1 << 30, cpus: 1 });
        let text = postgresql_conf(&tuning, Path::new("/run/a b/it's"), 18);
        assert!(text.contains("unix_socket_directories = '/run/a b/it''s'"));
        assert!(text.contains("listen_addresses = ''"));
    }

    #[test]
    fn only_root_and_the_account_are_mapped() {
        let account = Account { name: "atoll".into(), uid: 1, gid: 1 };
        let text = pg_ident(&account);
        assert!(text.contains("atoll  \"atoll\"  postgres\n"));
        assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 4);
    }

    #[test]
    fn summarize_wal_is_asked_of_the_versions_that_have_it() {
        assert!(!durable(16).iter().any(|(name, _)| *name == "summarize_wal"));
        assert!(durable(18).contains(&("summarize_wal", "on")));
    }
}
