//! Real clients against the site's registry, over TLS with its own authority, with its tokens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use atoll::app::node_config::{self, MirrorAddress};
use atoll::app::{AgentTokenKey, App, Caller, RequestOrigin, login, robots, tokens, users};
use atoll::clock::Clock;
use atoll::http::registry;
use atoll::listen::SecureListener;
use atoll::queue::Signals;
use atoll::secret::Secret;
use atoll::tls::{Authority, HostNames, ServerIdentity, ServerTls};
use atoll_mirror::{Algorithm, Store};
use atoll_tests::database::{eventually, fresh_database};
use atoll_tests::mirror::image;
use serde_json::json;
use time::OffsetDateTime;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A registry as the site mounts it, with its first owner.
struct Site {
    app: App,
    owner: Caller,
    address: SocketAddr,
    authority_pem: String,
    directory: tempfile::TempDir,
    server: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Site {
    async fn start() -> Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let database = fresh_database().await;
        let directory = tempfile::tempdir()?;
        let key = AgentTokenKey::new([7; 32]);
        let app = App::new(database.pool.clone(), Clock::system(), Signals::new(), key);
        users::create_first_owner(&app, "ada", Secret::new("a password of the tests")).await?;
        let owner = login::by_socket(&app, RequestOrigin::default()).await?;
        let change = atoll_wire::ChangePassword {
            current: "a password of the tests".to_owned(),
            new: "another password of the tests".to_owned(),
        };
        users::change_password(&app, &owner, change).await?;
        let store = Store::open(&directory.path().join("mirror"), database.pool).await?;
        let url: url::Url = "https://127.0.0.1".parse()?;
        let names = HostNames::of_urls([&url])?;
        let now = OffsetDateTime::now_utc();
        let authority = Authority::generate("tests", &names, now)?;
        let leaf = authority.issue(&names, now)?;
        let tls = ServerTls::new(ServerIdentity::from_pem(&leaf.chain_pem, &leaf.key_pem)?);
        let listener = SecureListener::bind("127.0.0.1:0".parse()?, &tls).await?;
        let address = listener.address();
        let router = registry::router(app.clone(), store, Vec::new());
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serving ends only with the test");
        });
        let authority_pem = authority.certificate_pem().to_owned();
        std::fs::create_dir(directory.path().join("certs"))?;
        std::fs::write(directory.path().join("certs/ca.crt"), &authority_pem)?;
        Ok(Self { app, owner, address, authority_pem, directory, server })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn image(&self) -> String {
        format!("docker://{}/docker.io/library/made:1", self.address)
    }

    async fn robot(&self, scope: atoll_wire::RobotScope) -> Result<String> {
        let robot = atoll_wire::CreateRobot { name: "tests".into(), scope, lifetime_days: None };
        Ok(robots::create(&self.app, &self.owner, robot).await?.secret)
    }

    async fn skopeo(&self, arguments: &[&str], side: &str, token: &str) -> Result<Output> {
        let prefix = if side.is_empty() { String::new() } else { format!("{side}-") };
        let (verb, rest) = arguments.split_first().context("a verb")?;
        let mut command = Command::new("skopeo");
        command.arg("--insecure-policy").arg(verb);
        command.arg(format!("--{prefix}cert-dir")).arg(self.path("certs"));
        command.arg(format!("--{prefix}creds")).arg(format!("any:{token}"));
        Ok(command.args(rest).output().await?)
    }
}

/// An OCI layout with one image of one layer, tagged `1`.
fn layout(folder: &Path) -> Result<()> {
    let put = |content: &[u8]| -> Result<String> {
        let digest = Algorithm::Sha256.digest(content);
        let blobs = folder.join("blobs/sha256");
        std::fs::create_dir_all(&blobs)?;
        std::fs::write(blobs.join(digest.hex()), content)?;
        Ok(digest.to_string())
    };
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    header.set_size(5);
    header.set_mode(0o644);
    tar.append_data(&mut header, "hello", &b"world"[..])?;
    let layer = tar.into_inner()?;
    let diff_id = put(&layer)?;
    let config = json!({ "architecture": "amd64", "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": [diff_id] } })
    .to_string();
    let config_digest = put(config.as_bytes())?;
    let manifest = image(&[(&config_digest, config.len())], &[(&diff_id, layer.len())]);
    let digest = put(manifest.as_bytes())?;
    let index = json!({ "schemaVersion": 2, "manifests": [{
        "mediaType": atoll_mirror::manifest::OCI_IMAGE, "digest": digest, "size": manifest.len(),
        "annotations": { "org.opencontainers.image.ref.name": "1" } }] });
    std::fs::write(folder.join("index.json"), index.to_string())?;
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    Ok(())
}

fn worked(output: &Output) -> Result<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    Ok(String::from_utf8(output.stdout.clone())?)
}

