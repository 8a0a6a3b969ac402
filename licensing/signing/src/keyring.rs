//! The roots a site trusts. Nothing that is being judged can add to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Purpose};

/// A trusted key and what it is trusted for.
///
/// Only the fingerprint is kept: a seal brings the key itself, and SHA-256 ties the two together.
/// That is why trust can be given by reading 64 digits over the telephone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// What people call it.
    pub name: String,
    /// Which key it is.
    pub fingerprint: Fingerprint,
    /// What it may do.
    pub authority: Authority,
    /// Whether its private half is public knowledge.
    #[serde(default)]
    pub demo: bool,
    /// How it came into the keyring.
    pub origin: Origin,
}

/// What a trusted key may do; never both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// It certifies keys for these purposes, and signs nothing else.
    Certifies(BTreeSet<Purpose>),
    /// It signs documents for these purposes itself, and certifies nobody: a site's own key.
    Signs(BTreeSet<Purpose>),
}

/// How a root came into the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Built into the program.
    Embedded,
    /// Added by the site's operator.
    Operator,
    /// The site's own key.
    Site,
}

/// The trusted roots, at most one a fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keyring {
    roots: BTreeMap<Fingerprint, Root>,
}

impl Keyring {
    /// A keyring that trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a root; a root already there under this fingerprint is replaced and returned.
    pub fn add(&mut self, root: Root) -> Option<Root> {
        self.roots.insert(root.fingerprint, root)
    }

    /// Stops trusting a root.
    pub fn remove(&mut self, fingerprint: &Fingerprint) -> Option<Root> {
        self.roots.remove(fingerprint)
    }

    /// The root with this fingerprint.
    pub fn get(&self, fingerprint: &Fingerprint) -> Option<&Root> {
        self.roots.get(fingerprint)
    }

    /// All roots, by fingerprint.
    pub fn roots(&self) -> impl Iterator<Item = &Root> {
        self.roots.values()
    }

    /// Whether any root's private half is public knowledge.
    pub fn has_demo_root(&self) -> bool {
        self.roots.values().any(|root| root.demo)
    }
}

impl FromIterator<Root> for Keyring {
    fn from_iter<I: IntoIterator<Item = Root>>(roots: I) -> Self {
        let roots = roots.into_iter().map(|root| (root.fingerprint, root)).collect();
        Self { roots }
    }
}
