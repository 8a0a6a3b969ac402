//! A mirror on loopback, with accounts of the tests' own, and a client that speaks the protocol
//! without knowing the server's code.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;
use async_trait::async_trait;
use atoll_mirror::http::{Access, Action, Authorizer, Mirror, Refusal, router};
use atoll_mirror::{Algorithm, Store};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use reqwest::{Client, Method, RequestBuilder, Response};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Who may do what, in the simplest form that has all three answers.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    accounts: HashMap<String, Vec<Action>>,
}

impl Gate {
    /// Lets everybody do everything.
    pub fn open() -> Self {
        Self::default()
    }

    /// Adds an account; with one the gate is closed to all others.
    pub fn account(mut self, user: &str, password: &str, actions: &[Action]) -> Self {
        let credentials = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        self.accounts.insert(credentials, actions.to_vec());
        self
    }
}

#[async_trait]
impl Authorizer for Gate {
    async fn authorize(&self, access: Access<'_>) -> Result<(), Refusal> {
        if self.accounts.is_empty() {
            return Ok(());
        }
        let sent = access.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(actions) = sent.and_then(|sent| self.accounts.get(sent)) else {
            return Err(Refusal::Unauthenticated("Basic realm=\"tests\"".to_owned()));
        };
        if access.repository.is_none() || actions.contains(&access.action) {
            return Ok(());
        }
        let scope = access.scope().unwrap_or_default();
        Err(Refusal::Denied(format!("this account lacks `{scope}`")))
    }
}

/// A mirror that serves until it is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves.
    pub store: Store,
    server: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Serves a store in this directory over the tables of this database.
pub async fn start(pool: PgPool, directory: &Path, gate: Gate) -> anyhow::Result<Running> {
    let store = Store::open(directory, pool).await?;
    start_with(Mirror::new(store), gate).await
}

/// Serves a mirror the test has put together itself.
pub async fn start_with(mirror: Mirror, gate: Gate) -> anyhow::Result<Running> {
    let store = mirror.store.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = router(mirror, gate);
    let server = tokio::spawn(async move {
        axum::serve(listener, app).await.expect("serving ends only with the test");
    });
    Ok(Running { address, store, server })
}

/// A client of one registry.
#[derive(Debug, Clone)]
pub struct Registry {
    client: Client,
    /// Scheme, host and port.
    pub base: String,
    credentials: Option<(String, String)>,
}

impl Registry {
    /// A client without credentials.
    #[expect(clippy::disallowed_methods, reason = "a test's own client, to a mirror on loopback")]
    pub fn new(address: SocketAddr) -> Self {
        // Another test of this process may have installed it already.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self { client: Client::new(), base: format!("http://{address}"), credentials: None }
    }

    /// The same with credentials.
    pub fn login(&self, user: &str, password: &str) -> Self {
        Self { credentials: Some((user.to_owned(), password.to_owned())), ..self.clone() }
    }

    /// A request to a path or to a `Location` this registry has given.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let request = self.client.request(method, url);
        match &self.credentials {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }

