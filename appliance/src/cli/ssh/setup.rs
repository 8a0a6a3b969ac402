//! `atoll config-ssh`: lets stock `ssh`, `scp`, `rsync` and editors reach workspaces by name.

use std::path::PathBuf;

use atoll_wire::Workspace;
use serde::Serialize;

use super::setup_files::{self, Entry, Files};
use crate::cli::Console;
use crate::cli::console::Table;
use crate::client::{Connection, paths};
use crate::error::{Problem, codes};

/// Arguments of `atoll config-ssh`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  atoll config-ssh
  ssh web.atoll
  atoll config-ssh --dry-run

Run it again after a workspace was made: it writes the file anew.")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// OpenSSH's configuration; what is written lies beside it in `atoll/`
    #[arg(long, value_name = "FILE")]
    ssh_config: Option<PathBuf>,
    /// What workspaces are called: `ssh NAME.SUFFIX`
    #[arg(long, default_value = "atoll")]
    suffix: String,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    include: PathBuf,
    known_hosts: PathBuf,
    hosts: Vec<String>,
    /// Workspaces that never started and have no key yet.
    skipped: Vec<String>,
}

impl Table for Written {
    fn columns(&self) -> Vec<&'static str> {
        vec!["host"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.hosts.iter().map(|host| vec![host.clone()]).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let all: Vec<Workspace> = client.list(paths::WORKSPACES).await?;
        let me: atoll_wire::Whoami = client.get(paths::WHOAMI).await?;
        let files = self.files()?;
        let program = self.program()?;
        let entry = |workspace: &Workspace| {
            let own = workspace.owner == me.user.name;
            Entry::new(workspace, own, &self.suffix)
        };
        let (entries, skipped): (Vec<_>, Vec<_>) =
            all.iter().map(|workspace| entry(workspace).ok_or(workspace)).partition(Result::is_ok);
        let entries: Vec<Entry> = entries.into_iter().flatten().collect();
        let skipped: Vec<String> = skipped
            .into_iter()
            .filter_map(Result::err)
            .map(|workspace| workspace.name.clone())
            .collect();
        let include = setup_files::include(&entries, &program, &files);
        let known_hosts = setup_files::known_hosts(&entries);
        if self.dry_run {
            return console.text(&format!(
                "# {}\n{include}\n# {}\n{known_hosts}",
                files.include.display(),
                files.known_hosts.display()
            ));
        }
        files.write(&include, &known_hosts).map_err(|(path, error)| {
            Problem::new(&codes::ssh::SETUP_FAILED, format!("cannot write `{}`", path.display()))
                .because(&error)
        })?;
        if let Some(first) = entries.first() {
            console.note(&format!("now: ssh {}", first.host));
        }
        for name in &skipped {
            console.note(&format!("`{name}` has never been started and has no host key yet: start it and run this again"));
        }
        let hosts = entries.into_iter().map(|entry| entry.host).collect();
        console.data(&Written {
            include: files.include,
            known_hosts: files.known_hosts,
            hosts,
            skipped,
        })
    }

    fn files(&self) -> Result<Files, Problem> {
        let home = || std::env::home_dir().map(|home| home.join(".ssh").join("config"));
        let config = self.ssh_config.clone().or_else(home);
        let config = config.filter(|config| config.is_absolute());
        let unknown =
            || Problem::new(&codes::ssh::SETUP_FAILED, "there is no home directory to write to");
        Ok(Files::beside(config.ok_or_else(unknown)?))
    }

    /// How OpenSSH starts this program, with the site this command talked to.
    fn program(&self) -> anyhow::Result<Vec<String>> {
        let mut words = vec![
            std::env::current_exe()?.to_string_lossy().into_owned(),
            "ssh".to_owned(),
            "--stdio".to_owned(),
        ];
        if self.connection.local {
            words.extend([
                "--local".to_owned(),
                "--data-dir".to_owned(),
                self.connection.data_dir.display().to_string(),
            ]);
        } else if let Some(context) = self.connection.context.clone().or_else(current) {
            words.extend(["--context".to_owned(), context]);
        }
        Ok(words)
    }
}

/// The context that is current now: it may be another one when somebody types `ssh`.
fn current() -> Option<String> {
    Connection::contexts().ok()?.current
}
