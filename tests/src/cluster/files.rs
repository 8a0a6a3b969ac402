//! Configuration files of the components.

use anyhow::Result;

use super::layout::Layout;
use super::network::{DNS_ADDRESS, NODE_ADDRESS, POD_RANGE};
use super::programs::CNI_PLUGINS;

/// The image every pod's first container runs; loaded into the node before anything else.
pub(super) const PAUSE_IMAGE: &str = "registry.k8s.io/pause:3.10";

pub(super) fn write(layout: &Layout) -> Result<()> {
    layout.write("containerd/config.toml", &containerd(layout))?;
    layout.write("cni/net.d/10-bridge.conflist", &network(layout))?;
    layout.write("kubelet.yaml", &kubelet(layout))?;
    Ok(())
}

/// `restrict_oom_score_adj`: a machine without CAP_SYS_RESOURCE cannot lower the score, and every
/// sandbox would die of it.
fn containerd(layout: &Layout) -> String {
    format!(
        r#"version = 2
root = "{root}"
state = "{state}"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "{socket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{CNI_PLUGINS}"
conf_dir = "{cni}"

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/containerd/certs.d"
"#,
        root = layout.path("containerd/root").display(),
        state = layout.path("containerd/state").display(),
        socket = layout.containerd_socket().display(),
        cni = layout.path("cni/net.d").display(),
    )
}

/// No masquerading: what a pod sends outside is to be counted as the pod's.
fn network(layout: &Layout) -> String {
    format!(
        r#"{{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {{
      "type": "bridge",
      "bridge": "cni0",
      "isGateway": true,
      "ipMasq": false,
      "hairpinMode": true,
      "ipam": {{
        "type": "host-local",
        "dataDir": "{data}",
        "ranges": [[{{"subnet": "{POD_RANGE}"}}]],
        "routes": [{{"dst": "0.0.0.0/0"}}]
      }}
    }},
    {{"type": "portmap", "capabilities": {{"portMappings": true}}}}
  ]
}}
"#,
        data = layout.path("cni/data").display(),
    )
}

/// `failCgroupV1`: this must run where only version 1 is there. The eviction limits are low since
/// the machine's disk is not ours to judge.
fn kubelet(layout: &Layout) -> String {
    format!(
        r"apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: {NODE_ADDRESS}
authentication:
  anonymous: {{enabled: false}}
  webhook: {{enabled: true}}
  x509: {{clientCAFile: {ca}}}
authorization: {{mode: Webhook}}
cgroupDriver: cgroupfs
cgroupRoot: /{cgroup}
clusterDNS: [{DNS_ADDRESS}]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix://{socket}
evictionHard: {{memory.available: 50Mi, nodefs.available: 10Mi, imagefs.available: 10Mi}}
failCgroupV1: false
failSwapOn: false
healthzBindAddress: 127.0.0.1
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
registerNode: true
resolvConf: /etc/resolv.conf
serializeImagePulls: false
tlsCertFile: {certificate}
tlsPrivateKeyFile: {key}
",
        ca = layout.pki("ca.crt").display(),
        cgroup = layout.cgroup(),
        socket = layout.containerd_socket().display(),
        certificate = layout.pki("kubelet-server.crt").display(),
        key = layout.pki("kubelet-server.key").display(),
    )
}
