use serde_json::{Value, json};

use super::super::fixtures::{MANIFESTS, request, settings};
use super::super::kind::Kind;
use super::super::refusal::Refusal;
use super::super::template::Template;
use super::super::validate::validate;
use super::*;

fn built_with(manifests: &str, claims: &ClaimClasses) -> Result<Vec<Prepared>, Refusal> {
    let request = request(manifests);
    Template::read(&request.files).expect("passes the import");
    let validated = validate(&request).expect("fine values");
    build(&validated, &request, &settings(), claims)
}

fn built() -> Vec<Prepared> {
    built_with(MANIFESTS, &ClaimClasses::new()).expect("fine")
}

fn find<'a>(objects: &'a [Prepared], kind: Kind, name: &str) -> &'a Value {
    let found = objects.iter().find(|object| object.kind == kind && object.name == name);
    &found.expect("was built").body
}

#[test]
fn a_workspace_has_an_account_without_rights_and_lets_nobody_in() {
    let objects = built();
    let account = find(&objects, Kind::ServiceAccount, "atoll-account");
    assert_eq!(account["automountServiceAccountToken"], false);
    let policy = find(&objects, Kind::NetworkPolicy, "atoll-ingress");
    let own = json!({ "matchLabels": { "atoll.site/workspace-id": "01900000-0000-7000-8000-aaaabbbbcccc" } });
    assert_eq!(policy["spec"]["podSelector"], own);
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress"]));
    assert_eq!(policy["spec"]["ingress"], json!([{ "from": [{ "podSelector": own }] }]));
    let pod = &find(&objects, Kind::Deployment, "dev")["spec"]["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], "ws-aaaabbbbcccc-atoll-account");
    assert_eq!(pod["automountServiceAccountToken"], false);
}

#[test]
fn every_object_is_named_and_labelled_for_its_workspace() {
    for object in built() {
        assert!(object.address.starts_with("ws-aaaabbbbcccc-"), "{}", object.address);
        assert_eq!(object.body["metadata"]["namespace"], "workspaces");
        let labels = &object.body["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/managed-by"], "atoll");
        assert_eq!(labels["atoll.site/owner"], "alice");
        assert_eq!(labels["atoll.site/workspace"], "dev");
    }
    assert_eq!(find(&built(), Kind::Deployment, "dev")["metadata"]["labels"]["tier"], "shell");
}

#[test]
fn selectors_reach_the_workspaces_own_pods_only() {
    let objects = built();
    let deployment = &find(&objects, Kind::Deployment, "dev")["spec"];
    let labels = &deployment["template"]["metadata"]["labels"];
    for (key, value) in deployment["selector"]["matchLabels"].as_object().expect("a mapping") {
        assert_eq!(&labels[key], value);
    }
    assert!(deployment["selector"]["matchLabels"].get("app").is_none());
    let service = &find(&objects, Kind::Service, "web")["spec"];
    assert_eq!(service["selector"]["app"], "dev");
    assert!(service["selector"].get("atoll.site/workspace-id").is_some());
    assert_eq!(deployment["strategy"], json!({ "type": "Recreate" }));
    assert_eq!(deployment["template"]["metadata"]["annotations"]["atoll.site/build"], "7");
}

#[test]
fn names_within_the_pod_become_names_in_the_cluster() {
    let objects = built();
    let pod = &find(&objects, Kind::Deployment, "dev")["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"][0]["persistentVolumeClaim"]["claimName"], "ws-aaaabbbbcccc-home");
    let variable = &pod["containers"][0]["env"][0];
    assert_eq!(variable["valueFrom"]["secretKeyRef"]["name"], "ws-aaaabbbbcccc-key");
}

