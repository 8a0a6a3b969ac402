//! Builds that cannot succeed: each ends soon, with the cluster's own reason.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use atoll::error::Problem;
use atoll::provision::{BuildError, Transition};
use atoll_tests::cluster::{NODE_ADDRESS, until};
use tokio_util::sync::CancellationToken;

use super::site::{ALL_KINDS, SHELL, Site, Workspace};
use crate::inside::inside;
use crate::world::World;

/// Far below the time a build may take: reaching it would mean that the reason was not seen.
const SOON: Duration = Duration::from_secs(45);

/// Starts a workspace that cannot run, checks that the end comes soon, and cleans up.
fn refused(site: &Site<'_>, manifests: &str) -> Result<Problem> {
    let mut workspace = Workspace::new(manifests);
    let began = Instant::now();
    let (problem, _) = workspace.build(site, Transition::Start)?.failure()?;
    let took = began.elapsed();
    workspace.delete(site)?;
    ensure!(took < SOON, "it took {took:?}");
    ensure!(workspace.there(site, ALL_KINDS)?.is_empty(), "something is left");
    Ok(problem)
}

fn has(problem: &Problem, code: &str, words: &str) -> Result<()> {
    let told = super::site::told(problem.clone());
    ensure!(problem.code().id == code && problem.cause().contains(words), "{told}");
    Ok(())
}

/// The registry says that there is no such image, and so does the build.
pub(crate) fn a_missing_image_ends_the_build_with_the_nodes_reason(
    world: &mut World,
) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let registry = EmptyRegistry::start(world)?;
    let problem = refused(&site, &SHELL.replace("atoll.test/helper:1", "docker.io/atoll/absent:1"));
    registry.stop()?;
    has(&problem?, "workspace-image-pull", "docker.io/atoll/absent:1")
}

/// The scheduler's sentence about its nodes.
pub(crate) fn an_impossible_request_ends_with_the_schedulers_reason(
    world: &mut World,
) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let manifests = SHELL.replace("cpu: 10m", "cpu: 1000").replace("cpu: 100m", "cpu: 1000");
    has(&refused(&site, &manifests)?, "workspace-unschedulable", "Insufficient cpu")
}

/// The exit code and what the container said last.
pub(crate) fn a_container_that_ends_is_told_with_its_last_words(world: &mut World) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let manifests = SHELL.replace("exec sleep 2147483647", "echo the reactor is cold; exit 3");
    let problem = refused(&site, &manifests)?;
    ensure!(problem.message().contains("ended with 3"), "{problem}");
    has(&problem, "workspace-crashed", "the reactor is cold")
}

/// The quota's name and numbers, although the pod is not made by us.
pub(crate) fn a_quota_ends_the_build_with_its_own_words(world: &mut World) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    site.kubectl(&["create", "quota", "small", "--hard=limits.memory=1Mi"])?;
    let problem = refused(&site, SHELL);
    site.kubectl(&["delete", "quota", "small"])?;
    has(&problem?, "workspace-quota-exceeded", "exceeded quota: small")
}

/// Cancelling works while the build waits; what was made is known and can be deleted.
pub(crate) fn a_cancelled_build_leaves_an_inventory_that_a_delete_clears(
    world: &mut World,
) -> Result<()> {
    let mut site = Site::make(&world.cluster)?;
    site.settings.unschedulable = Duration::from_hours(1);
    let mut workspace =
        Workspace::new(SHELL.replace("cpu: 10m", "cpu: 1000").replace("cpu: 100m", "cpu: 1000"));
    let cancel = CancellationToken::new();
    let request = workspace.request(Transition::Start);
    let selector = workspace.selector();
    let built = std::thread::scope(|scope| {
        let build = scope.spawn(|| site.build_until(request, cancel.clone()));
        let pending = until("a pod that waits for a node", SOON, || {
            let path = "jsonpath={.items[*].status.conditions[*].reason}";
            let reasons = site.kubectl(&["get", "pods", "--selector", &selector, "-o", path])?;
            Ok(reasons.contains("Unschedulable").then_some(()))
        });
        cancel.cancel();
        pending.and(build.join().expect("the build does not panic"))
    })?;
    let Err(BuildError::Cancelled { inventory }) = built.result else {
        anyhow::bail!("the build was not cancelled:\n{}", built.log)
    };
    ensure!(!inventory.is_empty(), "nothing in the inventory");
    workspace.inventory = inventory;
    workspace.delete(&site)?;
    ensure!(workspace.there(&site, ALL_KINDS)?.is_empty(), "something is left");
    Ok(())
}

/// A registry in the cluster's network that has nothing, and the node's pointer to it.
struct EmptyRegistry {
    hosts: std::path::PathBuf,
    address: String,
    thread: std::thread::JoinHandle<()>,
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    network: String,
}

impl EmptyRegistry {
    fn start(world: &World) -> Result<Self> {
        let listener =
            inside(&world.cluster, || async { Ok(TcpListener::bind((NODE_ADDRESS, 0))?) })?;
        let address = format!("http://{}", listener.local_addr()?);
        let hosts = world.cluster.certs_d().join("_default");
        fs::create_dir_all(&hosts)?;
        let text = format!(
            "server = \"{address}\"\n[host.\"{address}\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
        );
        fs::write(hosts.join("hosts.toml"), text)?;
        let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(std::sync::atomic::Ordering::SeqCst) {
                    break;
                }
                // Whoever hangs up early has lost interest.
                drop(stream.and_then(answer_not_found));
            }
        });
        let network = world.cluster.namespace().network();
        Ok(Self { hosts, address, thread, stop, network })
    }

    fn stop(self) -> Result<()> {
        fs::remove_dir_all(&self.hosts)?;
        self.stop.store(true, std::sync::atomic::Ordering::SeqCst);
        // Wakes the listener so that it sees the flag.
        let mut wake = std::process::Command::new("nsenter");
        wake.arg(format!("--net={}", self.network)).args(["curl", "-s", "-m", "5", &self.address]);
        drop(wake.output()?);
        self.thread.join().expect("the registry does not panic");
        Ok(())
    }
}

fn answer_not_found(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    let mut request = [0; 4096];
    let _length = stream.read(&mut request)?;
    let body = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#;
    let head = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nConnection: close\r\n";
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())
}
