//! The operator: installs, serves, watches, uninstalls.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::Atoll;
use crate::cluster::until;

/// Postgres has to recover first after a kill; a busy machine takes its time.
const HEALTHY_TIMEOUT: Duration = Duration::from_mins(2);
/// Ending waits for running requests and for Postgres's last checkpoint.
const END_TIMEOUT: Duration = Duration::from_mins(1);

/// What an installation is told.
#[derive(Debug, Clone)]
pub struct Install {
    /// The signed bundle.
    pub bundle: PathBuf,
    /// The administrator's kubeconfig.
    pub kubeconfig: PathBuf,
    /// What pods, nodes and laptops use.
    pub url: String,
    /// Where everything of the site goes.
    pub data_dir: PathBuf,
    /// The system user the site runs as; made when absent.
    pub user: String,
}

/// An installed site and its running process, if there is one.
#[derive(Debug)]
pub struct Site {
    atoll: Atoll,
    install: Install,
    /// What install printed.
    pub outcome: Value,
    process: Option<Child>,
    log: PathBuf,
}

impl Site {
    /// Installs, with one command and no prompt.
    ///
    /// # Errors
    /// Carries what install said.
    pub fn install(atoll: Atoll, install: Install, log: &Path) -> Result<Self> {
        let mut words: Vec<OsString> = vec!["install".into(), install.bundle.clone().into()];
        let mut option = |name: &str, value: OsString| words.extend([name.into(), value]);
        option("--kubeconfig", install.kubeconfig.clone().into());
        option("--url", install.url.clone().into());
        option("--data-dir", install.data_dir.clone().into());
        option("--user", install.user.clone().into());
        words.push("--no-service".into());
        let outcome = atoll.json(&words)?;
        Ok(Self { atoll, install, outcome, process: None, log: log.to_owned() })
    }

    /// What the site's operator runs.
    pub fn atoll(&self) -> &Atoll {
        &self.atoll
    }

    /// What the site was told.
    pub fn told(&self) -> &Install {
        &self.install
    }

    /// A text of what install printed.
    ///
    /// # Errors
    /// When it printed none under this name.
    pub fn printed(&self, name: &str) -> Result<&str> {
        let value = self.outcome.get(name).and_then(Value::as_str);
        value.with_context(|| format!("install printed no `{name}`: {}", self.outcome))
    }

    /// Starts `atoll serve` and waits until the site is healthy.
    ///
    /// # Errors
    /// Carries the end of its log.
    pub fn serve(&mut self) -> Result<()> {
        let log = fs::File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.atoll.command();
        command.arg("serve").arg("--data-dir").arg(&self.install.data_dir);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut child = command.spawn().context("start `atoll serve`")?;
        let healthy = until("the site to be healthy", HEALTHY_TIMEOUT, || {
            if let Some(status) = child.try_wait()? {
                bail!("`atoll serve` ended with {status}");
            }
            Ok(self.healthy().then_some(()))
        });
        self.process = Some(child);
        healthy.with_context(|| self.log_end())
    }

    /// Whether the site says so itself.
    pub fn healthy(&self) -> bool {
        let Ok(authority) = self.authority() else { return false };
        let mut command = self.curl();
        command.arg("--cacert").arg(authority);
        command.arg(format!("{}/readyz", self.install.url.trim_end_matches('/')));
        command.output().is_ok_and(|output| output.status.success())
    }

    /// The site's certificate authority, which every client is given.
    ///
    /// # Errors
    /// When install made none.
    pub fn authority(&self) -> Result<PathBuf> {
        let path = self.install.data_dir.join("keys/ca.pem");
        ensure!(path.is_file(), "no {}", path.display());
        Ok(path)
    }

    /// The number of the serving process.
    ///
    /// # Errors
    /// When it is not running.
    pub fn process(&self) -> Result<Pid> {
        let child = self.process.as_ref().context("the site is not running")?;
        Pid::from_raw(i32::try_from(child.id())?).context("a process has a number")
    }

    /// Kills the serving process as a crash would.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill(&mut self) -> Result<()> {
        kill_process(self.process()?, Signal::KILL)?;
        self.collect()
    }

    /// Ends the serving process in order.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn end(&mut self) -> Result<()> {
        if self.process.is_none() {
            return Ok(());
        }
        kill_process(self.process()?, Signal::TERM)?;
        self.collect()
    }

    /// Removes everything install made on this machine and in the cluster.
    ///
    /// # Errors
    /// Carries what uninstall said.
    pub fn purge(mut self) -> Result<()> {
        self.end()?;
        let folder = self.install.data_dir.clone();
        let words = ["uninstall", "--purge", "--yes", "--data-dir", &folder.to_string_lossy()];
        self.atoll.run(&words).map(drop)
    }

    /// The last lines the server wrote.
    pub fn log_end(&self) -> String {
        const LINES: usize = 20;
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LINES)..].join("\n");
        format!("the server's log ends:\n{end}")
    }

    fn collect(&mut self) -> Result<()> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        until("the site's process to end", END_TIMEOUT, || Ok(child.try_wait()?.map(drop)))
    }

    /// curl in the place of the operator, since the page is for any client.
    fn curl(&self) -> Command {
        let mut command = self.atoll.command_of("curl".as_ref());
        command.args(["--silent", "--fail", "--max-time", "5"]);
        command
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(child) = &mut self.process {
            // What cannot be ended in order here is ended with the cluster's namespaces.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
