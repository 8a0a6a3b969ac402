//! Waits until a workspace runs or is gone, tells what happens meanwhile, and gives up as soon as
//! the cluster has said why it will not happen.

mod observed;
mod stream;
mod trouble;
mod verdict;

use std::collections::BTreeMap;
use std::time::Duration;

use kube::Client;
use tokio::time::Instant;

use self::observed::Observed;
use self::stream::Watched;
use self::trouble::Trouble;
use self::verdict::{Verdict, gone, running};
use super::apply::Expected;
use super::build::Names;
use super::settings::KubeSettings;
use crate::error::{Outcome, Problem, codes};
use crate::provision::{BuildLog, Level, Stage};

/// What is waited for.
#[derive(Debug)]
pub(super) enum Goal {
    /// These Deployments run, with pods of this build.
    Running { deployments: Vec<Expected>, build: String },
    /// No pod is left.
    Stopped,
    /// No pod and no claim is left.
    Deleted,
}

/// Where and for whom.
pub(super) struct Waiter<'a> {
    pub(super) client: &'a Client,
    pub(super) settings: &'a KubeSettings,
    pub(super) names: &'a Names<'a>,
    pub(super) log: &'a dyn BuildLog,
}

impl Waiter<'_> {
    /// Waits for the goal.
    ///
    /// # Errors
    /// The first trouble that outlasted its patience, in the cluster's words; or, at the
    /// deadline, whatever was still missing.
    pub(super) async fn wait(&self, goal: &Goal, within: Duration) -> Outcome<()> {
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

fn judge(goal: &Goal, observed: &Observed) -> Verdict {
    match goal {
        Goal::Running { deployments, build } => running(observed, deployments, build),
        Goal::Stopped => gone(observed, verdict::Remains::Pods),
        Goal::Deleted => gone(observed, verdict::Remains::PodsAndClaims),
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

/// A line for the build's log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    level: Level,
    text: String,
}

#[cfg(test)]
mod tests;
