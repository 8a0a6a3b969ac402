//! `make demo`: the whole way of a delivery on this machine, on a network that nothing can leave
//! and that counts what tries to; and its end.

mod place;
mod steps;

use anyhow::Result;

use crate::cluster::clean_up;
use place::Place;
use steps::Steps;

/// Ends whatever a demo left behind: processes, mounts, addresses, directories.
///
/// # Errors
/// Names what could not be removed; running it again goes on from there.
pub fn down() -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::begin();
    steps.step("end the cluster and everything in its network", || clean_up(&place.cluster()))?;
    steps.step("remove the demo's directory", || place.remove())?;
    Steps::note(&format!("nothing is left, after {}", steps.total()));
    Ok(())
}
