use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use kube::runtime::watcher::Event as Watch;
use serde_json::{Value, json};

use std::time::Duration;

use super::super::apply::Expected;
use super::Goal;
use super::observed::Observed;
use super::stream::Seen;
use super::trouble::Trouble;
use super::verdict::Verdict;
use super::wait::judge;
use crate::provision::Level;

fn parsed<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object of the cluster")
}

/// An observation of complete listings.
fn observed(deployment: Value, pods: &[Value], claims: &[Value]) -> Observed {
    let mut observed = Observed::new("atoll.site/build".into());
    let mut see = |seen: Seen| drop(observed.take(seen));
    see(Seen::Deployment(Watch::Apply(parsed::<Deployment>(deployment))));
    see(Seen::Deployment(Watch::InitDone));
    for pod in pods {
        see(Seen::Pod(Watch::InitApply(parsed::<Pod>(pod.clone()))));
    }
    see(Seen::Pod(Watch::InitDone));
    for claim in claims {
        see(Seen::Claim(Watch::InitApply(parsed::<PersistentVolumeClaim>(claim.clone()))));
    }
    see(Seen::Claim(Watch::InitDone));
    observed
}

fn deployment(status: &Value) -> Value {
    json!({
        "metadata": { "name": "d" },
        "spec": { "replicas": 1, "selector": {}, "template": {} },
        "status": status,
    })
}

fn pod(build: &str, status: &Value) -> Value {
    json!({
        "metadata": { "name": "p", "uid": "u", "annotations": { "atoll.site/build": build } },
        "status": status,
    })
}

fn waiting(reason: &str, message: &str) -> Value {
    json!({ "containerStatuses": [{
        "name": "c", "image": "docker.io/a:1", "imageID": "", "ready": false, "restartCount": 0,
        "state": { "waiting": { "reason": reason, "message": message } },
        "lastState": { "terminated": { "exitCode": 3, "reason": "Error", "message": "boom\n" } },
    }] })
}

fn goal() -> Goal {
    let deployments = vec![Expected { name: "d".into(), generation: 2 }];
    Goal::Running { deployments, build: "7".into() }
}

fn troubles(pods: &[Value], claims: &[Value]) -> Vec<Trouble> {
    match judge(&goal(), &observed(deployment(&json!({})), pods, claims)) {
        Verdict::Waiting(troubles) => troubles,
        Verdict::Reached => panic!("cannot run"),
    }
}

