//! What the control plane and the agent in a workspace say to each other.
//!
//! The agent dials one WebSocket; yamux runs over it and the control plane opens the streams. A
//! stream starts with one framed [`StreamHeader`], answered by one framed [`StreamReply`]; the
//! first stream is `control`, which carries framed messages both ways for as long as the
//! connection lives. Nothing here reads or writes: both ends bring their own input and output.

mod control;
mod frame;
mod limits;
mod manifest;
mod stream;
mod version;

pub use control::{
    FromAgent, FromServer, Heartbeat, Hello, Lifecycle, LogBatch, LogLine, LogSource,
    MetadataValue, Phase, Stats,
};
pub use frame::{FrameBuffer, FrameError, decode, encode, payload_length};
pub use limits::*;
pub use manifest::{HostKey, Manifest, MetadataItem, Script};
pub use stream::{RefusalCode, StreamHeader, StreamReply};
pub use version::{PROTOCOL, Protocol};
