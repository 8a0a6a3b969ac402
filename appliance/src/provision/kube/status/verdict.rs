//! Judges what was observed: reached, or what stands in the way. Pure.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ContainerStatus, PersistentVolumeClaim, Pod};
use kube::ResourceExt;

use super::super::apply::Expected;
use super::observed::Observed;
use super::trouble::Trouble;

/// The state of the goal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it should be.
    Reached,
    /// Not yet; and this is in the way, if anything is.
    Waiting(Vec<Trouble>),
}

/// What must be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remains {
    Pods,
    PodsAndClaims,
}

/// Whether everything of the workspace that should go is gone.
pub(super) fn gone(observed: &Observed, remains: Remains) -> Verdict {
    let no_pods = observed.pods.all().is_some_and(|mut pods| pods.next().is_none());
    let no_claims = match remains {
        Remains::Pods => true,
        Remains::PodsAndClaims => {
            observed.claims.all().is_some_and(|mut claims| claims.next().is_none())
        }
    };
    if no_pods && no_claims { Verdict::Reached } else { Verdict::Waiting(Vec::new()) }
}

/// Whether every Deployment runs the pods of this build, and no others.
pub(super) fn running(observed: &Observed, expected: &[Expected], build: &str) -> Verdict {
    let runs = |expected: &Expected| {
        observed
            .deployments
            .get(&expected.name)
            .is_some_and(|deployment| is_up(deployment, expected))
    };
    if expected.iter().all(runs) {
        return Verdict::Reached;
    }
    let mut troubles = Vec::new();
    for expected in expected {
        troubles.extend(observed.deployments.get(&expected.name).and_then(pod_refused));
    }
    for pod in observed.pods_of(build) {
        troubles.extend(pod_troubles(pod));
    }
    let claims = observed.claims.all().into_iter().flatten();
    troubles.extend(claims.filter_map(|claim| volume(observed, claim)));
    Verdict::Waiting(troubles)
}

fn is_up(deployment: &Deployment, expected: &Expected) -> bool {
    let Some(status) = &deployment.status else { return false };
    let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
    status.observed_generation.unwrap_or_default() >= expected.generation
        && status.updated_replicas.unwrap_or_default() == wanted
        && status.ready_replicas.unwrap_or_default() == wanted
        && status.replicas.unwrap_or_default() == wanted
}

/// The Deployment's condition that says why its pod was not made.
fn pod_refused(deployment: &Deployment) -> Option<Trouble> {
    let conditions = deployment.status.as_ref()?.conditions.as_ref()?;
    let failure = conditions
        .iter()
        .find(|condition| condition.type_ == "ReplicaFailure" && condition.status == "True")?;
    let message = failure.message.clone().unwrap_or_default();
    Some(Trouble::PodRefused { deployment: deployment.name_any(), message })
}

fn pod_troubles(pod: &Pod) -> Vec<Trouble> {
    // A pod that is being taken away says nothing about the next one.
    if pod.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let Some(status) = &pod.status else { return Vec::new() };
    let mut troubles = Vec::new();
    let conditions = status.conditions.iter().flatten();
    let unscheduled = conditions.into_iter().find(|condition| {
        condition.type_ == "PodScheduled" && condition.reason.as_deref() == Some("Unschedulable")
    });
    if let Some(condition) = unscheduled {
        let message = condition.message.clone().unwrap_or_default();
        troubles.push(Trouble::Unschedulable { pod: pod.name_any(), message });
    }
    let containers = [&status.init_container_statuses, &status.container_statuses];
    troubles.extend(containers.into_iter().flatten().flatten().filter_map(container_trouble));
    troubles
}

fn container_trouble(status: &ContainerStatus) -> Option<Trouble> {
    let waiting = status.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.clone().unwrap_or_default();
    let message = waiting.message.clone().unwrap_or_default();
    let container = status.name.clone();
    match reason.as_str() {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "InvalidImageName"
        | "ErrImageNeverPull"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => {
            Some(Trouble::Pull { container, image: status.image.clone(), reason, message })
        }
        "CrashLoopBackOff" => Some(crash(status, container)),
        "CreateContainerConfigError"
        | "CreateContainerError"
        | "RunContainerError"
        | "PreCreateHookError"
        | "PreStartHookError"
        | "PostStartHookError" => Some(Trouble::Container { container, reason, message }),
        // `PodInitializing` and `ContainerCreating` are the course of things.
        _in_course => None,
    }
}

/// Why the container ended last time; its own last words if it left any.
fn crash(status: &ContainerStatus, container: String) -> Trouble {
    let ended = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
    let text = |text: Option<&String>| text.map(|text| text.trim().to_owned()).unwrap_or_default();
    Trouble::Crash {
        container,
        exit: ended.map_or(-1, |ended| ended.exit_code),
        reason: text(ended.and_then(|ended| ended.reason.as_ref())),
        message: text(ended.and_then(|ended| ended.message.as_ref())),
    }
}

/// A claim that is not bound and about which the cluster complained.
fn volume(observed: &Observed, claim: &PersistentVolumeClaim) -> Option<Trouble> {
    let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
    if phase == Some("Bound") {
        return None;
    }
    let warning = observed.warnings.get(&claim.name_any())?;
    Some(Trouble::Volume {
        claim: claim.name_any(),
        reason: warning.reason.clone(),
        message: warning.message.clone(),
    })
}
