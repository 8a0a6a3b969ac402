//! Dynamic volumes: the local-path provisioner beside the cluster, and its default storage class.

use anyhow::Result;
use std::process::Command;

use super::programs::Programs;
use super::running::Cluster;

const NAMESPACE: &str = "local-path-storage";
/// A shell and the usual small programs; loaded into the node with the first images.
pub(super) const HELPER_IMAGE: &str = "atoll.test/helper:1";

pub(super) fn install(cluster: &Cluster, programs: &Programs) -> Result<()> {
    cluster.apply(&manifest(&cluster.layout.path("volumes").display().to_string()))?;
    let mut command = Command::new(programs.local_path_provisioner());
    command
        .arg("start")
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig())
        .args(["--namespace", NAMESPACE, "--configmap-name", "local-path-config"])
        .args(["--helper-image", HELPER_IMAGE])
        .args(["--service-account-name", "local-path"]);
    cluster.namespace.daemon(&cluster.layout, "local-path-provisioner", &command)
}

fn manifest(volumes: &str) -> String {
    format!(
        r#"apiVersion: v1
kind: Namespace
metadata: {{name: {NAMESPACE}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {{name: local-path, namespace: {NAMESPACE}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: local-path
  annotations: {{storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: rancher.io/local-path
volumeBindingMode: WaitForFirstConsumer
reclaimPolicy: Delete
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: local-path-config, namespace: {NAMESPACE}}}
data:
  config.json: |-
    {{"nodePathMap": [{{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": ["{volumes}"]}}]}}
  setup: |-
    #!/bin/sh
    set -eu
    mkdir -m 0777 -p "$VOL_DIR"
  teardown: |-
    #!/bin/sh
    set -eu
    rm -rf "$VOL_DIR"
  helperPod.yaml: |-
    apiVersion: v1
    kind: Pod
    metadata: {{name: helper-pod}}
    spec:
      priorityClassName: system-node-critical
      containers:
      - name: helper-pod
        image: {HELPER_IMAGE}
        imagePullPolicy: IfNotPresent
"#
    )
}
