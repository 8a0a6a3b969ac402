//! The files `atoll config-ssh` writes, and the one line it adds to the person's own.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use atoll_wire::Workspace;

use crate::site::{Mode, write_durably};

/// Where the files lie.
#[derive(Debug)]
pub(super) struct Files {
    /// The person's own configuration, which gets one `Include` line.
    pub(super) config: PathBuf,
    /// The hosts.
    pub(super) include: PathBuf,
    /// Their keys.
    pub(super) known_hosts: PathBuf,
}

/// One workspace as a host.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What is typed after `ssh`.
    pub(super) host: String,
    /// What is typed after `atoll ssh`.
    workspace: String,
    /// The name under which the key is kept: it is the workspace's, whatever it is called.
    alias: String,
    key: String,
    user: String,
}

impl Entry {
    /// `None` if the workspace has no host key yet.
    pub(super) fn new(workspace: &Workspace, own: bool, suffix: &str) -> Option<Self> {
        let key = workspace.host_key.clone()?;
        let (name, owner) = (&workspace.name, &workspace.owner);
        let host =
            if own { format!("{name}.{suffix}") } else { format!("{name}.{owner}.{suffix}") };
        let alias = format!("atoll-{}", workspace.id);
        Some(Self {
            host,
            workspace: format!("{owner}/{name}"),
            alias,
            key: key.trim().to_owned(),
            user: owner.clone(),
        })
    }
}

impl Files {
    /// In `atoll/` beside the person's configuration.
    pub(super) fn beside(config: PathBuf) -> Self {
        let directory = config.parent().unwrap_or(Path::new("/")).join("atoll");
        Self {
            config,
            include: directory.join("config"),
            known_hosts: directory.join("known_hosts"),
        }
    }

    /// Writes both files, and the line that includes them unless it is there.
    pub(super) fn write(
        &self,
        include: &str,
        known_hosts: &str,
    ) -> Result<(), (PathBuf, io::Error)> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| (path, error)
        };
        for path in [&self.config, &self.include] {
            let directory = path.parent().unwrap_or(Path::new("/"));
            make_private(directory).map_err(at(directory))?;
        }
        write_durably(&self.known_hosts, known_hosts.as_bytes(), Mode::Secret)
            .map_err(|error| (self.known_hosts.clone(), io::Error::other(error)))?;
        write_durably(&self.include, include.as_bytes(), Mode::Secret)
            .map_err(|error| (self.include.clone(), io::Error::other(error)))?;
        let own = match std::fs::read_to_string(&self.config) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.map_err(at(&self.config))?,
        };
        match with_include(&own, &self.include) {
            Some(text) => write_durably(&self.config, text.as_bytes(), Mode::Secret)
                .map_err(|error| (self.config.clone(), io::Error::other(error))),
            None => Ok(()),
        }
    }
}

/// OpenSSH refuses what others may write.
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// The configuration with the include line, or `None` if it has it. The line goes first: behind a
/// `Host` it would only count for that host.
fn with_include(own: &str, include: &Path) -> Option<String> {
    let line = format!("Include \"{}\"", include.display());
    if own.lines().any(|known| known.trim() == line) {
        return None;
    }
    Some(format!("# Workspaces, by `atoll config-ssh`.\n{line}\n\n{own}"))
}

/// The hosts.
pub(super) fn include(entries: &[Entry], program: &[String], files: &Files) -> String {
    let mut text =
        "# Written by `atoll config-ssh`, which writes it anew: do not edit.\n".to_owned();
    let program = program.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    for Entry { host, workspace, alias, key: _, user } in entries {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nHost {host}\n    HostKeyAlias {alias}\n    User {user}\n    ProxyCommand {program} {workspace}\n    \
             UserKnownHostsFile \"{}\"\n    StrictHostKeyChecking yes\n    UpdateHostKeys no\n    \
             CheckHostIP no\n    ConnectTimeout 90\n    ServerAliveInterval 30\n",
            files.known_hosts.display()
        );
    }
    text
}

/// The keys.
pub(super) fn known_hosts(entries: &[Entry]) -> String {
    entries.iter().fold(String::new(), |text, entry| text + &entry.alias + " " + &entry.key + "\n")
}

/// A word for the shell that OpenSSH gives the command to, with OpenSSH's own `%` doubled.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    let word = word.replace('%', "%%");
    if word.chars().all(plain) && !word.is_empty() {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            host: "web.atoll".into(),
            workspace: "ada/web".into(),
            alias: "atoll-1".into(),
            key: "ssh-ed25519 AAAA".into(),
            user: "ada".into(),
        }
    }

    #[test]
    fn a_program_with_spaces_and_percent_signs_reaches_the_shell_whole() {
        let files = Files::beside("/home/ada/.ssh/config".into());
        let program = ["/opt/my tools/100%/atoll", "ssh", "--stdio"].map(str::to_owned);
        let text = include(&[entry()], &program, &files);
        assert!(
            text.contains("ProxyCommand '/opt/my tools/100%%/atoll' ssh --stdio ada/web\n"),
            "{text}"
        );
        assert!(
            text.contains("UserKnownHostsFile \"/home/ada/.ssh/atoll/known_hosts\"\n"),
            "{text}"
        );
        assert_eq!(known_hosts(&[entry()]), "atoll-1 ssh-ed25519 AAAA\n");
    }

    #[test]
    fn the_include_line_is_added_once_and_first() {
        let include = Path::new("/home/ada/.ssh/atoll/config");
        let once =
            with_include("Host *\n    Compression yes\n", include).expect("is not there yet");
        assert!(once.ends_with("\nHost *\n    Compression yes\n"));
        assert!(once.lines().nth(1).is_some_and(|line| line.starts_with("Include ")));
        assert_eq!(with_include(&once, include), None);
    }
}
