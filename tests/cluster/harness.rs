//! That the harness measures what it says: its counters count, its volumes are real, and it
//! leaves nothing behind.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use atoll_tests::cluster::{Cluster, ClusterOptions, until};

use crate::world::{World, directory};

const POD_TIMEOUT: Duration = Duration::from_mins(1);

const POD: &str = r"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: harness}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: harness}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: shell
    image: atoll.test/helper:1
    volumeMounts: [{name: volume, mountPath: /volume}]
  volumes: [{name: volume, persistentVolumeClaim: {claimName: harness}}]
";

/// The counters stand still while the cluster does its work, and move for one planted request.
pub(crate) fn a_planted_request_is_counted_and_nothing_else(world: &mut World) -> Result<()> {
    let before = world.cluster.sinks().counts()?;
    ensure!(before.total() == 0, "the cluster itself tried to leave: {before:?}");
    world.cluster.sinks().plant().map(drop)
}

/// A claim is bound to a real directory, and what a pod writes there is there.
pub(crate) fn a_pod_with_a_volume_runs(world: &mut World) -> Result<()> {
    let pod = Pod::start(&world.cluster)?;
    pod.run("echo kept > /volume/file")?;
    ensure!(pod.run("cat /volume/file")?.trim() == "kept");
    Ok(())
}

/// What a pod sends outside counts as the pod's, and names it asks for are known.
pub(crate) fn what_a_pod_sends_outside_is_counted(world: &mut World) -> Result<()> {
    let pod = Pod::start(&world.cluster)?;
    let before = world.cluster.sinks().counts()?;
    pod.run("nc -w 1 198.51.100.7 80 || true")?;
    let counted = world.cluster.sinks().counts()?.since(&before);
    ensure!(counted.pod_packets > 0, "a pod's packet was not counted: {counted:?}");
    Ok(())
}

/// Ending a cluster ends its processes and removes its mounts, control groups and directory.
pub(crate) fn a_second_cluster_leaves_nothing_behind(_: &mut World) -> Result<()> {
    let directory = directory("second");
    let options = ClusterOptions { directory: directory.clone(), images: Vec::new() };
    let cluster = Cluster::start(&options)?;
    let network = cluster.namespace().network();
    ensure!(fs::exists(&network)?, "{network} is not there while the cluster runs");
    cluster.stop()?;
    ensure!(!directory.exists(), "{} is still there", directory.display());
    ensure!(!fs::exists(&network)?, "{network} is still there");
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    ensure!(!mounts.contains("atoll-second"), "a mount is left: {mounts}");
    for process in fs::read_dir("/proc")? {
        let command = fs::read(process?.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        ensure!(!command.contains("/atoll-second/"), "still running: {command}");
    }
    Ok(())
}

/// The pod of these stories; gone with its claim when the value is dropped.
struct Pod<'a> {
    cluster: &'a Cluster,
}

impl<'a> Pod<'a> {
    fn start(cluster: &'a Cluster) -> Result<Self> {
        cluster.apply(POD)?;
        let pod = Self { cluster };
        until("the pod to run", POD_TIMEOUT, || {
            let path = "jsonpath={.status.phase}";
            let phase = cluster.kubectl(&["get", "pod", "harness", "-o", path])?;
            Ok((phase == "Running").then_some(()))
        })
        .with_context(|| cluster.kubectl(&["describe", "pod", "harness"]).unwrap_or_default())?;
        Ok(pod)
    }

    fn run(&self, script: &str) -> Result<String> {
        self.cluster.kubectl(&["exec", "harness", "--", "sh", "-ec", script])
    }
}

impl Drop for Pod<'_> {
    fn drop(&mut self) {
        // A story that failed has said why; what stays here goes with the cluster.
        drop(self.cluster.kubectl(&["delete", "pod/harness", "pvc/harness", "--wait"]));
    }
}