#[tokio::test]
async fn skopeo_pushes_pulls_and_deletes_with_tokens_of_the_right_scope() -> Result<()> {
    let site = Site::start().await?;
    let source = site.path("layout");
    layout(&source)?;
    let source = format!("oci:{}:1", source.display());
    let (pull, push) = (
        site.robot(atoll_wire::RobotScope::Pull).await?,
        site.robot(atoll_wire::RobotScope::Push).await?,
    );
    let image = site.image();
    let refused = site.skopeo(&["copy", &source, &image], "dest", &pull).await?;
    ensure!(!refused.status.success(), "a node's token pushed");
    worked(&site.skopeo(&["copy", &source, &image], "dest", &push).await?)?;
    let seen = worked(&site.skopeo(&["inspect", &image], "", &pull).await?)?;
    ensure!(seen.contains("sha256:"), "{seen}");
    let copy = format!("oci:{}:1", site.path("copy").display());
    worked(&site.skopeo(&["copy", &image, &copy], "src", &pull).await?)?;
    let same =
        |name: &str| std::fs::read_dir(site.path(name).join("blobs/sha256")).map(Iterator::count);
    ensure!(same("layout")? == same("copy")?, "another number of blobs came back");
    let refused = site.skopeo(&["delete", &image], "", &push).await?;
    ensure!(!refused.status.success(), "a robot deleted");
    let request = atoll_wire::CreateToken { name: "laptop".into(), lifetime_days: 1 };
    let owner = tokens::create(&site.app, &site.owner, request).await?.secret;
    worked(&site.skopeo(&["delete", &image], "", &owner).await?)?;
    let gone = site.skopeo(&["inspect", &image], "", &pull).await?;
    ensure!(!gone.status.success(), "it is still there");
    let refused = site.skopeo(&["inspect", &image], "", "atoll_0123456789abcdef_wrong").await?;
    ensure!(!refused.status.success(), "a wrong token was good");
    Ok(())
}

/// A containerd of the test's own, without anything but its content store.
struct Containerd {
    child: Child,
    socket: PathBuf,
}

impl Containerd {
    async fn start(folder: &Path) -> Result<Self> {
        let socket = folder.join("c.sock");
        let config = format!(
            "version = 2\nroot = \"{0}/root\"\nstate = \"{0}/state\"\n\
             disabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\"]\n\
             [grpc]\naddress = \"{1}\"\n[ttrpc]\naddress = \"{1}.ttrpc\"\n",
            folder.display(),
            socket.display()
        );
        let file = folder.join("containerd.toml");
        std::fs::write(&file, config)?;
        let mut command = Command::new("containerd");
        command.arg("--config").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn()?;
        let started = Self { child, socket };
        eventually("containerd answers", Duration::from_secs(30), async || {
            let mut version = Command::new("ctr");
            version.arg("--address").arg(&started.socket).arg("version");
            version.output().await.is_ok_and(|output| output.status.success())
        })
        .await?;
        Ok(started)
    }

    async fn fetch(&self, hosts: &Path, image: &str) -> Result<Output> {
        let mut command = Command::new("ctr");
        command.arg("--address").arg(&self.socket).args(["content", "fetch", "--hosts-dir"]);
        Ok(command.arg(hosts).arg(image).output().await?)
    }
}

#[tokio::test]
async fn containerd_pulls_by_original_name_with_what_node_config_prints() -> Result<()> {
    let site = Site::start().await?;
    layout(&site.path("layout"))?;
    let source = format!("oci:{}:1", site.path("layout").display());
    let push = site.robot(atoll_wire::RobotScope::Push).await?;
    worked(&site.skopeo(&["copy", &source, &site.image()], "dest", &push).await?)?;
    let address = MirrorAddress {
        url: format!("https://{}", site.address),
        authority_pem: Some(site.authority_pem.clone()),
    };
    let format = atoll_wire::NodeFormat::Containerd;
    let request = atoll_wire::CreateNodeConfig { format, node: Some("node-1".into()) };
    let config = node_config::create(&site.app, &site.owner, &address, request).await?;
    // As on the node, but below a folder of the test.
    let (real, hosts) = ("/etc/containerd/certs.d", site.path("certs.d"));
    for file in &config.files {
        let path = hosts.join(file.path.trim_start_matches(real).trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().context("a folder")?)?;
        std::fs::write(path, file.content.replace(real, &hosts.display().to_string()))?;
    }
    let mut containerd = Containerd::start(site.directory.path()).await?;
    worked(&containerd.fetch(&hosts, "docker.io/library/made:1").await?)?;
    let began = Instant::now();
    let missing = containerd.fetch(&hosts, "quay.io/not/there:1").await?;
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    ensure!(!missing.status.success() && said.contains("not found"), "{said}");
    ensure!(began.elapsed() < Duration::from_secs(5), "an upstream was tried: {said}");
    robots::revoke(&site.app, &site.owner, "node node-1").await?;
    containerd.child.kill().await?;
    Ok(())
}
