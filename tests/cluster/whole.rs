//! The whole product on a real cluster: what was delivered is installed with one command, serves
//! the images, runs workspaces, and goes away again.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use atoll_tests::cluster::{Cluster, WORKSPACE_IMAGE, until};

use crate::delivered::{DATA_DIR, Delivered, TEMPLATE_NAME, USER};
use crate::world::World;

const WORKSPACE: &str = "story";
/// Pulling half a gigabyte and unpacking it, beside whatever else the machine does.
const PULL_TIMEOUT: Duration = Duration::from_mins(3);

/// A namespace goes when everything in it has.
const GONE_TIMEOUT: Duration = Duration::from_mins(1);

/// One command installs; the site then says of itself that it is well.
pub(crate) fn one_command_installs_a_healthy_site(world: &mut World) -> Result<()> {
    let delivered = world.delivered()?;
    ensure!(delivered.site.healthy(), "{}", delivered.site.log_end());
    let first = delivered.site.printed("admin_password_file")?;
    ensure!(first.starts_with(DATA_DIR), "the password is in {first}");
    let folder = DATA_DIR.to_owned();
    delivered.site.atoll().run(&["status", "--data-dir", &folder]).map(drop)
}

/// A node pulls an image by its original name; it comes out of the bundle, and nothing leaves.
pub(crate) fn a_node_pulls_by_the_original_name(world: &mut World) -> Result<()> {
    world.delivered()?;
    let cluster = &world.cluster;
    cluster.apply(&format!(
        "apiVersion: v1
kind: Pod
metadata: {{name: puller}}
spec:
  containers:
  - name: shell
    image: {WORKSPACE_IMAGE}
    command: [sleep, infinity]
"
    ))?;
    until("the pulled image to run", PULL_TIMEOUT, || {
        let path = "jsonpath={.status.phase}";
        Ok((cluster.kubectl(&["get", "pod", "puller", "-o", path])? == "Running").then_some(()))
    })
    .with_context(|| cluster.kubectl(&["describe", "pod", "puller"]).unwrap_or_default())?;
    cluster.kubectl(&["delete", "pod", "puller", "--grace-period=1"])?;
    nothing_left(world)
}

/// A developer creates a workspace, works in it over SSH, stops and starts it: the home is kept.
/// Deleting it removes the claim as well.
pub(crate) fn a_workspace_from_create_to_delete(world: &mut World) -> Result<()> {
    let delivered = world.delivered()?;
    let atoll = delivered.site.atoll().clone();
    atoll.run(&["create", WORKSPACE, "--template", TEMPLATE_NAME, "-p", "disk=1"])?;
    ensure!(delivered.ssh(WORKSPACE, "git --version")?.starts_with("git version"));
    let output = atoll.output(&["ssh", WORKSPACE, "--", "exit 7"])?;
    ensure!(output.status.code() == Some(7), "exit code {:?}", output.status);
    delivered.ssh(WORKSPACE, "echo kept > ~/file")?;
    atoll.run(&["stop", WORKSPACE])?;
    atoll.run(&["start", WORKSPACE])?;
    ensure!(delivered.ssh(WORKSPACE, "cat ~/file")?.trim() == "kept", "the home was lost");
    atoll.run(&["delete", WORKSPACE, "--yes"])?;
    let objects = ["pvc,deployments,pods", "--namespace", "atoll-workspaces"];
    let left = kubectl_names(&world.cluster, &objects)?;
    ensure!(left.trim().is_empty(), "left in the cluster: {left}");
    nothing_left(world)
}

/// The appliance is killed while a workspace runs; the workspace runs on, and is reached again
/// when the appliance is back.
pub(crate) fn a_killed_appliance_comes_back_to_a_running_workspace(
    world: &mut World,
) -> Result<()> {
    let delivered = world.delivered()?;
    let atoll = delivered.site.atoll().clone();
    atoll.run(&["create", "survivor", "--template", TEMPLATE_NAME, "-p", "disk=1"])?;
    let boot = delivered.ssh("survivor", "stat -c %Y /proc/1")?;
    delivered.site.kill()?;
    ensure!(!delivered.site.healthy(), "it answers after it was killed");
    delivered.site.serve()?;
    until("the workspace to be reached again", Duration::from_mins(1), || {
        delivered.ssh("survivor", "stat -c %Y /proc/1").map(|now| (now == boot).then_some(()))
    })?;
    atoll.run(&["delete", "survivor", "--yes"])?;
    nothing_left(world)
}

/// Purging removes all that install made, on the machine and in the cluster.
pub(crate) fn a_purge_leaves_nothing(world: &mut World) -> Result<()> {
    world.delivered()?;
    let Some(delivered) = world.delivered.take() else { return Ok(()) };
    delivered.site.purge()?;
    ensure!(!fs::exists(DATA_DIR)?, "{DATA_DIR} is still there");
    let users = fs::read_to_string("/etc/passwd")?;
    ensure!(!users.contains(USER), "the user `{USER}` is still there");
    let objects = [
        "clusterroles,clusterrolebindings,namespaces,persistentvolumes",
        "-l",
        "app.kubernetes.io/managed-by=atoll",
    ];
    // A namespace ends in its own time after it was deleted.
    until("the cluster to be as it was", GONE_TIMEOUT, || {
        let left = kubectl_names(&world.cluster, &objects)?;
        ensure!(left.trim().is_empty(), "left in the cluster: {left}");
        Ok(Some(()))
    })?;
    fs::remove_dir_all(&delivered.folder).context("remove the stories' own folder")
}

fn kubectl_names(cluster: &Cluster, words: &[&str]) -> Result<String> {
    cluster.kubectl(&[&["get"], words, &["-o", "name"]].concat())
}

/// The sinks stand where they stood before the site was installed.
fn nothing_left(world: &mut World) -> Result<()> {
    let before = world.delivered()?.before.clone();
    let counted = world.cluster.sinks().counts()?.since(&before);
    ensure!(counted.total() == 0, "something tried to leave: {counted:?}");
    Ok(())
}

impl World {
    /// The installed delivery; the first story that asks has it installed.
    pub(crate) fn delivered(&mut self) -> Result<&mut Delivered> {
        if self.delivered.is_none() {
            let folder = crate::world::directory("delivered");
            let delivered =
                Delivered::install(&self.cluster, folder).context("install what was delivered")?;
            self.delivered = Some(delivered);
        }
        self.delivered.as_mut().context("it was just installed")
    }
}
