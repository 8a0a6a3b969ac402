use serde_json::json;

use super::*;

fn manifest(tree: Value) -> Manifest {
    Manifest::read("manifests/a.yaml", 0, tree).expect("a known kind with a name")
}

fn deployment(pod: &Value) -> Manifest {
    manifest(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": "main" },
        "spec": { "template": { "spec": pod } },
    }))
}

fn field_of(refusal: Refusal) -> (String, String) {
    match refusal {
        Refusal::Field { place, why } => (place.field, why),
        other => panic!("not a field: {other}"),
    }
}

fn refused(pod: &Value, level: PodSecurity) -> (String, String) {
    field_of(judge(&deployment(pod), level, Leaves::Unrendered).expect_err(&pod.to_string()))
}

/// What a pod may say to reach the node, and the field that is to blame.
fn pods_that_reach_out() -> Vec<(Value, &'static str)> {
    let volume = |source: Value| {
        let mut volume = json!({ "name": "v" });
        extend(&mut volume, source);
        json!({ "volumes": [volume] })
    };
    let token = json!({ "projected": { "sources": [{ "serviceAccountToken": {} }] } });
    let unconfined = json!({ "seccompProfile": { "type": "Unconfined" } });
    vec![
        (json!({ "hostNetwork": true }), "hostNetwork"),
        (json!({ "hostPID": true }), "hostPID"),
        (json!({ "hostIPC": true }), "hostIPC"),
        (json!({ "hostUsers": true }), "hostUsers"),
        (json!({ "nodeName": "n" }), "nodeName"),
        (json!({ "serviceAccountName": "admin" }), "serviceAccountName"),
        (json!({ "serviceAccount": "admin" }), "serviceAccount"),
        (json!({ "automountServiceAccountToken": true }), "automountServiceAccountToken"),
        (json!({ "priorityClassName": "system-node-critical" }), "priorityClassName"),
        (json!({ "imagePullSecrets": [{ "name": "x" }] }), "imagePullSecrets"),
        (json!({ "ephemeralContainers": [] }), "ephemeralContainers"),
        (json!({ "somethingNew": 1 }), "somethingNew"),
        (volume(json!({ "hostPath": { "path": "/" } })), "volumes[0].hostPath"),
        (volume(json!({ "csi": { "driver": "x" } })), "volumes[0].csi"),
        (volume(json!({ "nfs": {} })), "volumes[0].nfs"),
        (volume(token), "volumes[0].projected.sources[0].serviceAccountToken"),
        (json!({ "securityContext": { "sysctls": [] } }), "securityContext.sysctls"),
        (json!({ "securityContext": { "seLinuxOptions": {} } }), "securityContext.seLinuxOptions"),
        (json!({ "securityContext": unconfined }), "securityContext.seccompProfile.type"),
    ]
}

/// The same for a container.
fn containers_that_reach_out() -> Vec<(Value, &'static str)> {
    let powers = json!({ "capabilities": { "add": ["SYS_ADMIN"] } });
    let mount = json!([{ "name": "v", "mountPropagation": "Bidirectional" }]);
    let probe = json!({ "httpGet": { "host": "10.0.0.1", "port": 1 } });
    vec![
        (json!({ "securityContext": { "privileged": true } }), "securityContext.privileged"),
        (json!({ "securityContext": { "procMount": "Unmasked" } }), "securityContext.procMount"),
        (json!({ "securityContext": powers }), "securityContext.capabilities.add[0]"),
        (json!({ "ports": [{ "containerPort": 1, "hostPort": 1 }] }), "ports[0].hostPort"),
        (json!({ "volumeDevices": [] }), "volumeDevices"),
        (json!({ "volumeMounts": mount }), "volumeMounts[0].mountPropagation"),
        (json!({ "livenessProbe": probe }), "livenessProbe.httpGet.host"),
    ]
}

fn extend(value: &mut Value, more: Value) {
    let Value::Object(more) = more else { panic!("not a mapping: {more}") };
    value.as_object_mut().expect("a mapping").extend(more);
}

#[test]
fn every_way_to_the_node_is_refused_by_name() {
    for level in [PodSecurity::Baseline, PodSecurity::Restricted] {
        for (pod, field) in pods_that_reach_out() {
            assert_eq!(refused(&pod, level).0, format!("spec.template.spec.{field}"));
        }
        for (extra, field) in containers_that_reach_out() {
            let mut container = json!({ "name": "c", "image": "i" });
            extend(&mut container, extra);
            for list in ["containers", "initContainers"] {
                let (found, _) = refused(&json!({ list: [container] }), level);
                assert_eq!(found, format!("spec.template.spec.{list}[0].{field}"));
            }
        }
    }
}

