//! The one pass over the payload: every byte checked on its way into a sink.
//!
//! Chunks are checked against their chaining values before the sink sees them; each blob's
//! SHA-256 follows on a second thread. At sync points the sink makes its bytes durable and keeps
//! a [`Checkpoint`], from which a later copy goes on. Memory is bounded by the chunks in flight
//! and the table of chaining values, whatever the size of the bundle.

mod chunks;
mod error;
mod hash;
mod run;
mod sink;

pub use chunks::Chunks;
pub use error::CopyError;
pub use run::copy;
pub use sink::{Checkpoint, Copied, Flow, Nowhere, Progress, Sink};