    /// Sends a request without a body.
    pub async fn send(&self, method: Method, path: &str) -> anyhow::Result<Answer> {
        Answer::of(self.request(method, path).send().await?).await
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, path).await
    }

    /// Begins an upload; its location.
    pub async fn begin(&self, repository: &str) -> anyhow::Result<String> {
        let answer = self.send(Method::POST, &format!("/v2/{repository}/blobs/uploads/")).await?;
        answer.expect(StatusCode::ACCEPTED)?;
        answer.location()
    }

    /// Pushes a blob with one POST and one PUT; its digest.
    pub async fn push_blob(&self, repository: &str, content: &[u8]) -> anyhow::Result<String> {
        let digest = Algorithm::Sha256.digest(content).to_string();
        let location = self.begin(repository).await?;
        let put = self.request(Method::PUT, &format!("{location}?digest={digest}"));
        Answer::of(put.body(content.to_vec()).send().await?).await?.expect(StatusCode::CREATED)?;
        Ok(digest)
    }

    /// Pushes an image of one layer; its manifest's digest.
    pub async fn push_image(
        &self,
        repository: &str,
        tag: &str,
        layer: &[u8],
    ) -> anyhow::Result<String> {
        let config = self.push_blob(repository, b"{}").await?;
        let digest = self.push_blob(repository, layer).await?;
        let manifest = image(&[(&config, 2)], &[(&digest, layer.len())]);
        let answer = self.put_manifest(repository, tag, &manifest).await?;
        answer.expect(StatusCode::CREATED)?;
        answer.header("docker-content-digest").context("a digest of the manifest")
    }

    /// Pushes a manifest; the answer.
    pub async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        content: &str,
    ) -> anyhow::Result<Answer> {
        let put = self.request(Method::PUT, &format!("/v2/{repository}/manifests/{reference}"));
        Answer::of(put.body(content.to_owned()).send().await?).await
    }
}

/// An image manifest; the first entry of `config` is taken.
pub fn image(config: &[(&str, usize)], layers: &[(&str, usize)]) -> String {
    let descriptor = |kind: &str, (digest, size): &(&str, usize)| serde_json::json!({ "mediaType": kind, "digest": digest, "size": size });
    let layer = "application/vnd.oci.image.layer.v1.tar";
    serde_json::json!({
        "schemaVersion": 2,
        "mediaType": atoll_mirror::manifest::OCI_IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config[0]),
        "layers": layers.iter().map(|entry| descriptor(layer, entry)).collect::<Vec<_>>(),
    })
    .to_string()
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn of(response: Response) -> anyhow::Result<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await?.to_vec() })
    }

    /// Fails with what the server said unless it answered this.
    pub fn expect(&self, status: StatusCode) -> anyhow::Result<()> {
        let body = String::from_utf8_lossy(&self.body);
        anyhow::ensure!(self.status == status, "wanted {status}, got {}: {body}", self.status);
        Ok(())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    /// The `Location`.
    pub fn location(&self) -> anyhow::Result<String> {
        self.header("location").context("a location")
    }

    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// The first error's identifier of the specification and our code.
    pub fn error(&self) -> anyhow::Result<(String, String)> {
        let body = self.json()?;
        let text = |pointer: &str| {
            body.pointer(pointer).and_then(|value| value.as_str()).map(str::to_owned)
        };
        let oci = text("/errors/0/code").context("an error of the specification")?;
        let code = text("/errors/0/detail/code").context("a code of ours")?;
        anyhow::ensure!(
            text("/errors/0/detail/remedy").is_some_and(|remedy| !remedy.is_empty()),
            "no remedy"
        );
        Ok((oci, code))
    }
}

/// A mirror of its own for one test: fresh tables, a fresh directory, everybody may do everything.
#[derive(Debug)]
pub struct Fixture {
    /// The client.
    pub registry: Registry,
    /// The server.
    pub running: Running,
    /// Its tables.
    pub database: crate::database::Database,
    /// Its files.
    pub directory: tempfile::TempDir,
}

impl Fixture {
    /// Starts one.
    pub async fn start() -> anyhow::Result<Self> {
        Box::pin(Self::start_behind(Gate::open())).await
    }

    /// Starts one behind this gate.
    pub async fn start_behind(gate: Gate) -> anyhow::Result<Self> {
        let database = crate::database::fresh_database().await;
        let directory = tempfile::tempdir()?;
        let running = start(database.pool.clone(), directory.path(), gate).await?;
        let registry = Registry::new(running.address);
        Ok(Self { registry, running, database, directory })
    }

    /// A second server on the same tables and files, as after a restart.
    pub async fn restarted(&self) -> anyhow::Result<Running> {
        start(self.database.pool.clone(), self.directory.path(), Gate::open()).await
    }

    /// The files below a folder of the store, however deep.
    pub fn files(&self, folder: &str) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.directory.path().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}
