//! A server, an agent and a person, ready for a story.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll_wire::agent::{HostKey, Manifest};
use tempfile::TempDir;
use uuid::Uuid;

use super::plane::{Plane, Records, Token};
use super::process::{Agent, wait_until};

/// How long an agent may take to connect on a busy machine.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);

/// The token of the fixture's agent.
const TOKEN: &str = "the-token";

/// The agent's id.
const AGENT: Uuid = Uuid::from_u128(100);

/// A server, an agent and a person.
#[derive(Debug)]
pub struct Fixture {
    /// The server; a test may take it away and put another in its place.
    pub plane: Option<Plane>,
    /// The agent, if it was started.
    pub agent: Option<Agent>,
    /// What outlives servers.
    pub records: Arc<Mutex<Records>>,
    /// Where the server listens, whichever it is.
    pub address: SocketAddr,
    program: PathBuf,
    directory: TempDir,
}

/// A new SSH key pair: private and public, as OpenSSH writes them.
///
/// # Errors
/// When `ssh-keygen` fails.
pub fn host_key(directory: &Path) -> Result<(String, String)> {
    let file = directory.join(format!("key-{}", Uuid::now_v7()));
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&file)
        .status();
    ensure!(made.context("ssh-keygen")?.success(), "ssh-keygen failed");
    let public = std::fs::read_to_string(file.with_extension("pub"))?;
    Ok((std::fs::read_to_string(file)?, public.trim().to_owned()))
}

impl Fixture {
    /// A server with a connected agent. `program` is `atoll`; `change` may change what the agent
    /// is told.
    ///
    /// # Errors
    /// When any of it does not start.
    pub fn start(program: &str, change: impl FnOnce(&mut Records)) -> Result<Self> {
        let mut fixture = Self::without_agent(program, change)?;
        fixture.start_agent()?;
        Ok(fixture)
    }

    /// The same, without an agent yet.
    ///
    /// # Errors
    /// When the server does not start.
    pub fn without_agent(program: &str, change: impl FnOnce(&mut Records)) -> Result<Self> {
        let directory = TempDir::new()?;
        let (private, public) = host_key(directory.path())?;
        let manifest = Manifest {
            agent_id: AGENT,
            agent_name: "main".into(),
            workspace_name: "web".into(),
            owner_name: "ada".into(),
            host_key: HostKey(private),
            directory: None,
            environment: [("FROM_TEMPLATE".to_owned(), "yes".to_owned())].into(),
            startup: None,
            metadata: Vec::new(),
        };
        let mut records =
            Records { manifest: Some(manifest), host_key: public, ..Records::default() };
        records.tokens.insert(TOKEN.to_owned(), Token::Active(AGENT));
        change(&mut records);
        let records = Arc::new(Mutex::new(records));
        let plane = Plane::start(&records, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = plane.address;
        Ok(Self {
            plane: Some(plane),
            agent: None,
            records,
            address,
            program: program.into(),
            directory,
        })
    }

    /// Starts the agent and waits for it.
    ///
    /// # Errors
    /// When it does not connect.
    pub fn start_agent(&mut self) -> Result<()> {
        let url = format!("http://{}", self.address);
        self.agent = Some(Agent::start(&self.home(), &url, TOKEN, None)?);
        self.wait_for_agent()
    }

    /// Waits until the agent is connected.
    ///
    /// # Errors
    /// When it does not come.
    pub fn wait_for_agent(&self) -> Result<()> {
        let connected = || self.plane.as_ref().is_some_and(|plane| plane.hub.is_connected(AGENT));
        let waited = wait_until("the agent is connected", CONNECT_WITHIN, connected);
        waited.with_context(|| {
            std::fs::read_to_string(self.home().join("agent.log")).unwrap_or_default()
        })
    }

    /// Kills the server and starts another in its place.
    ///
    /// # Errors
    /// When the port is not free again.
    pub fn restart_server(&mut self) -> Result<()> {
        drop(self.plane.take());
        self.plane = Some(Plane::start(&self.records, self.address)?);
        Ok(())
    }

    /// What is recorded.
    pub fn records(&self) -> std::sync::MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The workspace's home directory.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("workspace")
    }

    /// The person's home directory.
    pub fn person(&self) -> PathBuf {
        self.directory.path().join("person")
    }

    /// `atoll`, as the person runs it.
    pub fn atoll(&self) -> Command {
        let mut command = Command::new(&self.program);
        self.at_home(&mut command);
        command
    }

    /// Another program of the person's that may run `atoll`.
    pub fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.at_home(&mut command);
        command
    }

    fn at_home(&self, command: &mut Command) {
        command.env("ATOLL_URL", format!("http://{}", self.address)).env("ATOLL_TOKEN", "any");
        command
            .env("HOME", self.person())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("SSH_AUTH_SOCK");
        command.stdin(Stdio::null());
    }

    /// Runs a command in the workspace through `atoll ssh`, with these bytes on its stdin.
    ///
    /// # Errors
    /// When `atoll` cannot be run.
    pub fn ssh(&self, command: &str, stdin: &[u8]) -> Result<Output> {
        let mut atoll = self.atoll();
        atoll.args(["ssh", "web", "--", command]);
        run_with(&mut atoll, stdin)
    }
}

/// Runs a command to its end, feeding its stdin while its output is read.
fn run_with(command: &mut Command, stdin: &[u8]) -> Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("start")?;
    let mut input = child.stdin.take().context("has a stdin")?;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that does not read its input to the end closes it early.
            drop(input.write_all(stdin));
        });
        Ok(child.wait_with_output()?)
    })
}