#[test]
fn root_is_for_baseline_and_the_refusal_says_so() {
    for pod in [
        json!({ "securityContext": { "runAsUser": 0 } }),
        json!({ "securityContext": { "runAsNonRoot": false } }),
        json!({ "containers": [{ "name": "c", "securityContext": { "runAsUser": 0 } }] }),
        json!({ "containers": [{ "name": "c", "securityContext": { "allowPrivilegeEscalation": true } }] }),
        json!({ "containers": [{ "name": "c", "securityContext": { "capabilities": { "add": ["CHOWN"] } } }] }),
        json!({ "containers": [{ "name": "c", "securityContext": { "capabilities": { "drop": ["CHOWN"] } } }] }),
    ] {
        let (_, why) = refused(&pod, PodSecurity::Restricted);
        assert!(why.contains("baseline"), "{why}");
        judge(&deployment(&pod), PodSecurity::Baseline, Leaves::Unrendered)
            .expect("baseline allows it");
    }
}

#[test]
fn an_expression_is_judged_when_its_value_is_known() {
    let pod = json!({ "hostNetwork": "{{ parameters.net }}" });
    judge(&deployment(&pod), PodSecurity::Restricted, Leaves::Unrendered).expect("not known yet");
    // After rendering the same text is only a text, and no boolean.
    let (field, _) = field_of(
        judge(&deployment(&pod), PodSecurity::Restricted, Leaves::Rendered).expect_err("a text"),
    );
    assert_eq!(field, "spec.template.spec.hostNetwork");
    let pod = json!({ "hostNetwork": true });
    judge(&deployment(&pod), PodSecurity::Restricted, Leaves::Rendered).expect_err("now known");
}

#[test]
fn namespaces_annotations_and_labels_of_others_are_refused() {
    for (metadata, field) in [
        (json!({ "name": "a", "namespace": "kube-system" }), "metadata.namespace"),
        (json!({ "name": "a", "annotations": { "x": "y" } }), "metadata.annotations"),
        (json!({ "name": "a", "finalizers": ["x"] }), "metadata.finalizers"),
        (json!({ "name": "a", "ownerReferences": [] }), "metadata.ownerReferences"),
        (
            json!({ "name": "a", "labels": { "atoll.site/workspace-id": "x" } }),
            "metadata.labels.atoll.site/workspace-id",
        ),
    ] {
        let map =
            manifest(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata }));
        let refusal = judge(&map, PodSecurity::Restricted, Leaves::Unrendered).expect_err(field);
        assert_eq!(field_of(refusal).0, field);
    }
}

#[test]
fn claims_services_and_secrets_reach_nothing_of_others() {
    for (kind, rest, field) in [
        ("PersistentVolumeClaim", json!({ "spec": { "volumeName": "pv" } }), "spec.volumeName"),
        ("PersistentVolumeClaim", json!({ "spec": { "dataSource": {} } }), "spec.dataSource"),
        ("PersistentVolumeClaim", json!({ "spec": { "volumeMode": "Block" } }), "spec.volumeMode"),
        ("Service", json!({ "spec": { "type": "NodePort" } }), "spec.type"),
        ("Service", json!({ "spec": { "externalIPs": ["1.2.3.4"] } }), "spec.externalIPs"),
        ("Service", json!({ "spec": { "ports": [{ "nodePort": 1 }] } }), "spec.ports[0].nodePort"),
        ("Secret", json!({ "type": "kubernetes.io/service-account-token" }), "type"),
    ] {
        let mut tree = json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": "a" } });
        tree.as_object_mut()
            .expect("a mapping")
            .extend(rest.as_object().expect("a mapping").clone());
        let refusal =
            judge(&manifest(tree), PodSecurity::Baseline, Leaves::Unrendered).expect_err(field);
        assert_eq!(field_of(refusal).0, field);
    }
}

#[test]
fn texts_of_the_cluster_are_known_by_their_place() {
    for field in [
        "spec.template.spec.containers[0].env[3].value",
        "spec.template.spec.containers[0].args[0]",
        "data.key",
        "stringData.key",
        "metadata.labels.tier",
    ] {
        assert!(is_text_field(field), "{field}");
    }
    for field in [
        "spec.replicas",
        "spec.template.spec.containers[0].ports[0].containerPort",
        "spec.template.spec.containers[0].env[0].name",
    ] {
        assert!(!is_text_field(field), "{field}");
    }
}
