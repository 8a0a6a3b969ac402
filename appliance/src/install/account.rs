//! The system user of a site, made with the host's own tools and taken away with them.

use std::path::{Path, PathBuf};
use std::process::Command;

use atoll_postgres::Account;

use super::{Made, Record};
use crate::error::{Outcome, Problem, codes};
use crate::site::Layout;

/// Where such tools lie; the `PATH` of a bare console may lack them.
const TOOL_DIRS: [&str; 4] = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
/// What a system user has for a shell.
const NO_SHELL: &str = "/usr/sbin/nologin";

fn failed(act: &str, name: &str, cause: impl Into<String>) -> Problem {
    let message = format!("cannot {act} the system user `{name}`");
    Problem::new(&codes::lifecycle::HOST_FAILED, message).because_of(cause)
}

/// The account of this name, if the host has it.
pub(super) fn find(name: &str) -> Outcome<Option<Account>> {
    Account::named(name).map_err(|error| failed("look for", name, error.to_string()))
}

/// Has the account: finds it, or makes it and records that.
pub(super) fn ensure(layout: &Layout, name: &str) -> Outcome<Account> {
    if let Some(account) = find(name)? {
        return Ok(account);
    }
    Record::note(layout, Made::User { name: name.to_owned() })?;
    let mut command = tool("useradd").ok_or_else(|| failed("make", name, "no `useradd`"))?;
    command.args(["--system", "--user-group", "--no-create-home", "--shell", NO_SHELL]);
    command.arg("--home-dir").arg(layout.root()).arg(name);
    run(command).map_err(|cause| failed("make", name, cause))?;
    find(name)?.ok_or_else(|| failed("make", name, "it is not in /etc/passwd afterwards"))
}

/// Removes a user that the installation made; one that is gone already is fine.
pub(crate) fn remove(name: &str) -> Outcome<()> {
    if find(name)?.is_none() {
        return Ok(());
    }
    let mut command = tool("userdel").ok_or_else(|| failed("remove", name, "no `userdel`"))?;
    command.arg(name);
    run(command).map_err(|cause| failed("remove", name, cause))
}

fn tool(name: &str) -> Option<Command> {
    let paths = TOOL_DIRS.iter().map(|dir| Path::new(dir).join(name));
    let path: PathBuf = paths.into_iter().find(|path| path.exists())?;
    let mut command = Command::new(path);
    command.env_clear().env("PATH", TOOL_DIRS.join(":")).env("LC_ALL", "C");
    Some(command)
}

fn run(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
