//! What the command line may ask about the cluster's rights without reaching for a driver.

pub use crate::provision::kube::account::rights;
