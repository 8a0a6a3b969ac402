//! The time and chance that everything else is given. Nothing else asks the machine for either.

use std::sync::Arc;

use rand::TryRng as _;
use time::OffsetDateTime;
use uuid::{NoContext, Timestamp, Uuid};

/// Says what time it is. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self(Arc::new(OffsetDateTime::now_utc))
    }

    /// A clock that says what this function says; for tests.
    pub fn from_fn(now: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now, in whole microseconds: what the database can keep.
    pub fn now(&self) -> OffsetDateTime {
        let now = (self.0)();
        let microsecond = now.microsecond();
        now.replace_microsecond(microsecond).unwrap_or(now)
    }

    /// A new id that sorts by the time it was made.
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.nanosecond()))
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Clock({})", self.now())
    }
}

/// Bytes nobody can guess, from the kernel.
///
/// # Panics
/// The kernel has no random source, which no supported one can lack.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).expect("the kernel has a random source");
    bytes
}
