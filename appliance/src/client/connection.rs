//! From flags, variables and contexts to a client.

use std::path::PathBuf;

use url::Url;

use super::{Client, Context, Contexts};
use crate::egress::{self, Trust};
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;
use crate::site::Layout;

/// Where the server is.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// On this machine.
    Local(PathBuf),
    /// At this base address, with this trust.
    Remote(Url, Trust),
}

/// What decides which site a command talks to; strongest first: `--local`, `ATOLL_URL`, a named or
/// current context, and last the site on this machine.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Connection {
    /// The site to talk to, by the name `atoll login` gave it
    #[arg(long, global = true, env = "ATOLL_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
    /// Talk to the site on this machine, as the user of this process
    #[arg(long, global = true, conflicts_with = "context")]
    pub local: bool,
    /// The data directory of the site on this machine
    #[arg(long, global = true, env = "ATOLL_DATA_DIR", default_value = crate::DATA_DIR_DEFAULT, value_name = "DIR")]
    pub data_dir: PathBuf,
}

impl Connection {
    /// The layout of the site on this machine.
    pub fn layout(&self) -> Layout {
        Layout::new(&self.data_dir)
    }

    /// The contexts of the person at the terminal.
    pub fn contexts() -> Outcome<Contexts> {
        let path = Contexts::default_path(|name| std::env::var(name).ok());
        let path = path.ok_or_else(|| {
            Problem::new(
                &codes::client::CONTEXTS_FAILED,
                "neither `HOME` nor `XDG_CONFIG_HOME` is set",
            )
        })?;
        Contexts::load(&path)
    }

    /// A client for the site that is meant.
    pub fn client(&self) -> Outcome<Client> {
        if self.local {
            return Client::new(Endpoint::Local(self.layout().socket()), None);
        }
        if let Some(client) = from_variables()? {
            return Ok(client);
        }
        let contexts = Self::contexts()?;
        if let Some((_, context)) = contexts.select(self.context.as_deref())? {
            return Client::for_context(context);
        }
        let socket = self.layout().socket();
        if socket.exists() {
            return Client::new(Endpoint::Local(socket), None);
        }
        Err(Problem::new(&codes::client::LOGGED_OUT, "no site is known here"))
    }
}

/// `ATOLL_URL`, `ATOLL_TOKEN` and `ATOLL_CA_FILE`, for scripts.
fn from_variables() -> Outcome<Option<Client>> {
    let Ok(url) = std::env::var("ATOLL_URL") else { return Ok(None) };
    let url = Url::parse(&url).map_err(|error| {
        Problem::new(&codes::USAGE, format!("`ATOLL_URL` is no address: `{url}`")).because(&error)
    })?;
    let trust = match std::env::var_os("ATOLL_CA_FILE") {
        None => Trust::Machine,
        Some(path) => {
            let pem = std::fs::read_to_string(&path).map_err(|error| {
                let message = format!("cannot read `{}`, named by `ATOLL_CA_FILE`", path.display());
                Problem::new(&codes::client::TRUST_FAILED, message).because(&error)
            })?;
            Trust::Authorities(pem)
        }
    };
    let token = std::env::var("ATOLL_TOKEN").ok().map(Secret::new);
    Client::new(Endpoint::Remote(url, trust), token).map(Some)
}

impl Client {
    /// A client for an endpoint. Opens nothing yet.
    pub fn new(endpoint: Endpoint, token: Option<Secret>) -> Outcome<Self> {
        let failed = |error: &(dyn std::error::Error + 'static)| {
            Problem::new(&codes::client::TRUST_FAILED, "cannot prepare the connection")
                .because(error)
        };
        let builder = match &endpoint {
            Endpoint::Local(socket) => egress::http(&Trust::Machine)
                .map_err(|error| failed(&error))?
                .unix_socket(socket.as_path()),
            Endpoint::Remote(_, trust) => egress::http(trust).map_err(|error| failed(&error))?,
        };
        let http = builder.build().map_err(|error| failed(&error))?;
        Ok(Self { endpoint, http, token })
    }

    /// A client for a context.
    pub fn for_context(context: &Context) -> Outcome<Self> {
        let trust = context.authority_pem.clone().map_or(Trust::Machine, Trust::Authorities);
        Self::new(Endpoint::Remote(context.url.clone(), trust), Some(context.token.clone()))
    }

    /// Where the server is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}
