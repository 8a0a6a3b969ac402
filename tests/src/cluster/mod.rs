//! A real one-node Kubernetes cluster for tests, in namespaces of its own, on a network that
//! nothing can leave and that counts what tries to. It knows nothing of Atoll's own parts.
//!
//! Everything it makes lies below one directory. Its processes share one process namespace, so
//! that ending the first of them ends them all, with their mounts and addresses.

mod cgroups;
mod components;
mod files;
mod image;
mod layout;
mod namespace;
mod network;
mod pki;
mod programs;
mod ready;
mod running;
mod sinks;
mod small_images;
mod state;
mod storage;
mod wait;
mod workspace_image;

pub use image::{Image, Start};
pub use layout::Layout;
pub use namespace::Namespace;
pub use network::{NODE_ADDRESS, NODE_NAME, SINK_ADDRESS};
pub use programs::{Programs, cache_dir};
pub use running::{Cluster, ClusterOptions};
pub use sinks::{PLANTED_NAME, SinkCounts, Sinks};
pub use small_images::{busybox, helper, pause};
pub use state::clean_up;
pub use wait::until;
pub use workspace_image::{WORKSPACE_IMAGE, workspace};
