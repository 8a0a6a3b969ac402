//! What a build will do to the cluster: decided here, carried out in `apply`.

use std::collections::BTreeSet;

use super::build::Prepared;
use super::inventory::{Entry, Held};
use super::kind::Kind;
use crate::provision::Transition;

/// The whole of it. Everything held that is in neither list stays as it is.
#[derive(Debug)]
pub(super) struct Plan {
    /// To be there, in this order.
    pub(super) apply: Vec<Prepared>,
    /// To be gone, in this order.
    pub(super) prune: Vec<Entry>,
}

/// Compares what should be with what is held. A claim is pruned by a delete and by nothing else:
/// a template that no longer names it must not cost anyone their work.
pub(super) fn plan(transition: Transition, prepared: Vec<Prepared>, held: &Held) -> Plan {
    let wanted: BTreeSet<(Kind, &str)> =
        prepared.iter().map(|object| (object.kind, object.address.as_str())).collect();
    let goes = |entry: &&Entry| match transition {
        Transition::Delete => true,
        Transition::Stop => entry.kind != Kind::PersistentVolumeClaim,
        Transition::Start => {
            entry.kind != Kind::PersistentVolumeClaim
                && !wanted.contains(&(entry.kind, entry.name.as_str()))
        }
    };
    let prune = held.iter().rev().filter(goes).cloned().collect();
    match transition {
        Transition::Start => Plan { prune, apply: prepared },
        Transition::Stop | Transition::Delete => Plan { prune, apply: Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(kind: Kind, address: &str) -> Prepared {
        Prepared {
            kind,
            name: address.into(),
            address: address.into(),
            body: serde_json::Value::Null,
            agents: Vec::new(),
        }
    }

    fn held(objects: &[(Kind, &str)]) -> Held {
        let mut held = Held::default();
        for (kind, name) in objects {
            held.add(Entry {
                kind: *kind,
                namespace: "n".into(),
                name: (*name).into(),
                uid: format!("uid-{name}"),
            });
        }
        held
    }

    fn pruned(transition: Transition, apply: Vec<Prepared>, held: &Held) -> Vec<String> {
        plan(transition, apply, held).prune.into_iter().map(|entry| entry.name).collect()
    }

    const CLAIM: Kind = Kind::PersistentVolumeClaim;

    #[test]
    fn a_start_prunes_what_the_template_no_longer_has_but_never_a_claim() {
        let before = held(&[(Kind::Deployment, "a"), (Kind::ConfigMap, "old"), (CLAIM, "home")]);
        let apply = vec![prepared(Kind::Deployment, "a")];
        assert_eq!(pruned(Transition::Start, apply, &before), ["old"]);
    }

    #[test]
    fn a_stop_keeps_claims_alone() {
        let before = held(&[(Kind::Deployment, "a"), (Kind::Secret, "s"), (CLAIM, "home")]);
        assert_eq!(pruned(Transition::Stop, vec![], &before), ["a", "s"]);
    }

    #[test]
    fn a_delete_prunes_everything_pods_first() {
        let before =
            held(&[(CLAIM, "home"), (Kind::ServiceAccount, "account"), (Kind::Deployment, "a")]);
        assert_eq!(pruned(Transition::Delete, vec![], &before), ["a", "home", "account"]);
    }

    #[test]
    fn the_same_name_under_another_kind_is_another_object() {
        let before = held(&[(Kind::ConfigMap, "a")]);
        assert_eq!(pruned(Transition::Start, vec![prepared(Kind::Secret, "a")], &before), ["a"]);
    }
}
