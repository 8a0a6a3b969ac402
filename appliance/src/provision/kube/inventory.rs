//! What of a workspace is in the cluster, as far as it is known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::provision::Inventory;

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it is.
    pub(super) namespace: String,
    /// Its name in the cluster.
    pub(super) name: String,
    /// Which object of that name: one made later by somebody else has another.
    pub(super) uid: String,
}

/// The objects of one workspace, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    entries: BTreeMap<(Kind, String, String), Entry>,
}

/// The stored form.
#[derive(Serialize, Deserialize)]
struct Document {
    objects: Vec<Entry>,
}

impl Held {
    /// What the last build left. An inventory of another driver holds nothing of ours.
    pub(super) fn stored(inventory: &Inventory) -> Self {
        let document: Option<Document> = serde_json::from_value(inventory.document().clone()).ok();
        let mut held = Self::default();
        document
            .into_iter()
            .flat_map(|document| document.objects)
            .for_each(|entry| held.add(entry));
        held
    }

    /// The form to store: nothing at all when there is nothing left.
    pub(super) fn inventory(&self) -> Inventory {
        if self.entries.is_empty() {
            return Inventory::default();
        }
        let objects: Vec<&Entry> = self.entries.values().collect();
        Inventory::new(serde_json::json!({ "objects": objects }))
    }

    /// Takes an object in; one of the same name is the same place with a new uid.
    pub(super) fn add(&mut self, entry: Entry) {
        let key = (entry.kind, entry.namespace.clone(), entry.name.clone());
        self.entries.insert(key, entry);
    }

    /// Forgets an object that is gone.
    pub(super) fn remove(&mut self, entry: &Entry) {
        self.entries.remove(&(entry.kind, entry.namespace.clone(), entry.name.clone()));
    }

    /// Every object, in the order of creation.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_survives_being_stored() {
        let mut held = Held::default();
        assert!(held.inventory().is_empty());
        held.add(Entry {
            kind: Kind::Deployment,
            namespace: "n".into(),
            name: "ws-1-main".into(),
            uid: "u".into(),
        });
        assert_eq!(Held::stored(&held.inventory()), held);
        let foreign = Inventory::new(serde_json::json!({ "names": ["pod"] }));
        assert_eq!(Held::stored(&foreign), Held::default());
    }
}
