//! A workspace without a cluster: the real agent as a process, the real hub in this one, and
//! between them and the real command line a control plane that answers from memory.

mod fixture;
mod plane;
mod process;

pub use fixture::{Fixture, host_key};
pub use plane::{Plane, Records, Token, WORKSPACE};
pub use process::{Agent, agent_program, wait_until};
