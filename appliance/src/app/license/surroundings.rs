//! What the server observes about its site and what the license is judged by: marks, and times
//! kept outside the database.

use std::fmt;
use std::sync::{OnceLock, PoisonError, RwLock};

use atoll_licensing::{MarkKind, Marks};

use super::TimeMark;

/// Where time marks are kept besides the database.
type Keeper = Box<dyn Fn(TimeMark) + Send + Sync>;

/// Observations, shared by everything that serves one site.
#[derive(Default)]
pub struct Surroundings {
    seen: RwLock<Seen>,
    keeper: OnceLock<Keeper>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    marks: Marks,
    outside: Option<TimeMark>,
}

impl Surroundings {
    /// Notes a mark: the install id at start, the cluster's whenever the cluster was reached.
    pub fn note(&self, kind: MarkKind, value: impl Into<String>) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.marks = std::mem::take(&mut seen.marks).with(kind, value);
    }

    /// Notes the latest time mark found outside the database.
    pub fn note_time(&self, mark: TimeMark) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.outside = Some(seen.outside.map_or(mark, |kept| kept.later(mark)));
    }

    /// The same, where there may be none.
    pub fn note_times(&self, mark: impl IntoIterator<Item = TimeMark>) {
        mark.into_iter().for_each(|mark| self.note_time(mark));
    }

    /// Says where time marks are kept besides the database; the first one to say so is heard.
    pub fn keep_times_in(&self, keeper: impl Fn(TimeMark) + Send + Sync + 'static) {
        drop(self.keeper.set(Box::new(keeper)));
    }

    /// Notes a mark and keeps it outside if that is more than what is there.
    pub(super) fn keep_time(&self, mark: TimeMark) {
        let new = self.outside() != Some(mark);
        self.note_time(mark);
        if let Some(keeper) = self.keeper.get().filter(|_| new) {
            keeper(mark);
        }
    }

    /// The marks observed so far.
    pub fn marks(&self) -> Marks {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).marks.clone()
    }

    /// The latest time mark found outside the database.
    pub fn outside(&self) -> Option<TimeMark> {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).outside
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seen.fmt(formatter)
    }
}
