//! Waits until a workspace runs or is gone, tells what happens meanwhile, and gives up as soon as
//! the cluster has said why it will not happen.

mod observed;
mod stream;
mod trouble;
mod verdict;
mod wait;

pub(super) use wait::{Goal, Waiter};

#[cfg(test)]
mod tests;
