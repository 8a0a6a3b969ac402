//! The wait itself.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::Client;
use tokio::time::Instant;

use super::super::apply::Expected;
use super::super::build::Names;
use super::super::settings::KubeSettings;
use super::observed::Observed;
use super::stream::Watched;
use super::trouble::Trouble;
use super::verdict::{Remains, Verdict, gone, running};
use crate::error::{Outcome, Problem, codes};
use crate::provision::{BuildLog, Stage};

/// What is waited for.
#[derive(Debug)]
pub(in super::super) enum Goal {
    /// These Deployments run, with pods of this build.
    Running { deployments: Vec<Expected>, build: String },
    /// No pod is left.
    Stopped,
    /// No pod and no claim is left.
    Deleted,
}

/// Where and for whom.
pub(in super::super) struct Waiter<'a> {
    pub(in super::super) client: &'a Client,
    pub(in super::super) settings: &'a KubeSettings,
    pub(in super::super) names: &'a Names<'a>,
    pub(in super::super) log: &'a dyn BuildLog,
}

impl Waiter<'_> {
    /// Waits for the goal.
    ///
    /// # Errors
    /// The first trouble that outlasted its patience, in the cluster's words; or, at the
    /// deadline, whatever was still missing.
    pub(in super::super) async fn wait(&self, goal: &Goal, within: Duration) -> Outcome<()> {
        let deadline = Instant::now() + within;
        let mut watched = Watched::new(self.client, self.settings, &self.names.query());
        let mut observed = Observed::new(self.settings.label("build"));
        let mut since: BTreeMap<String, Instant> = BTreeMap::new();
        loop {
            let troubles = match judge(goal, &observed) {
                Verdict::Reached => return Ok(()),
                Verdict::Waiting(troubles) => troubles,
            };
            let now = Instant::now();
            since.retain(|key, _| troubles.iter().any(|trouble| trouble.key() == *key));
            let mut wake = deadline;
            for trouble in &troubles {
                let first = *since.entry(trouble.key()).or_insert(now);
                let end = first + trouble.patience(self.settings.unschedulable);
                if now >= end {
                    return Err(trouble.problem());
                }
                wake = wake.min(end);
            }
            if now >= deadline {
                return Err(late(goal, &observed, &troubles, within));
            }
            tokio::select! {
                seen = watched.next() => {
                    for line in observed.take(seen?) {
                        self.log.line(Stage::Status, line.level, &line.text);
                    }
                    watched.follow(&observed);
                }
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }
}

pub(super) fn judge(goal: &Goal, observed: &Observed) -> Verdict {
    match goal {
        Goal::Running { deployments, build } => running(observed, deployments, build),
        Goal::Stopped => gone(observed, Remains::Pods),
        Goal::Deleted => gone(observed, Remains::PodsAndClaims),
    }
}

/// The deadline passed without the cluster saying anything final.
fn late(goal: &Goal, observed: &Observed, troubles: &[Trouble], within: Duration) -> Problem {
    let (code, what) = match goal {
        Goal::Running { .. } => (&codes::cluster::WORKSPACE_NOT_READY, "did not run"),
        Goal::Stopped | Goal::Deleted => (&codes::cluster::WORKSPACE_NOT_GONE, "was not gone"),
    };
    let message = format!("the workspace {what} within {} s", within.as_secs());
    let said = troubles.iter().map(Trouble::text).chain(observed.last_warning().map(str::to_owned));
    let said: Vec<String> = said.chain(observed.summary()).collect();
    Problem::new(code, message).because_of(said.join("; "))
}
