//! The agent as a process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::database::embed_dir;

/// The pause between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running agent; it ends when this is dropped.
#[derive(Debug)]
pub struct Agent {
    child: Child,
}

/// The static agent that `make embed` built.
///
/// # Errors
/// When it was not built.
pub fn agent_program() -> Result<PathBuf> {
    let program = embed_dir().join("atoll-agent");
    ensure!(program.exists(), "{} is missing: run `make embed`", program.display());
    Ok(program.canonicalize()?)
}

impl Agent {
    /// Starts the agent against these servers, with the token in a file of `home`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        home: &Path,
        urls: &str,
        token: &str,
        authority_pem: Option<&str>,
    ) -> Result<Self> {
        Self::spawn(&mut Self::command(&agent_program()?, home, urls, token, authority_pem)?)
    }

    /// The command that starts it, for a test that starts it in its own way.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn command(
        program: &Path,
        home: &Path,
        urls: &str,
        token: &str,
        authority_pem: Option<&str>,
    ) -> Result<Command> {
        std::fs::create_dir_all(home)?;
        let token_file = home.join("token");
        std::fs::write(&token_file, format!("{token}\n"))?;
        let mut command = Command::new(program);
        command.arg("run").env("HOME", home).env("ATOLL_AGENT_URL", urls);
        command.env("ATOLL_AGENT_TOKEN_FILE", token_file).env("ATOLL_AGENT_LOG", "debug");
        if let Some(pem) = authority_pem {
            let file = home.join("ca.pem");
            std::fs::write(&file, pem)?;
            command.env("ATOLL_AGENT_CA_FILE", file);
        }
        let log = std::fs::File::create(home.join("agent.log"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Ok(command)
    }

    /// Starts a command as the agent.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        Ok(Self { child: command.spawn().context("start the agent")? })
    }

    /// Its process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits for a condition; `what` names it in the failure.
///
/// # Errors
/// When it does not come true within `limit`.
pub fn wait_until(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + limit;
    while !condition() {
        if Instant::now() > deadline {
            bail!("{what}: not within {limit:?}");
        }
        std::thread::park_timeout(LOOK_EVERY);
    }
    Ok(())
}
