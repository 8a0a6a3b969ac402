//! What a site is known by, and whether it is still the site a license was issued for.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mark's value is a fingerprint or a UID; whatever is longer is neither.
const VALUE_BYTES_MAX: usize = 96;

/// The kinds of marks, each at most once in a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// The install id: the fingerprint of the site's key.
    Install,
    /// The UID of the namespace `kube-system` of the site's cluster.
    Cluster,
    /// SHA-256 of the certificate authority of the cluster's API.
    ClusterCa,
}

impl MarkKind {
    /// The name in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Cluster => "cluster",
            Self::ClusterCa => "cluster-ca",
        }
    }
}

impl fmt::Display for MarkKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One mark, written `KIND=VALUE` where a line is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which mark.
    pub kind: MarkKind,
    /// Its value on the site.
    pub value: String,
}

impl FromStr for Mark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, value) = text.split_once('=').ok_or("a mark is written KIND=VALUE")?;
        let kind = [MarkKind::Install, MarkKind::Cluster, MarkKind::ClusterCa]
            .into_iter()
            .find(|known| known.as_str() == kind)
            .ok_or("the kinds of marks are `install`, `cluster` and `cluster-ca`")?;
        Ok(Self { kind, value: value.to_owned() })
    }
}

/// The marks present at some moment. What could not be observed is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(BTreeMap<MarkKind, String>);

/// How a site's marks compare with those of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Enough marks are the same, or cannot be observed just now.
    Fits,
    /// Too many marks are seen to be different.
    Differs,
}

impl Marks {
    /// No marks: as a binding it fits every site.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a mark.
    pub fn with(mut self, kind: MarkKind, value: impl Into<String>) -> Self {
        self.0.insert(kind, value.into());
        self
    }

    /// The value of a mark.
    pub fn get(&self, kind: MarkKind) -> Option<&str> {
        self.0.get(&kind).map(String::as_str)
    }

    /// All marks, in the order of their kinds.
    pub fn iter(&self) -> impl Iterator<Item = (MarkKind, &str)> {
        self.0.iter().map(|(kind, value)| (*kind, value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many marks must be the same: all but one, and at least one. So a rebuilt cluster, a
    /// rotated authority or a new data directory alone changes nothing.
    pub fn quorum(&self) -> usize {
        self.0.len().saturating_sub(1).max(self.0.len().min(1))
    }

    /// Compares the site as observed with this binding. A mark that cannot be observed, because
    /// the cluster is away, gets the benefit of the doubt: an outage must not look like a move.
    pub fn fit(&self, observed: &Self) -> Fit {
        let not_different = self
            .0
            .iter()
            .filter(|(kind, value)| observed.0.get(kind).is_none_or(|seen| seen == *value))
            .count();
        if not_different >= self.quorum() { Fit::Fits } else { Fit::Differs }
    }

    /// Whether every value could be a mark.
    pub(crate) fn well_formed(&self) -> bool {
        self.0.values().all(|value| {
            !value.is_empty()
                && value.len() <= VALUE_BYTES_MAX
                && value.bytes().all(|byte| byte.is_ascii_graphic())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(install: &str, cluster: &str, ca: &str) -> Marks {
        [(MarkKind::Install, install), (MarkKind::Cluster, cluster), (MarkKind::ClusterCa, ca)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(Marks::none(), |marks, (kind, value)| marks.with(kind, value))
    }

    #[test]
    fn one_changed_mark_of_three_still_fits_and_two_do_not() {
        let bound = marks("i", "c", "a");
        assert_eq!(bound.fit(&marks("i", "c", "a")), Fit::Fits);
        assert_eq!(bound.fit(&marks("X", "c", "a")), Fit::Fits);
        assert_eq!(bound.fit(&marks("i", "X", "a")), Fit::Fits);
        assert_eq!(bound.fit(&marks("i", "X", "X")), Fit::Differs);
        assert_eq!(bound.fit(&marks("X", "X", "X")), Fit::Differs);
    }

    #[test]
    fn a_cluster_that_is_away_is_not_a_move() {
        let bound = marks("i", "c", "a");
        assert_eq!(bound.fit(&marks("i", "", "")), Fit::Fits);
        assert_eq!(bound.fit(&marks("X", "", "")), Fit::Fits);
    }

    #[test]
    fn without_a_cluster_the_install_id_alone_decides() {
        let bound = marks("i", "", "");
        assert_eq!(bound.fit(&marks("i", "new", "new")), Fit::Fits);
        assert_eq!(bound.fit(&marks("X", "", "")), Fit::Differs);
        assert_eq!(Marks::none().fit(&marks("X", "", "")), Fit::Fits);
    }
}
