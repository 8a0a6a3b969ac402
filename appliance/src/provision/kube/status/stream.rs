//! The watches of one build: Deployments, pods and claims of the workspace, and the events of
//! each pod and unbound claim as they appear.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream::{BoxStream, SelectAll};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Event, PersistentVolumeClaim, Pod};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;

use super::super::failure::{Doing, innermost};
use super::super::settings::KubeSettings;
use super::observed::Observed;
use crate::error::{Outcome, Problem, codes};

/// Objects whose events are followed in one build: pods come and go, but a build that has seen
/// this many is going in circles.
const FOLLOWED_MAX: usize = 64;

/// Something a watch said.
#[derive(Debug)]
pub(super) enum Seen {
    Deployment(watcher::Event<Deployment>),
    Pod(watcher::Event<Pod>),
    Claim(watcher::Event<PersistentVolumeClaim>),
    Event(watcher::Event<Event>),
    /// A watch broke; it begins anew by itself.
    Broken(String),
}

type Stream = BoxStream<'static, Result<Seen, watcher::Error>>;

/// Every watch of one build, merged.
pub(super) struct Watched {
    streams: SelectAll<Stream>,
    events: Api<Event>,
    followed: BTreeSet<String>,
}

impl Watched {
    /// Begins to watch the objects that bear the workspace's label.
    pub(super) fn new(client: &Client, settings: &KubeSettings, query: &str) -> Self {
        let config = watcher::Config::default().labels(query);
        let mut streams = SelectAll::new();
        let namespace = settings.namespace.as_str();
        streams.push(stream(client, namespace, &config, Seen::Deployment));
        streams.push(stream(client, namespace, &config, Seen::Pod));
        streams.push(stream(client, namespace, &config, Seen::Claim));
        let events = Api::namespaced(client.clone(), namespace);
        Self { streams, events, followed: BTreeSet::new() }
    }

    /// The next thing said. A watch that broke is reported and begins anew, slower each time.
    ///
    /// # Errors
    /// The cluster refuses to let us watch at all.
    pub(super) async fn next(&mut self) -> Outcome<Seen> {
        let doing = Doing { verb: "watch", object: "the workspace" };
        match self.streams.next().await {
            Some(Ok(seen)) => Ok(seen),
            Some(Err(error)) => match refusal(&error) {
                Some(cause) => Err(doing.failed(cause)),
                None => Ok(Seen::Broken(innermost(&error))),
            },
            None => Err(Problem::new(&codes::INTERNAL, "every watch of the build ended")),
        }
    }

    /// Follows the events of pods and claims that were not known before.
    pub(super) fn follow(&mut self, observed: &Observed) {
        for uid in observed.to_follow() {
            if self.followed.len() == FOLLOWED_MAX || !self.followed.insert(uid.to_owned()) {
                continue;
            }
            let config = watcher::Config::default().fields(&format!("involvedObject.uid={uid}"));
            let events = watcher(self.events.clone(), config).default_backoff();
            self.streams.push(events.map(|event| event.map(Seen::Event)).boxed());
        }
    }
}

fn stream<K>(
    client: &Client,
    namespace: &str,
    config: &watcher::Config,
    wrap: fn(watcher::Event<K>) -> Seen,
) -> Stream
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + 'static,
{
    let api: Api<K> = Api::namespaced(client.clone(), namespace);
    watcher(api, config.clone()).default_backoff().map(move |event| event.map(wrap)).boxed()
}

/// The refusal in a watch's error, if it is one that waiting will not change.
fn refusal(error: &watcher::Error) -> Option<&kube::Error> {
    let cause = match error {
        watcher::Error::InitialListFailed(cause)
        | watcher::Error::WatchStartFailed(cause)
        | watcher::Error::WatchFailed(cause) => cause,
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => return None,
    };
    matches!(cause, kube::Error::Api(status) if matches!(status.code, 401 | 403)).then_some(cause)
}
