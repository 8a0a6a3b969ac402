//! Carries out a plan. It makes no decision: the order and the objects are the plan's.

use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, Preconditions};

use super::build::Prepared;
use super::call::answered;
use super::failure::{Doing, is_conflict, is_not_found};
use super::inventory::{Entry, Held};
use super::kind::Kind;
use super::plan::Plan;
use super::settings::KubeSettings;
use crate::error::{Outcome, Problem, codes};
use crate::provision::{BuildLog, Level, Stage};

/// Who owns the fields Atoll sets, in the words of server-side apply.
const MANAGER: &str = "atoll";

/// A plan that was carried out.
#[derive(Debug)]
pub(super) struct Applied {
    /// The Deployments that should come up now.
    pub(super) deployments: Vec<Expected>,
}

/// A Deployment and the state of it that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// Its name in the cluster.
    pub(super) name: String,
    /// The generation that was applied: an older one says nothing about this build.
    pub(super) generation: i64,
}

/// Applies and prunes. What is held is kept up to date at every step, so that a failure in the
/// middle leaves a true inventory.
pub(super) async fn apply(
    client: &Client,
    settings: &KubeSettings,
    plan: Plan,
    held: &mut Held,
    log: &dyn BuildLog,
) -> Outcome<Applied> {
    let Plan { apply, prune } = plan;
    let mut deployments = Vec::new();
    for object in &apply {
        let applied = apply_one(client, settings, object).await?;
        held.add(Entry {
            kind: object.kind,
            namespace: settings.namespace.clone(),
            name: object.address.clone(),
            uid: applied.metadata.uid.unwrap_or_default(),
        });
        let line =
            format!("applied {} {} as {}", object.kind.as_str(), object.name, object.address);
        log.line(Stage::Apply, Level::Info, &line);
        if object.kind == Kind::Deployment {
            let generation = applied.metadata.generation.unwrap_or_default();
            deployments.push(Expected { name: object.address.clone(), generation });
        }
    }
    for entry in &prune {
        delete_one(client, entry).await?;
        held.remove(entry);
        let line = format!("removed {} {}", entry.kind.as_str(), entry.name);
        log.line(Stage::Apply, Level::Info, &line);
    }
    Ok(Applied { deployments })
}

async fn apply_one(
    client: &Client,
    settings: &KubeSettings,
    object: &Prepared,
) -> Outcome<DynamicObject> {
    let api: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), &settings.namespace, &object.kind.resource());
    // Forced: a field that somebody edited by hand goes back to what the template says.
    let parameters = PatchParams::apply(MANAGER).force().validation_strict();
    let title = format!("{} {}", object.kind.as_str(), object.address);
    let doing = Doing { verb: "apply", object: &title };
    let patch = Patch::Apply(&object.body);
    let answer = answered(doing, api.patch(&object.address, &parameters, &patch)).await?;
    answer.map_err(|error| refused(object, doing.failed(&error)))
}

/// A refusal of what the template wrote names the template's object.
fn refused(object: &Prepared, problem: Problem) -> Problem {
    if problem.code() != &codes::cluster::WORKSPACE_REFUSED {
        return problem;
    }
    problem.remedy(format!(
        "correct the {} `{}` of the template as the cause says, then `atoll template push NAME --directory DIR` and `atoll start WORKSPACE`",
        object.kind.as_str(),
        object.name
    ))
}

/// Deletes an object if it is still the one that is held.
async fn delete_one(client: &Client, entry: &Entry) -> Outcome<()> {
    let api: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), &entry.namespace, &entry.kind.resource());
    let uid = (!entry.uid.is_empty()).then(|| entry.uid.clone());
    let parameters =
        DeleteParams::background().preconditions(Preconditions { uid, resource_version: None });
    let title = format!("{} {}", entry.kind.as_str(), entry.name);
    let doing = Doing { verb: "delete", object: &title };
    match answered(doing, api.delete(&entry.name, &parameters)).await? {
        Ok(_deleted) => Ok(()),
        // Gone already, or replaced by somebody: either way not ours any more.
        Err(error) if is_not_found(&error) || is_conflict(&error) => Ok(()),
        Err(error) => Err(doing.failed(&error)),
    }
}
