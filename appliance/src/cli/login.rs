//! `atoll login`: proves the site, then the person, and keeps a token.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use anyhow::Context as _;
use url::Url;

use super::Console;
use super::prompt;
use crate::client::{Client, Connection, Context, Endpoint, fetch_authority};
use crate::egress::Trust;
use crate::error::{Problem, codes};
use crate::secret::Secret;

/// A password or a token is a line; anything longer was piped in by mistake.
const SECRET_BYTES_MAX: u64 = 4096;

/// Arguments of `atoll login`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll login https://10.0.0.5:7443 --ca-sha256 9f86d0… --user admin\n  atoll login https://atoll.example --user ada --password-file ./password\n  atoll login https://atoll.example --token-file ./token --name ci"
)]
pub struct Options {
    /// The site's address, as `atoll install` and `atoll status` print it
    url: Url,
    /// SHA-256 of the site's authority, as printed by the site; compared before anything is sent
    #[arg(long, value_name = "HEX", conflicts_with = "ca_file")]
    ca_sha256: Option<String>,
    /// The site's authority, PEM
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Who you are
    #[arg(long, short = 'u', value_name = "NAME", required_unless_present = "token_file")]
    user: Option<String>,
    /// Read the password from this file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Keep this API token instead of logging in with a password; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["user", "password_file"])]
    token_file: Option<PathBuf>,
    /// What to call the site here [default: its host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let authority_pem = self.authority().await?;
        let trust = authority_pem.clone().map_or(Trust::Machine, Trust::Authorities);
        let endpoint = Endpoint::Remote(self.url.clone(), trust);
        let token = match (&self.token_file, &self.user) {
            (Some(file), _) => read_secret(file)?,
            (None, Some(user)) => self.password_login(console, &endpoint, user).await?,
            (None, None) => {
                return Err(Problem::new(&codes::USAGE, "who logs in? give `--user`").into());
            }
        };
        let client = Client::new(endpoint, Some(token.clone()))?;
        let whoami: atoll_wire::Whoami = client.get(crate::client::paths::WHOAMI).await?;
        let name = self.name.or_else(|| self.url.host_str().map(str::to_owned)).unwrap_or_default();
        let mut contexts = Connection::contexts()?;
        contexts.by_name.insert(name.clone(), Context { url: self.url, authority_pem, token });
        contexts.current = Some(name.clone());
        contexts.save()?;
        console.note(&format!("logged in to `{name}` as `{}`", whoami.user.name));
        Ok(())
    }

    async fn authority(&self) -> anyhow::Result<Option<String>> {
        if let Some(sha256) = &self.ca_sha256 {
            return Ok(Some(fetch_authority(&self.url, sha256).await?));
        }
        let Some(path) = &self.ca_file else { return Ok(None) };
        let pem = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read `{}`", path.display());
            Problem::new(&codes::client::TRUST_FAILED, message).because(&error)
        })?;
        Ok(Some(pem))
    }

    async fn password_login(
        &self,
        console: &mut Console,
        endpoint: &Endpoint,
        user: &str,
    ) -> anyhow::Result<Secret> {
        let password = match &self.password_file {
            Some(file) => read_secret(file)?,
            None => prompt::secret("password: ")?,
        };
        let client = Client::new(endpoint.clone(), None)?;
        let login =
            atoll_wire::Login { name: user.to_owned(), password: password.reveal().to_owned() };
        let answer: atoll_wire::LoginAnswer =
            client.post(crate::client::paths::LOGIN, &login).await?;
        let token = Secret::new(answer.token);
        if answer.user.must_change_password {
            change_password(console, endpoint, &token, &password).await?;
        }
        Ok(token)
    }
}

/// The first password was seen by whoever made it: it opens nothing until it is replaced.
async fn change_password(
    console: &mut Console,
    endpoint: &Endpoint,
    token: &Secret,
    current: &Secret,
) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() {
        console.note("this password must be changed before anything else: `atoll password`");
        return Ok(());
    }
    console.note("this password must be changed now");
    let new = prompt::new_password()?;
    let client = Client::new(endpoint.clone(), Some(token.clone()))?;
    let change = atoll_wire::ChangePassword {
        current: current.reveal().to_owned(),
        new: new.reveal().to_owned(),
    };
    client.post::<()>(crate::client::paths::PASSWORD, &change).await?;
    Ok(())
}

/// A secret from a file or standard input, without the line end.
pub(super) fn read_secret(path: &std::path::Path) -> anyhow::Result<Secret> {
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin()
            .take(SECRET_BYTES_MAX)
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
    } else {
        let file = std::fs::File::open(path).map_err(|error| {
            Problem::new(&codes::USAGE, format!("cannot read `{}`", path.display())).because(&error)
        })?;
        file.take(SECRET_BYTES_MAX).read_to_string(&mut text)?;
    }
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
