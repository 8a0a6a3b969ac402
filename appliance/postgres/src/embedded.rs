//! The one module that knows `postgresql_embedded`: its settings, and the command lines made
//! from them.
//!
//! The library's `Settings` is filled field by field, never from its default: the default
//! deletes the data directory on drop and makes two temporary folders. Its process handling
//! (`setup`, `start`, `stop`, `Drop`) is not used, because it puts `-F` (fsync off) on the
//! server's command line, gives up after a fixed time, and cannot run as another user.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;

use postgresql_commands::CommandBuilder as _;
use postgresql_commands::initdb::InitDbBuilder;
use postgresql_commands::postgres::PostgresBuilder;
use postgresql_embedded::{BOOTSTRAP_SUPERUSER, Settings, VersionReq};
use tokio::process::Command;

use crate::settings::{PORT, durable};
use crate::{Account, Programs};

/// Every field of the library's settings, each with the value that does no harm.
fn settings(programs: &Programs, data_dir: &Path, socket_dir: Option<&Path>) -> Settings {
    let pairs = durable(programs.major()).into_iter();
    Settings {
        releases_url: String::new(),
        version: VersionReq::STAR,
        trust_installation_dir: true,
        installation_dir: programs.dir().to_owned(),
        // Peer authentication: no password exists, so none can lie around.
        password_file: data_dir.join("no-password-exists"),
        password: String::new(),
        data_dir: data_dir.to_owned(),
        // The builder passes it as `-h`, which is `listen_addresses`: no network at all.
        host: String::new(),
        port: PORT,
        username: BOOTSTRAP_SUPERUSER.to_owned(),
        temporary: false,
        timeout: None,
        configuration: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
        socket_dir: socket_dir.map(Path::to_owned),
    }
}

/// `initdb` into a folder that does not hold a cluster yet.
pub(crate) fn initdb(programs: &Programs, data_dir: &Path, account: &Account) -> Command {
    let settings = settings(programs, data_dir, None);
    let builder = InitDbBuilder::from(&settings)
        .pgdata(&settings.data_dir)
        .auth_local("peer")
        .auth_host("reject")
        .encoding("UTF8")
        .locale("C")
        .data_checksums();
    prepared(builder.build_tokio(), account)
}

/// The server itself, in the foreground of a process group of its own.
pub(crate) fn postgres(
    programs: &Programs,
    data_dir: &Path,
    socket_dir: &Path,
    account: &Account,
) -> Command {
    let settings = settings(programs, data_dir, Some(socket_dir));
    let mut builder = PostgresBuilder::from(&settings).data_dir(&settings.data_dir);
    let configuration: HashMap<String, String> = settings.configuration.clone();
    for (name, value) in &configuration {
        builder = builder.runtime_param(name, value);
    }
    let mut command = prepared(builder.build_tokio(), account);
    // Ctrl-C at the terminal is for us: we stop the server after its last client.
    command.process_group(0);
    command
}

/// Nothing of our environment, no terminal, the right user, a folder every user may enter.
fn prepared(mut command: Command, account: &Account) -> Command {
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
    command.current_dir("/").stdin(Stdio::null());
    account.apply(&mut command);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(command: &Command) -> Vec<String> {
        command.as_std().get_args().map(|arg| arg.to_string_lossy().into_owned()).collect()
    }

    fn programs() -> (tempfile::TempDir, Programs) {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let server = dir.path().join("bin/postgres");
        std::fs::create_dir(dir.path().join("bin")).expect("makes");
        std::fs::write(&server, "#!/bin/sh\necho postgres '(PostgreSQL)' 18.6\n").expect("writes");
        std::fs::set_permissions(&server, PermissionsExt::from_mode(0o755)).expect("sets");
        let programs = Programs::at(dir.path()).expect("runs");
        (dir, programs)
    }

    #[test]
    fn the_server_never_gets_fsync_off_nor_an_address() {
        let (_dir, programs) = programs();
        let account = Account { name: "a".into(), uid: 1, gid: 1 };
        let command = postgres(&programs, Path::new("/d d"), Path::new("/s"), &account);
        let arguments = arguments(&command);
        assert!(!arguments.iter().any(|argument| argument == "-F"), "{arguments:?}");
        for wanted in ["fsync=on", "full_page_writes=on", "summarize_wal=on", "/d d"] {
            assert!(arguments.iter().any(|argument| argument == wanted), "{arguments:?}");
        }
        let host = arguments.iter().position(|argument| argument == "-h").expect("is given");
        assert_eq!(arguments[host + 1], "");
    }

    #[test]
    fn the_librarys_dangerous_defaults_are_overridden() {
        let (_dir, programs) = programs();
        let settings = settings(&programs, Path::new("/d"), None);
        assert!(!settings.temporary && settings.trust_installation_dir);
        assert_eq!(settings.timeout, None);
    }

    #[test]
    fn initdb_makes_checksums_and_the_c_locale() {
        let (_dir, programs) = programs();
        let account = Account { name: "a".into(), uid: 1, gid: 1 };
        let arguments = arguments(&initdb(&programs, Path::new("/d"), &account)).join(" ");
        for wanted in ["--data-checksums", "--locale C", "--auth-local peer", "--auth-host reject"]
        {
            assert!(arguments.contains(wanted), "{arguments}");
        }
        assert!(!arguments.contains("pwfile"));
    }
}
