//! The fields of a pod and its containers.

use super::rule::Rule::{self, Any, Each, Fields, Never, OneOf, Only, Scalar};

const HOST: &str = "may not be set: it would give the workspace a part of the node";
const IDENTITY: &str = "may not be set: a workspace has its own account without rights";
const SCHEDULING: &str =
    "may not be set: where and before whom a pod runs is the cluster's to decide";

pub(super) const POD: Rule = Fields(&[
    ("activeDeadlineSeconds", Scalar),
    ("affinity", Any),
    ("containers", Each(&CONTAINER)),
    ("dnsConfig", Any),
    (
        "dnsPolicy",
        OneOf(&["ClusterFirst", "Default", "None"], "must be `ClusterFirst`, `Default` or `None`"),
    ),
    ("enableServiceLinks", Scalar),
    ("hostAliases", Any),
    ("hostname", Scalar),
    ("initContainers", Each(&CONTAINER)),
    ("nodeSelector", Rule::Texts),
    ("restartPolicy", OneOf(&["Always"], "must be `Always`")),
    ("runtimeClassName", Scalar),
    ("securityContext", POD_SECURITY),
    ("shareProcessNamespace", Scalar),
    ("terminationGracePeriodSeconds", Scalar),
    ("tolerations", Any),
    ("topologySpreadConstraints", Any),
    ("volumes", Each(&VOLUME)),
    ("automountServiceAccountToken", Only(false, IDENTITY)),
    ("hostIPC", Only(false, HOST)),
    ("hostNetwork", Only(false, HOST)),
    ("hostPID", Only(false, HOST)),
    ("hostUsers", Only(false, HOST)),
    ("ephemeralContainers", Never("may not be set: they are for debugging a pod that runs")),
    ("imagePullSecrets", Never("may not be set: images come from the site's mirror")),
    ("nodeName", Never(SCHEDULING)),
    ("preemptionPolicy", Never(SCHEDULING)),
    ("priority", Never(SCHEDULING)),
    ("priorityClassName", Never(SCHEDULING)),
    ("schedulerName", Never(SCHEDULING)),
    ("serviceAccount", Never(IDENTITY)),
    ("serviceAccountName", Never(IDENTITY)),
]);

const SECCOMP: Rule = Fields(&[
    ("type", OneOf(&["RuntimeDefault", "Localhost"], "must be `RuntimeDefault` or `Localhost`")),
    ("localhostProfile", Scalar),
]);
const APP_ARMOR: Rule = SECCOMP;

const SYSCTLS: &str = "may not be set: kernel settings are the node's";
const SELINUX: &str = "may not be set: a label could be another workspace's";

const POD_SECURITY: Rule = Fields(&[
    ("appArmorProfile", APP_ARMOR),
    ("fsGroup", Scalar),
    ("fsGroupChangePolicy", Scalar),
    ("runAsGroup", Scalar),
    ("runAsNonRoot", Scalar),
    ("runAsUser", Scalar),
    ("seccompProfile", SECCOMP),
    ("supplementalGroups", Each(&Scalar)),
    ("sysctls", Never(SYSCTLS)),
    ("seLinuxOptions", Never(SELINUX)),
    ("windowsOptions", Never("may not be set: nodes run Linux")),
]);

/// Capabilities that Pod Security *baseline* allows to add, which are those a container runtime
/// gives anyway; *restricted* allows the last alone.
pub(super) const BASELINE_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "NET_BIND_SERVICE",
];

const CONTAINER_SECURITY: Rule = Fields(&[
    ("allowPrivilegeEscalation", Scalar),
    ("appArmorProfile", APP_ARMOR),
    (
        "capabilities",
        Fields(&[
            (
                "add",
                Each(&OneOf(
                    BASELINE_CAPABILITIES,
                    "is not among the capabilities of Pod Security baseline",
                )),
            ),
            ("drop", Each(&Scalar)),
        ]),
    ),
    ("privileged", Only(false, HOST)),
    ("procMount", OneOf(&["Default"], "must be `Default`")),
    ("readOnlyRootFilesystem", Scalar),
    ("runAsGroup", Scalar),
    ("runAsNonRoot", Scalar),
    ("runAsUser", Scalar),
    ("seccompProfile", SECCOMP),
    ("seLinuxOptions", Never(SELINUX)),
    ("windowsOptions", Never("may not be set: nodes run Linux")),
]);

