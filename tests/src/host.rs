//! An operator's host: a folder for one site, a free port, and the program as operators run it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// An installation makes a database and a schema; other tests compile meanwhile.
const LIMIT: Duration = Duration::from_mins(2);
/// Between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A place for one site that is removed with everything in it.
#[derive(Debug)]
pub struct Host {
    dir: tempfile::TempDir,
    program: PathBuf,
    /// The port the site listens on.
    pub port: u16,
}

/// A served site; it is ended when this is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
}

impl Host {
    /// A fresh place for a site of this program.
    pub fn new(program: &str) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("atoll-host-").tempdir()?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self { dir, program: program.into(), port })
    }

    /// The folder around the site's own.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.path("data")
    }

    /// The program with a subcommand and this site's data directory.
    pub fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.dir.path());
        command.args(["-o", "json", subcommand, "--data-dir"]).arg(self.data_dir());
        command.stdin(Stdio::null());
        command
    }

    /// `atoll install` with what every test here wants: no service, a user that exists, one port.
    pub fn install(&self) -> Command {
        let mut command = self.command("install");
        command.args(["--no-service", "--user", "nobody"]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(["--url", &self.url()]);
        command
    }

    /// The site's base address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Starts the site and waits until it is ready.
    pub fn serve(&self) -> Result<Serving> {
        let log = File::options(&self.path("serve.log"))?;
        let child = self.command("serve").stdout(log.try_clone()?).stderr(log).spawn()?;
        let serving = Serving { child };
        self.ready()?;
        Ok(serving)
    }

    /// Waits until the site is ready.
    pub fn ready(&self) -> Result<()> {
        let log = self.path("serve.log");
        wait_for("the site to be ready", || Ok(self.readyz()? == 200))
            .with_context(|| fs::read_to_string(log).unwrap_or_default())
    }

    /// The status of `/readyz`; 0 while nobody listens.
    pub fn readyz(&self) -> Result<u16> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "5", "--output", "/dev/null"]);
        curl.args(["--write-out", "%{http_code}", "--cacert"]);
        curl.arg(self.data_dir().join("keys/ca.pem")).arg(format!("{}/readyz", self.url()));
        Ok(String::from_utf8(curl.output()?.stdout)?.trim().parse()?)
    }

    /// The number of the database's process.
    pub fn database(&self) -> Result<i32> {
        let text = fs::read_to_string(self.data_dir().join("postgres/postmaster.pid"))?;
        Ok(text.lines().next().context("a number")?.trim().parse()?)
    }
}

/// Nothing but a way to open a log.
struct File;

impl File {
    fn options(path: &Path) -> Result<fs::File> {
        Ok(fs::File::options().create(true).append(true).open(path)?)
    }
}

impl Serving {
    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends the site in order.
    pub fn stop(mut self) -> Result<()> {
        kill(i32::try_from(self.child.id())?, Signal::TERM)?;
        wait_for("the server to end", || Ok(self.child.try_wait()?.is_some()))
    }

    /// Kills the site as a crash would.
    pub fn crash(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // In order, so that its database ends too; what is left after that is killed.
            let pid = i32::try_from(self.child.id()).unwrap_or_default();
            let ended = kill(pid, Signal::TERM)
                .and_then(|()| wait_for("the end", || Ok(self.child.try_wait()?.is_some())));
            if ended.is_err() {
                drop(self.child.kill());
            }
        }
    }
}

/// Sends a signal.
pub fn kill(pid: i32, signal: Signal) -> Result<()> {
    Ok(kill_process(Pid::from_raw(pid).context("a process")?, signal)?)
}

/// Looks again until it is so.
#[expect(clippy::disallowed_methods, reason = "the pause between two looks, bounded by `LIMIT`")]
pub fn wait_for(what: &str, mut condition: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !condition()? {
        ensure!(started.elapsed() < LIMIT, "waited {LIMIT:?} for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// What a successful command printed.
pub fn answer(output: &Output) -> Result<Value> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The code, message and remedy of a command that was refused.
pub fn refusal(output: &Output) -> Result<Value> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success(), "it succeeded: {said}");
    let last = said.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(last).with_context(|| said.clone().into_owned())?;
    let error = value.get("error").cloned().context("an error")?;
    ensure!(
        error["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()),
        "no remedy: {error}"
    );
    Ok(error)
}
