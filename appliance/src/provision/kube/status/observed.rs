//! What the watches have said so far. Pure: it takes what was seen and gives log lines.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use kube::ResourceExt;
use kube::runtime::watcher;

use super::stream::Seen;
use crate::provision::Level;

/// Lines of one build's log that come from events: a pod that fails for ever repeats itself.
const EVENT_LINES_MAX: usize = 500;

/// A line for the build's log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) text: String,
}

/// One kind of object by name, complete once its first listing ended.
#[derive(Debug)]
pub(super) struct Table<K> {
    rows: BTreeMap<String, K>,
    complete: bool,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), complete: false }
    }
}

impl<K: ResourceExt> Table<K> {
    fn take(&mut self, event: watcher::Event<K>) {
        match event {
            watcher::Event::Init => {
                self.rows.clear();
                self.complete = false;
            }
            watcher::Event::InitDone => self.complete = true,
            watcher::Event::Apply(row) | watcher::Event::InitApply(row) => {
                self.rows.insert(row.name_any(), row);
            }
            watcher::Event::Delete(row) => {
                self.rows.remove(&row.name_any());
            }
        }
    }

    /// Every object, unless the listing is still under way: then nothing can be said.
    pub(super) fn all(&self) -> Option<impl Iterator<Item = &K>> {
        self.complete.then(|| self.rows.values())
    }

    /// One object, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&K> {
        self.rows.get(name)
    }
}

/// The workspace as the cluster showed it.
#[derive(Debug)]
pub(super) struct Observed {
    /// The annotation with the build's number.
    build_key: String,
    pub(super) deployments: Table<Deployment>,
    pub(super) pods: Table<Pod>,
    pub(super) claims: Table<PersistentVolumeClaim>,
    /// The last warning about each object, by the object's name.
    pub(super) warnings: BTreeMap<String, Warning>,
    told: BTreeSet<String>,
    last_warning: Option<String>,
}

/// What an event of type `Warning` said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Warning {
    pub(super) reason: String,
    pub(super) message: String,
}

impl Observed {
    pub(super) fn new(build_key: String) -> Self {
        Self {
            build_key,
            deployments: Table::default(),
            pods: Table::default(),
            claims: Table::default(),
            warnings: BTreeMap::new(),
            told: BTreeSet::new(),
            last_warning: None,
        }
    }

    /// Takes in what was seen and gives what is worth telling.
    pub(super) fn take(&mut self, seen: Seen) -> Vec<Line> {
        match seen {
            Seen::Deployment(event) => self.deployments.take(event),
            Seen::Pod(event) => self.pods.take(event),
            Seen::Claim(event) => self.claims.take(event),
            Seen::Event(watcher::Event::Apply(event) | watcher::Event::InitApply(event)) => {
                return self.event(&event).into_iter().collect();
            }
            Seen::Event(
                watcher::Event::Delete(_) | watcher::Event::Init | watcher::Event::InitDone,
            ) => {}
            Seen::Broken(why) => {
                let text = format!("lost sight of the cluster: {why}");
                return vec![Line { level: Level::Warn, text }];
            }
        }
        Vec::new()
    }

    /// Each event once, although the cluster counts repetitions up in place.
    fn event(&mut self, event: &Event) -> Option<Line> {
        let reason = event.reason.clone().unwrap_or_default();
        let message = one_line(event.message.as_deref().unwrap_or_default());
        let object = event.involved_object.name.clone().unwrap_or_default();
        let kind = event.involved_object.kind.clone().unwrap_or_default();
        let text = format!("{} {object}: {reason}: {message}", kind.to_lowercase());
        let warning = event.type_.as_deref() == Some("Warning");
        if warning {
            self.last_warning = Some(text.clone());
            self.warnings.insert(object, Warning { reason, message });
        }
        if self.told.len() == EVENT_LINES_MAX || !self.told.insert(text.clone()) {
            return None;
        }
        Some(Line { level: if warning { Level::Warn } else { Level::Info }, text })
    }

    /// Pods of this build; those of earlier ones are on their way out.
    pub(super) fn pods_of<'a>(&'a self, build: &'a str) -> impl Iterator<Item = &'a Pod> {
        let ours = move |pod: &&Pod| {
            pod.annotations().get(&self.build_key).is_some_and(|number| number == build)
        };
        self.pods.all().into_iter().flatten().filter(ours)
    }

    /// The uids of objects whose events are worth following.
    pub(super) fn to_follow(&self) -> impl Iterator<Item = &str> {
        let unbound = |claim: &&PersistentVolumeClaim| {
            let phase = claim.status.as_ref().and_then(|status| status.phase.as_deref());
            phase != Some("Bound")
        };
        let claims = self.claims.rows.values().filter(unbound);
        let claims = claims.filter_map(|claim| claim.metadata.uid.as_deref());
        let pods = self.pods.rows.values().filter_map(|pod| pod.metadata.uid.as_deref());
        pods.chain(claims)
    }

    /// The last warning, as it was told.
    pub(super) fn last_warning(&self) -> Option<&str> {
        self.last_warning.as_deref()
    }

    /// What is there, for whoever has to look.
    pub(super) fn summary(&self) -> Option<String> {
        let phase = |pod: &Pod| {
            let phase = pod.status.as_ref().and_then(|status| status.phase.clone());
            format!("pod {} is {}", pod.name_any(), phase.unwrap_or_default())
        };
        let pods: Vec<String> = self.pods.rows.values().map(phase).collect();
        (!pods.is_empty()).then(|| pods.join(", "))
    }
}

/// A message as one line of bounded length.
fn one_line(message: &str) -> String {
    /// Longer than any reason the cluster gives; pull errors are the longest, with about 600.
    const MESSAGE_CHARS_MAX: usize = 1000;
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ").chars().take(MESSAGE_CHARS_MAX).collect()
}
