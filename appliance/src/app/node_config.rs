//! What to put on a node so that its runtime pulls everything from the mirror, by original names.
//!
//! Each call makes a robot that can only pull. A mirror gets no pull secrets from Kubernetes, so
//! the credentials stand in the runtime's own files.

use atoll_wire as wire;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{App, Caller, robots};
use crate::error::Outcome;

/// What nodes are told of the site.
#[derive(Debug, Clone)]
pub struct MirrorAddress {
    /// Where nodes reach it, without a path: `https://atoll.corp:7443`.
    pub url: String,
    /// The site's own authority; absent: nodes trust the certificate already.
    pub authority_pem: Option<String>,
}

/// The robot of nodes that were not named.
const NODES: &str = "nodes";
/// Only root reads a file with a token.
const SECRET: &str = "0600";
const PUBLIC: &str = "0644";

const CONTAINERD_CA: &str = "/etc/containerd/certs.d/atoll-ca.pem";
const CONTAINERD_HOSTS: &str = "/etc/containerd/certs.d/_default/hosts.toml";
const K3S_CA: &str = "/etc/rancher/k3s/atoll-ca.pem";
const K3S_REGISTRIES: &str = "/etc/rancher/k3s/registries.yaml";
const K3S_FLAGS: &str = "/etc/rancher/k3s/config.yaml.d/atoll-mirror.yaml";

/// Makes a robot for a node and says what to put there.
pub async fn create(
    app: &App,
    caller: &Caller,
    address: &MirrorAddress,
    request: wire::CreateNodeConfig,
) -> Outcome<wire::NodeConfig> {
    let name = request.node.map_or_else(|| NODES.to_owned(), |node| format!("node {node}"));
    let robot = wire::CreateRobot { name, scope: wire::RobotScope::Pull, lifetime_days: None };
    let wire::CreatedRobot { robot, secret } = robots::create(app, caller, robot).await?;
    let (files, steps) = match request.format {
        wire::NodeFormat::Containerd => containerd(address, &secret),
        wire::NodeFormat::K3s => k3s(address, &secret),
    };
    Ok(wire::NodeConfig { robot, files, steps })
}

fn containerd(address: &MirrorAddress, secret: &str) -> (Vec<wire::NodeFile>, Vec<String>) {
    let url = &address.url;
    let authorization = format!("Basic {}", STANDARD.encode(format!("node:{secret}")));
    let ca = address.authority_pem.as_ref().map(|_| format!("ca = \"{CONTAINERD_CA}\"\n"));
    let ca = ca.unwrap_or_default();
    // The server is the mirror too, so that no upstream is ever tried; it needs the same trust
    // and credentials, since containerd asks it after the host below.
    let hosts = format!(
        "server = \"{url}\"\n{ca}\n\
         [header]\n  Authorization = \"{authorization}\"\n\n\
         [host.\"{url}\"]\n  capabilities = [\"pull\", \"resolve\"]\n  {ca}\
         \x20 [host.\"{url}\".header]\n    Authorization = \"{authorization}\"\n"
    );
    let mut files = authority(address, CONTAINERD_CA);
    files.push(file(CONTAINERD_HOSTS, SECRET, hosts));
    let steps = vec![
        "put the files there, owned by root, with these modes".to_owned(),
        "in /etc/containerd/config.toml set `config_path = \"/etc/containerd/certs.d\"` under \
         `[plugins.\"io.containerd.grpc.v1.cri\".registry]` (containerd 1.x) or \
         `[plugins.\"io.containerd.cri.v1.images\".registry]` (containerd 2.x); one path only: \
         containerd 2.x takes two joined by a colon for one and then ignores the mirror"
            .to_owned(),
        "remove every other folder below /etc/containerd/certs.d: a more exact name wins over \
         `_default`"
            .to_owned(),
        "`systemctl restart containerd` once, if config.toml changed; hosts.toml is read at every \
         pull"
            .to_owned(),
        "`crictl pull docker.io/library/busybox:1.36`, or any image of `atoll mirror list`"
            .to_owned(),
    ];
    (files, steps)
}