#[test]
fn a_pod_cannot_name_what_its_template_does_not_declare() {
    for (from, to) in [
        ("claimName: home", "claimName: ws-111122223333-home"),
        ("secretKeyRef: { name: key", "secretKeyRef: { name: ws-aaaabbbbcccc-atoll-agent-main"),
        ("secretKeyRef: { name: key", "configMapKeyRef: { name: kube-root-ca.crt"),
        ("persistentVolumeClaim: { claimName: home }", "secret: { secretName: other }"),
        (
            "persistentVolumeClaim: { claimName: home }",
            "projected: { sources: [{ secret: { name: other } }] }",
        ),
    ] {
        let refusal = built_with(&MANIFESTS.replace(from, to), &ClaimClasses::new()).expect_err(to);
        assert_eq!(refusal.problem().code().id, "template-reference-unknown");
    }
}

#[test]
fn the_agent_starts_the_containers_command_with_its_identity_in_files() {
    let objects = built();
    let pod = &find(&objects, Kind::Deployment, "dev")["spec"]["template"]["spec"];
    let dev = &pod["containers"][0];
    assert_eq!(dev["command"], json!(["/atoll/atoll-agent", "exec", "--", "sleep", "infinity"]));
    assert!(dev.get("args").is_none());
    let env = dev["env"].as_array().expect("a list");
    let value = |name: &str| {
        env.iter()
            .find(|variable| variable["name"] == name)
            .map(|variable| variable["value"].clone())
    };
    assert_eq!(value("ATOLL_AGENT_URL"), Some("https://10.0.0.1:7443/".into()));
    assert_eq!(value("ATOLL_AGENT_TOKEN_FILE"), Some("/run/atoll/agent/token".into()));
    assert!(!dev.to_string().contains("token-text"), "the token is in the secret only");
    let secret = find(&objects, Kind::Secret, "atoll-agent-main");
    assert_eq!(secret["data"]["token"], "dG9rZW4tdGV4dA==");
    let init = &pod["initContainers"][0];
    assert_eq!(init["image"], "atoll.site/agent:0");
    assert_eq!(init["command"], json!(["/atoll-agent", "install", "/atoll"]));
    assert_eq!(pod["containers"][1].get("command"), None, "the other container is left alone");
}

#[test]
fn restricted_pods_are_filled_up_to_the_standard() {
    let objects = built();
    let pod = &find(&objects, Kind::Deployment, "dev")["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let lists = ["initContainers", "containers"];
    for container in lists.iter().flat_map(|list| pod[*list].as_array().expect("a list")) {
        assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
        assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
    }
}

#[test]
fn limits_are_added_where_the_template_sets_none() {
    let objects = built();
    let containers =
        &find(&objects, Kind::Deployment, "dev")["spec"]["template"]["spec"]["containers"];
    let dev = &containers[0]["resources"];
    assert_eq!(dev["limits"], json!({ "cpu": 1, "memory": "4Gi" }));
    assert_eq!(dev["requests"], json!({ "memory": "256Mi" }), "a request never exceeds a limit");
    assert_eq!(containers[1]["resources"]["limits"]["cpu"], "2");
}

#[test]
fn a_claim_that_exists_keeps_its_class() {
    let class = |claims: &ClaimClasses| {
        let objects = built_with(MANIFESTS, claims).expect("fine");
        find(&objects, Kind::PersistentVolumeClaim, "home")["spec"].get("storageClassName").cloned()
    };
    assert_eq!(class(&ClaimClasses::new()), None);
    let name = || "ws-aaaabbbbcccc-home".to_owned();
    assert_eq!(class(&ClaimClasses::from([(name(), Some("fast".into()))])), Some("fast".into()));
}

#[test]
fn texts_of_a_secret_are_stored_in_the_form_the_cluster_keeps() {
    let objects = built();
    let secret = find(&objects, Kind::Secret, "key");
    assert_eq!(secret["data"]["password"], "aHVudGVyMg==");
    assert!(secret.get("stringData").is_none());
}

#[test]
fn what_a_pod_needs_comes_before_the_pod() {
    let kinds: Vec<Kind> = built().iter().map(|object| object.kind).collect();
    assert!(kinds.is_sorted());
    assert_eq!(kinds.last(), Some(&Kind::Deployment));
}
