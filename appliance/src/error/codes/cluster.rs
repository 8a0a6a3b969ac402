//! The site's cluster, and what it says about workspaces.

use super::Code;

/// The kubeconfig cannot be used.
pub const KUBECONFIG_INVALID: Code = Code {
    id: "cluster-kubeconfig-invalid",
    http: 422,
    retryable: false,
    meaning: "The kubeconfig cannot be read, is not well formed, or names a context or file that is not there.",
    remedy: "check it with `kubectl --kubeconfig FILE cluster-info`, then run the same command again with `--kubeconfig FILE`",
};

/// The API server does not answer.
pub const CLUSTER_UNREACHABLE: Code = Code {
    id: "cluster-unreachable",
    http: 503,
    retryable: true,
    meaning: "The cluster's API server did not answer, or its certificate is not the one expected.",
    remedy: "on the appliance's machine try `curl -k https://ADDRESS:6443/readyz` with the address from the kubeconfig; open the firewall or start the API server, then try again",
};

/// The API server is overloaded or unwell.
pub const CLUSTER_BUSY: Code = Code {
    id: "cluster-busy",
    http: 503,
    retryable: true,
    meaning: "The cluster's API server answered that it cannot serve the request now.",
    remedy: "try again in a minute; if it lasts, an administrator of the cluster looks at `kubectl get --raw '/readyz?verbose'`",
};

/// The credentials are not accepted.
pub const CLUSTER_UNAUTHORIZED: Code = Code {
    id: "cluster-unauthorized",
    http: 502,
    retryable: false,
    meaning: "The cluster does not accept Atoll's credentials: the account or its token was removed.",
    remedy: "an administrator of the cluster applies `atoll cluster rights` again and the operator runs `atoll install` again with `--kubeconfig FILE`",
};

/// A right is missing.
pub const CLUSTER_FORBIDDEN: Code = Code {
    id: "cluster-forbidden",
    http: 502,
    retryable: false,
    meaning: "The cluster refuses something that Atoll's account, or the kubeconfig given, needs to do.",
    remedy: "an administrator of the cluster runs `atoll cluster rights --namespace NAMESPACE | kubectl apply -f -`, then the same command is run again",
};

/// The cluster's release is too old.
pub const CLUSTER_TOO_OLD: Code = Code {
    id: "cluster-too-old",
    http: 422,
    retryable: false,
    meaning: "The cluster's release lacks something Atoll relies on.",
    remedy: "upgrade the cluster to Kubernetes 1.25 or newer, or give `--kubeconfig` of another one",
};

/// There is no default storage class.
pub const STORAGE_CLASS_MISSING: Code = Code {
    id: "cluster-storage-class-missing",
    http: 422,
    retryable: false,
    meaning: "A claim names no storage class, the site has none configured, and the cluster has no default one.",
    remedy: "`kubectl get storageclass` lists the classes; run `atoll install --storage-class NAME`, or mark one as default: `kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true`",
};

/// An image cannot be pulled.
pub const WORKSPACE_IMAGE_PULL: Code = Code {
    id: "workspace-image-pull",
    http: 502,
    retryable: false,
    meaning: "A node cannot pull an image of the workspace; the cause has the node's own words.",
    remedy: "`atoll mirror list` shows what the mirror has: import a bundle with the image, or set the nodes up with `atoll mirror node-config`; then `atoll start WORKSPACE`",
};

/// A container ends again and again.
pub const WORKSPACE_CRASHED: Code = Code {
    id: "workspace-crashed",
    http: 502,
    retryable: false,
    meaning: "A container of the workspace ends soon after each start; the cause has its exit code and last output.",
    remedy: "correct the container's command or its memory limit in the template, then `atoll template push NAME --directory DIR` and `atoll start WORKSPACE`",
};

/// A container cannot be made.
pub const WORKSPACE_CONTAINER: Code = Code {
    id: "workspace-container-invalid",
    http: 502,
    retryable: false,
    meaning: "A node cannot make a container of the workspace as the template wants it, for example because its image runs as root.",
    remedy: "correct the container in the template (`securityContext.runAsUser` for an image that runs as root), then `atoll template push NAME --directory DIR` and `atoll start WORKSPACE`",
};

/// No node takes the pod.
pub const WORKSPACE_UNSCHEDULABLE: Code = Code {
    id: "workspace-unschedulable",
    http: 503,
    retryable: true,
    meaning: "No node of the cluster has what the workspace asks for; the cause has the scheduler's own words.",
    remedy: "start it with smaller values (`atoll start WORKSPACE --parameter NAME=VALUE`), stop another workspace, or add a node",
};

/// A quota is used up.
pub const WORKSPACE_QUOTA: Code = Code {
    id: "workspace-quota-exceeded",
    http: 503,
    retryable: true,
    meaning: "A quota of the namespace does not allow what the workspace asks for.",
    remedy: "stop or delete another workspace, or an administrator raises the quota: `kubectl --namespace NAMESPACE edit resourcequota`",
};

/// The cluster refuses an object.
pub const WORKSPACE_REFUSED: Code = Code {
    id: "workspace-refused",
    http: 502,
    retryable: false,
    meaning: "The cluster refuses an object of the workspace: it is not valid, cannot change so, or a policy of the cluster forbids it.",
    remedy: "correct the object in the template as the cause says, then `atoll template push NAME --directory DIR` and `atoll start WORKSPACE`",
};

/// A claim finds no volume.
pub const WORKSPACE_VOLUME: Code = Code {
    id: "workspace-volume-unavailable",
    http: 503,
    retryable: true,
    meaning: "The cluster cannot make or bind the volume of a claim; the cause has the provisioner's own words.",
    remedy: "`kubectl --namespace NAMESPACE describe pvc` shows the claim; correct the storage class or free space, then `atoll start WORKSPACE`",
};

/// It did not run in time.
pub const WORKSPACE_NOT_READY: Code = Code {
    id: "workspace-not-ready",
    http: 504,
    retryable: true,
    meaning: "The workspace did not run within the time allowed, and the cluster gave no final reason.",
    remedy: "`atoll logs WORKSPACE` has what the cluster said; `atoll start WORKSPACE` tries again",
};

/// It did not go in time.
pub const WORKSPACE_NOT_GONE: Code = Code {
    id: "workspace-not-gone",
    http: 504,
    retryable: true,
    meaning: "Pods or claims of the workspace were still there when the time allowed was over: a node may be down, or something else uses the claim.",
    remedy: "`kubectl --namespace NAMESPACE get pods,pvc` shows what is left; the same command tries again",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &KUBECONFIG_INVALID,
    &CLUSTER_UNREACHABLE,
    &CLUSTER_BUSY,
    &CLUSTER_UNAUTHORIZED,
    &CLUSTER_FORBIDDEN,
    &CLUSTER_TOO_OLD,
    &STORAGE_CLASS_MISSING,
    &WORKSPACE_IMAGE_PULL,
    &WORKSPACE_CRASHED,
    &WORKSPACE_CONTAINER,
    &WORKSPACE_UNSCHEDULABLE,
    &WORKSPACE_QUOTA,
    &WORKSPACE_REFUSED,
    &WORKSPACE_VOLUME,
    &WORKSPACE_NOT_READY,
    &WORKSPACE_NOT_GONE,
];
