//! Starting the components, in the order they need each other.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::layout::Layout;
use super::namespace::{Namespace, tail};
use super::network::{API_SERVICE, NODE_ADDRESS, NODE_NAME, POD_RANGE, SERVICE_RANGE};
use super::programs::Programs;
use super::wait;

/// The API server takes about 4 s alone on 2 cores; builds may run beside it.
const CONTROL_PLANE_TIMEOUT: Duration = Duration::from_mins(2);
const RUNTIME_TIMEOUT: Duration = Duration::from_mins(1);

pub(super) struct Components<'a> {
    namespace: &'a Namespace,
    layout: &'a Layout,
    programs: &'a Programs,
}

impl<'a> Components<'a> {
    pub(super) fn new(
        namespace: &'a Namespace,
        layout: &'a Layout,
        programs: &'a Programs,
    ) -> Self {
        Self { namespace, layout, programs }
    }

    /// etcd and the API server, the controller manager and the scheduler.
    pub(super) fn start_control_plane(&self) -> Result<()> {
        let data = self.layout.path("etcd");
        let mut etcd = Command::new("etcd");
        etcd.args(["--name=test", "--unsafe-no-fsync", "--logger=zap", "--log-level=warn"])
            .args(["--listen-client-urls=http://127.0.0.1:2379"])
            .args(["--advertise-client-urls=http://127.0.0.1:2379"])
            .args(["--listen-peer-urls=http://127.0.0.1:2380"])
            .arg(format!("--data-dir={}", data.display()));
        self.daemon("etcd", &etcd)?;
        self.daemon("kube-apiserver", &self.api_server())?;
        self.daemon("kube-controller-manager", &self.controller_manager())?;
        let mut scheduler = self.component("kube-scheduler", "scheduler");
        scheduler.args(["--leader-elect=false", "--bind-address=127.0.0.1"]);
        self.daemon("kube-scheduler", &scheduler)?;
        wait::until("the API server", CONTROL_PLANE_TIMEOUT, || {
            let mut kubectl = self.namespace.outside(self.programs.kubectl());
            kubectl.arg("--kubeconfig").arg(self.layout.kubeconfig("admin"));
            kubectl.args(["get", "--raw", "/readyz"]);
            wait::output(kubectl).map(Some)
        })
        .with_context(|| tail(self.layout, "kube-apiserver"))?;
        Ok(())
    }

    /// containerd.
    pub(super) fn start_runtime(&self) -> Result<()> {
        let mut containerd = Command::new("containerd");
        containerd.arg("--config").arg(self.layout.path("containerd/config.toml"));
        self.daemon("containerd", &containerd)?;
        wait::until("containerd", RUNTIME_TIMEOUT, || {
            let mut ctr = ctr(self.namespace, self.layout);
            ctr.arg("version");
            wait::output(ctr).map(Some)
        })
        .with_context(|| tail(self.layout, "containerd"))?;
        Ok(())
    }

    /// kubelet and kube-proxy.
    pub(super) fn start_node(&self) -> Result<()> {
        let mut kubelet = self.component("kubelet", "kubelet");
        kubelet
            .arg(format!("--config={}", self.layout.path("kubelet.yaml").display()))
            .arg(format!("--hostname-override={NODE_NAME}"))
            .arg(format!("--node-ip={NODE_ADDRESS}"));
        self.daemon("kubelet", &kubelet)?;
        let mut proxy = self.component("kube-proxy", "kube-proxy");
        proxy
            .args(["--proxy-mode=iptables", "--conntrack-max-per-core=0"])
            .args(["--metrics-bind-address=127.0.0.1:10249"])
            .arg(format!("--cluster-cidr={POD_RANGE}"))
            .arg(format!("--hostname-override={NODE_NAME}"));
        self.daemon("kube-proxy", &proxy)
    }

    fn api_server(&self) -> Command {
        let pki = |name: &str| self.layout.pki(name).display().to_string();
        let mut command = Command::new(self.programs.kubernetes("kube-apiserver"));
        command
            .args(["--etcd-servers=http://127.0.0.1:2379", "--secure-port=6443"])
            .args(["--allow-privileged=true", "--authorization-mode=Node,RBAC"])
            .args(["--enable-admission-plugins=NodeRestriction"])
            .args(["--kubelet-preferred-address-types=InternalIP"])
            .args(["--service-account-issuer=https://kubernetes.default.svc"])
            .args(["--endpoint-reconciler-type=master-count"])
            .arg(format!("--advertise-address={NODE_ADDRESS}"))
            .arg(format!("--service-cluster-ip-range={SERVICE_RANGE}"))
            .arg(format!("--client-ca-file={}", pki("ca.crt")))
            .arg(format!("--tls-cert-file={}", pki("apiserver.crt")))
            .arg(format!("--tls-private-key-file={}", pki("apiserver.key")))
            .arg(format!("--kubelet-certificate-authority={}", pki("ca.crt")))
            .arg(format!("--kubelet-client-certificate={}", pki("apiserver-kubelet-client.crt")))
            .arg(format!("--kubelet-client-key={}", pki("apiserver-kubelet-client.key")))
            .arg(format!("--service-account-key-file={}", pki("accounts.pub")))
            .arg(format!("--service-account-signing-key-file={}", pki("accounts.key")));
        command
    }

    fn controller_manager(&self) -> Command {
        let pki = |name: &str| self.layout.pki(name).display().to_string();
        let mut command = self.component("kube-controller-manager", "controller-manager");
        command
            .args(["--leader-elect=false", "--use-service-account-credentials=true"])
            .args(["--bind-address=127.0.0.1", "--allocate-node-cidrs=false"])
            .arg(format!("--service-account-private-key-file={}", pki("accounts.key")))
            .arg(format!("--root-ca-file={}", pki("ca.crt")))
            .arg(format!("--cluster-signing-cert-file={}", pki("ca.crt")))
            .arg(format!("--cluster-signing-key-file={}", pki("ca.key")));
        command
    }

    fn component(&self, program: &str, kubeconfig: &str) -> Command {
        let mut command = Command::new(self.programs.kubernetes(program));
        command.arg(format!("--kubeconfig={}", self.layout.kubeconfig(kubeconfig).display()));
        command
    }

    fn daemon(&self, name: &str, command: &Command) -> Result<()> {
        self.namespace.daemon(self.layout, name, command)
    }
}

/// Loads the images of an OCI archive under the names it carries.
pub(super) fn load_image(namespace: &Namespace, layout: &Layout, archive: &Path) -> Result<()> {
    let mut command = ctr(namespace, layout);
    command.args(["--namespace", "k8s.io", "images", "import"]).arg(archive);
    wait::output(command).map(drop)
}

fn ctr(namespace: &Namespace, layout: &Layout) -> Command {
    let mut command = namespace.inside("ctr");
    command.arg("--address").arg(layout.containerd_socket());
    command
}

/// The first service of the range is the API server's; a reminder that the two must agree.
const _: () = assert!(API_SERVICE.as_bytes()[3] == SERVICE_RANGE.as_bytes()[3]);
