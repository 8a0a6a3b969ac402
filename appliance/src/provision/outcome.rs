//! What a build leaves behind.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a driver made and may have to take away again; only the driver that wrote it reads it.
///
/// The default is the inventory of a workspace that was never built.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inventory(Value);

impl Inventory {
    /// Wraps a driver's own document.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// The driver's own document.
    pub fn document(&self) -> &Value {
        &self.0
    }

    /// Whether nothing was ever made.
    pub fn is_empty(&self) -> bool {
        self.0.is_null()
    }
}

/// One thing of a workspace as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What it is in the driver's words: `Deployment`, `PersistentVolumeClaim`.
    pub kind: String,
    /// Its name in the template.
    pub name: String,
    /// Its name where it runs, for whoever looks there.
    pub address: String,
    /// The agents that live in it, by name.
    pub agents: Vec<String>,
    /// Further facts in the order to show them.
    pub details: Vec<(String, String)>,
}

/// A build that reached the state asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildOutcome {
    /// What exists now.
    pub inventory: Inventory,
    /// The same for people.
    pub resources: Vec<Resource>,
}