fn only(pod_status: &Value) -> Trouble {
    let mut found = troubles(&[pod("7", pod_status)], &[]);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_workspace_runs_when_the_applied_generation_does() {
    let up =
        json!({ "observedGeneration": 2, "updatedReplicas": 1, "readyReplicas": 1, "replicas": 1 });
    assert_eq!(judge(&goal(), &observed(deployment(&up), &[], &[])), Verdict::Reached);
    for (key, value) in
        [("observedGeneration", 1), ("updatedReplicas", 0), ("readyReplicas", 0), ("replicas", 2)]
    {
        let mut behind = up.clone();
        behind[key] = value.into();
        let verdict = judge(&goal(), &observed(deployment(&behind), &[], &[]));
        assert_eq!(verdict, Verdict::Waiting(vec![]), "{key}");
    }
}

#[test]
fn a_missing_image_is_final_at_once_and_a_busy_mirror_is_not() {
    let missing = only(&waiting("ErrImagePull", "failed to resolve: docker.io/a:1: not found"));
    assert_eq!(missing.patience(Duration::ZERO), Duration::ZERO);
    assert_eq!(missing.problem().code().id, "workspace-image-pull");
    assert!(missing.problem().cause().contains("not found"));
    let busy = only(&waiting("ImagePullBackOff", "connection refused"));
    assert!(busy.patience(Duration::ZERO) > Duration::ZERO);
    assert_eq!(busy.key(), missing.key(), "the same trouble in other words keeps its clock");
}

#[test]
fn a_crash_is_told_with_its_exit_code_and_last_words() {
    let crash = only(&waiting("CrashLoopBackOff", "back-off 10s"));
    assert_eq!(crash.patience(Duration::ZERO), Duration::ZERO);
    let problem = crash.problem();
    assert!(problem.message().contains("ended with 3"), "{problem}");
    assert_eq!(problem.cause(), "Error: boom");
}

#[test]
fn a_container_that_cannot_be_made_keeps_the_nodes_words() {
    let root = only(&waiting(
        "CreateContainerConfigError",
        "container has runAsNonRoot and image will run as root",
    ));
    assert_eq!(root.problem().code().id, "workspace-container-invalid");
    assert!(root.problem().cause().contains("runAsNonRoot"));
}

#[test]
fn an_unschedulable_pod_lasts_as_long_as_the_site_says() {
    let status = json!({ "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }] });
    let trouble = only(&status);
    assert_eq!(trouble.patience(Duration::from_secs(90)), Duration::from_secs(90));
    assert!(trouble.problem().cause().contains("Insufficient cpu"));
}

#[test]
fn the_course_of_things_is_no_trouble() {
    for reason in ["ContainerCreating", "PodInitializing"] {
        assert!(troubles(&[pod("7", &waiting(reason, ""))], &[]).is_empty());
    }
}

#[test]
fn pods_of_other_builds_and_pods_on_their_way_out_say_nothing() {
    assert!(troubles(&[pod("6", &waiting("CrashLoopBackOff", ""))], &[]).is_empty());
    let mut leaving = pod("7", &waiting("CrashLoopBackOff", ""));
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    assert!(troubles(&[leaving], &[]).is_empty());
}

#[test]
fn a_quota_is_final_at_once() {
    let message = "pods \"p\" is forbidden: exceeded quota: small";
    let status = json!({ "conditions": [{ "type": "ReplicaFailure", "status": "True", "message": message }] });
    let Verdict::Waiting(found) = judge(&goal(), &observed(deployment(&status), &[], &[])) else {
        panic!("cannot run")
    };
    assert_eq!(found[0].patience(Duration::ZERO), Duration::ZERO);
    assert_eq!(found[0].problem().code().id, "workspace-quota-exceeded");
}

#[test]
fn a_claim_that_the_provisioner_complained_about_is_in_the_way() {
    let claim =
        json!({ "metadata": { "name": "home", "uid": "c" }, "status": { "phase": "Pending" } });
    let mut observed = observed(deployment(&json!({})), &[], &[claim]);
    assert_eq!(observed.to_follow().collect::<Vec<_>>(), ["c"]);
    let event = json!({
        "metadata": { "name": "e" }, "type": "Warning", "reason": "ProvisioningFailed",
        "message": "no space", "involvedObject": { "kind": "PersistentVolumeClaim", "name": "home" },
    });
    let lines = observed.take(Seen::Event(Watch::Apply(parsed::<Event>(event.clone()))));
    assert_eq!(lines[0].text, "persistentvolumeclaim home: ProvisioningFailed: no space");
    assert_eq!(lines[0].level, Level::Warn);
    assert!(
        observed.take(Seen::Event(Watch::Apply(parsed::<Event>(event)))).is_empty(),
        "told once"
    );
    let Verdict::Waiting(found) = judge(&goal(), &observed) else { panic!("cannot run") };
    assert_eq!(found[0].problem().code().id, "workspace-volume-unavailable");
}

#[test]
fn nothing_is_gone_before_the_first_listing_ended() {
    let empty = Observed::new("b".into());
    assert_eq!(judge(&Goal::Stopped, &empty), Verdict::Waiting(vec![]));
    let seen = observed(deployment(&json!({})), &[], &[json!({ "metadata": { "name": "home" } })]);
    assert_eq!(judge(&Goal::Stopped, &seen), Verdict::Reached);
    assert_eq!(judge(&Goal::Deleted, &seen), Verdict::Waiting(vec![]), "the claim is still there");
}
