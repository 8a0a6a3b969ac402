//! From validated manifests to the objects that are applied. Pure: the same request gives the
//! same objects.

mod agent;
mod names;
mod objects;
mod own;
mod pod;
mod references;

pub(super) use names::Names;
use objects::Site;
pub(super) use objects::{ClaimClasses, Prepared, build};

#[cfg(test)]
mod tests;
