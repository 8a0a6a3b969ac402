//! A job queue in Postgres: what is enqueued in a transaction is worked on when that commits.
//!
//! A job is a serialisable struct with a constant name. A worker holds it by a lease; a worker
//! that is lost loses its jobs, which are started again as often as they may be. This room does
//! not know what any job does.

mod claim;
mod enqueue;
mod signal;
mod stale;
mod worker;

pub use claim::{Claim, End, Handler, Held};
pub(crate) use enqueue::{CHANNEL_CHANGED, CHANNEL_LOGGED, CHANNEL_WAITING, stored};
pub use enqueue::{Origin, Payload, cancel, changed, enqueue, logged};
pub use signal::{Signal, Signals};
pub use stale::recover;
pub use worker::{Limits, Worker};
