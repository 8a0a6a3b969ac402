//! What the server observes about its site and what the license is judged by: marks, and times
//! kept outside the database.

use std::sync::{PoisonError, RwLock};

use atoll_licensing::{MarkKind, Marks};

use super::TimeMark;

/// Observations, shared by everything that serves one site.
#[derive(Debug, Default)]
pub struct Surroundings(RwLock<Seen>);

#[derive(Debug, Default, Clone)]
struct Seen {
    marks: Marks,
    outside: Option<TimeMark>,
}

impl Surroundings {
    /// Notes a mark: the install id at start, the cluster's whenever the cluster was reached.
    pub fn note(&self, kind: MarkKind, value: impl Into<String>) {
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        seen.marks = std::mem::take(&mut seen.marks).with(kind, value);
    }

    /// Notes the latest time mark found outside the database.
    pub fn note_time(&self, mark: TimeMark) {
        let mut seen = self.0.write().unwrap_or_else(PoisonError::into_inner);
        seen.outside = Some(seen.outside.map_or(mark, |kept| kept.later(mark)));
    }

    /// The marks observed so far.
    pub fn marks(&self) -> Marks {
        self.0.read().unwrap_or_else(PoisonError::into_inner).marks.clone()
    }

    /// The latest time mark found outside the database.
    pub fn outside(&self) -> Option<TimeMark> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).outside
    }
}