const HANDLER_HOST: &str = "may not be set: the node would connect to it";
const HTTP_GET: Rule = Fields(&[
    ("path", Scalar),
    ("port", Scalar),
    ("scheme", Scalar),
    ("httpHeaders", Any),
    ("host", Never(HANDLER_HOST)),
]);
const TCP_SOCKET: Rule = Fields(&[("port", Scalar), ("host", Never(HANDLER_HOST))]);

const PROBE: Rule = Fields(&[
    ("exec", Any),
    ("grpc", Any),
    ("httpGet", HTTP_GET),
    ("tcpSocket", TCP_SOCKET),
    ("failureThreshold", Scalar),
    ("initialDelaySeconds", Scalar),
    ("periodSeconds", Scalar),
    ("successThreshold", Scalar),
    ("terminationGracePeriodSeconds", Scalar),
    ("timeoutSeconds", Scalar),
]);

const HANDLER: Rule =
    Fields(&[("exec", Any), ("httpGet", HTTP_GET), ("sleep", Any), ("tcpSocket", TCP_SOCKET)]);

const KEY_OF: Rule = Fields(&[("key", Scalar), ("name", Scalar), ("optional", Scalar)]);
const OBJECT: Rule = Fields(&[("name", Scalar), ("optional", Scalar)]);

const CONTAINER: Rule = Fields(&[
    ("args", Each(&Scalar)),
    ("command", Each(&Scalar)),
    (
        "env",
        Each(&Fields(&[
            ("name", Scalar),
            ("value", Scalar),
            (
                "valueFrom",
                Fields(&[
                    ("configMapKeyRef", KEY_OF),
                    ("fieldRef", Any),
                    ("resourceFieldRef", Any),
                    ("secretKeyRef", KEY_OF),
                ]),
            ),
        ])),
    ),
    (
        "envFrom",
        Each(&Fields(&[("configMapRef", OBJECT), ("prefix", Scalar), ("secretRef", OBJECT)])),
    ),
    ("image", Scalar),
    ("imagePullPolicy", Scalar),
    ("lifecycle", Fields(&[("postStart", HANDLER), ("preStop", HANDLER)])),
    ("livenessProbe", PROBE),
    ("name", Scalar),
    (
        "ports",
        Each(&Fields(&[
            ("containerPort", Scalar),
            ("name", Scalar),
            ("protocol", Scalar),
            ("hostIP", Never(HOST)),
            ("hostPort", Never(HOST)),
        ])),
    ),
    ("readinessProbe", PROBE),
    ("resources", Fields(&[("limits", Rule::Texts), ("requests", Rule::Texts)])),
    ("restartPolicy", OneOf(&["Always"], "must be `Always`")),
    ("securityContext", CONTAINER_SECURITY),
    ("startupProbe", PROBE),
    ("stdin", Scalar),
    ("terminationMessagePath", Scalar),
    ("terminationMessagePolicy", Scalar),
    ("tty", Scalar),
    (
        "volumeMounts",
        Each(&Fields(&[
            ("mountPath", Scalar),
            ("mountPropagation", OneOf(&["None"], "must be `None`")),
            ("name", Scalar),
            ("readOnly", Scalar),
            ("subPath", Scalar),
            ("subPathExpr", Scalar),
        ])),
    ),
    ("workingDir", Scalar),
    ("volumeDevices", Never(HOST)),
]);

const ITEMS: Rule = Each(&Any);

const VOLUME: Rule = Fields(&[
    ("name", Scalar),
    (
        "configMap",
        Fields(&[
            ("defaultMode", Scalar),
            ("items", ITEMS),
            ("name", Scalar),
            ("optional", Scalar),
        ]),
    ),
    ("downwardAPI", Any),
    ("emptyDir", Fields(&[("medium", Scalar), ("sizeLimit", Scalar)])),
    ("persistentVolumeClaim", Fields(&[("claimName", Scalar), ("readOnly", Scalar)])),
    (
        "projected",
        Fields(&[
            ("defaultMode", Scalar),
            (
                "sources",
                Each(&Fields(&[
                    ("configMap", PROJECTED),
                    ("downwardAPI", Any),
                    ("secret", PROJECTED),
                    ("serviceAccountToken", Never(IDENTITY)),
                ])),
            ),
        ]),
    ),
    (
        "secret",
        Fields(&[
            ("defaultMode", Scalar),
            ("items", ITEMS),
            ("optional", Scalar),
            ("secretName", Scalar),
        ]),
    ),
    ("hostPath", Never(HOST)),
]);

const PROJECTED: Rule = Fields(&[("items", ITEMS), ("name", Scalar), ("optional", Scalar)]);
