//! The fields of each kind of object.

use super::pod::POD;
use super::rule::Rule::{
    self, Any, Each, Fields, Labels, Never, OneOf, Only, Scalar, Texts, Within,
};

const NAMESPACE: &str = "is not the template's to set: the site decides where workspaces run";
const ANNOTATIONS: &str =
    "may not be set: annotations steer admission hooks and network plugins of the cluster";

const METADATA: Rule = Fields(&[
    ("name", Scalar),
    ("labels", Labels),
    ("namespace", Never(NAMESPACE)),
    ("annotations", Never(ANNOTATIONS)),
]);

/// Labels of a Deployment's pods and its selector are replaced by the driver's own, so a
/// manifest that works with `kubectl` need not be changed.
pub(super) const DEPLOYMENT: Rule = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            (
                "replicas",
                Within(
                    1,
                    REPLICAS_MAX,
                    "must be a whole number from 1 to 10; a stop takes pods away, not `replicas`",
                ),
            ),
            ("selector", Fields(&[("matchLabels", Labels)])),
            (
                "strategy",
                Fields(&[(
                    "type",
                    OneOf(
                        &["Recreate"],
                        "must be `Recreate`: two pods of a workspace must not run at once",
                    ),
                )]),
            ),
            ("minReadySeconds", Scalar),
            ("progressDeadlineSeconds", Scalar),
            ("revisionHistoryLimit", Scalar),
            ("template", Fields(&[("metadata", POD_METADATA), ("spec", POD)])),
        ]),
    ),
]);

/// A workspace is one person's: a helper service may have a few pods.
const REPLICAS_MAX: i64 = 10;

const POD_METADATA: Rule = Fields(&[
    ("labels", Labels),
    ("namespace", Never(NAMESPACE)),
    ("annotations", Never(ANNOTATIONS)),
]);

const SOURCE: &str = "may not be set: a claim starts empty, since its source could be another's";

pub(super) const CLAIM: Rule = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            ("accessModes", Each(&Scalar)),
            ("resources", Fields(&[("requests", Fields(&[("storage", Scalar)]))])),
            ("storageClassName", Scalar),
            ("volumeMode", OneOf(&["Filesystem"], "must be `Filesystem`")),
            ("volumeName", Never("may not be set: it would bind a volume that may be another's")),
            ("selector", Never("may not be set: it would bind a volume that may be another's")),
            ("dataSource", Never(SOURCE)),
            ("dataSourceRef", Never(SOURCE)),
        ]),
    ),
]);

pub(super) const CONFIG_MAP: Rule = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    ("data", Texts),
    ("binaryData", Texts),
]);

pub(super) const SECRET: Rule = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    ("type", OneOf(&["Opaque"], "must be `Opaque`: other types make the cluster act on a secret")),
    ("data", Texts),
    ("stringData", Texts),
]);

const OUTSIDE: &str =
    "may not be set: a workspace is reached through Atoll, not through a port of the cluster";

pub(super) const SERVICE: Rule = Fields(&[
    ("apiVersion", Scalar),
    ("kind", Scalar),
    ("metadata", METADATA),
    (
        "spec",
        Fields(&[
            (
                "type",
                OneOf(&["ClusterIP"], "must be `ClusterIP`: a workspace is reached through Atoll"),
            ),
            ("clusterIP", OneOf(&["None"], "may only be `None`")),
            ("selector", Labels),
            (
                "ports",
                Each(&Fields(&[
                    ("name", Scalar),
                    ("port", Scalar),
                    ("targetPort", Scalar),
                    ("protocol", Scalar),
                    ("appProtocol", Scalar),
                    ("nodePort", Never(OUTSIDE)),
                ])),
            ),
            ("publishNotReadyAddresses", Scalar),
            ("externalIPs", Never(OUTSIDE)),
            ("externalName", Never(OUTSIDE)),
            ("loadBalancerIP", Never(OUTSIDE)),
            ("allocateLoadBalancerNodePorts", Only(false, OUTSIDE)),
            ("sessionAffinity", Any),
        ]),
    ),
]);