fn k3s(address: &MirrorAddress, secret: &str) -> (Vec<wire::NodeFile>, Vec<String>) {
    let url = &address.url;
    let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
    let tls = address.authority_pem.as_ref();
    let tls = tls.map(|_| format!("    tls:\n      ca_file: \"{K3S_CA}\"\n")).unwrap_or_default();
    let registries = format!(
        "mirrors:\n  \"*\":\n    endpoint:\n      - \"{url}\"\n\
         configs:\n  \"{host}\":\n    auth:\n      username: node\n      password: \"{secret}\"\n{tls}"
    );
    let mut files = authority(address, K3S_CA);
    files.push(file(K3S_REGISTRIES, SECRET, registries));
    let flags = "disable-default-registry-endpoint: true\n";
    files.push(file(K3S_FLAGS, PUBLIC, flags.to_owned()));
    let steps = vec![
        "put the files there, owned by root, with these modes; merge a registries.yaml that is \
         there already"
            .to_owned(),
        "`systemctl restart k3s` on servers, `systemctl restart k3s-agent` on agents".to_owned(),
        "`k3s crictl pull docker.io/library/busybox:1.36`, or any image of `atoll mirror list`"
            .to_owned(),
    ];
    (files, steps)
}

fn authority(address: &MirrorAddress, path: &str) -> Vec<wire::NodeFile> {
    address.authority_pem.iter().map(|pem| file(path, PUBLIC, pem.clone())).collect()
}

fn file(path: &str, mode: &str, content: String) -> wire::NodeFile {
    wire::NodeFile { path: path.to_owned(), mode: mode.to_owned(), content }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> MirrorAddress {
        MirrorAddress { url: "https://10.0.0.1:7443".into(), authority_pem: Some("PEM\n".into()) }
    }

    #[test]
    fn containerd_is_told_of_the_mirror_only_and_with_credentials_wherever_it_asks() {
        let (files, _) = containerd(&address(), "atoll_a_b");
        let hosts = files.iter().find(|file| file.path == CONTAINERD_HOSTS).expect("hosts.toml");
        let table: toml::Table = hosts.content.parse().expect("TOML");
        let server = table.get("server").and_then(toml::Value::as_str);
        assert_eq!(server, Some("https://10.0.0.1:7443"));
        let host = table["host"].get("https://10.0.0.1:7443").expect("the host");
        assert_eq!(host["header"], table["header"]);
        assert_eq!(host["ca"], table["ca"]);
        let sent = table["header"]["Authorization"].as_str().and_then(|v| v.strip_prefix("Basic "));
        let sent = STANDARD.decode(sent.expect("Basic")).expect("base64");
        assert_eq!(sent, b"node:atoll_a_b");
        assert_eq!(hosts.mode, "0600");
    }

    #[test]
    fn k3s_gets_yaml_with_the_mirror_for_every_name() {
        let (files, _) = k3s(&address(), "atoll_a_b");
        let file = files.iter().find(|file| file.path == K3S_REGISTRIES).expect("registries.yaml");
        let yaml: serde_json::Value = serde_saphyr::from_str(&file.content).expect("YAML");
        assert_eq!(yaml["mirrors"]["*"]["endpoint"][0], "https://10.0.0.1:7443");
        assert_eq!(yaml["configs"]["10.0.0.1:7443"]["auth"]["password"], "atoll_a_b");
        assert_eq!(yaml["configs"]["10.0.0.1:7443"]["tls"]["ca_file"], K3S_CA);
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn a_certificate_that_nodes_trust_already_needs_no_authority() {
        let address = MirrorAddress { authority_pem: None, ..address() };
        for (files, _) in [containerd(&address, "t"), k3s(&address, "t")] {
            assert!(files.iter().all(|file| !file.content.contains("atoll-ca.pem")));
            assert!(files.iter().all(|file| !file.path.ends_with("atoll-ca.pem")));
        }
    }
}
