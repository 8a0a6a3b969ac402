//! The end of a demo that did not end in order.

use std::path::Path;

use anyhow::{Result, ensure};

use super::DATA_DIR;
use super::place::Place;
use super::steps::Steps;
use crate::cluster::{Cluster, clean_up};
use crate::journey::{Atoll, distributed};

/// Ends whatever a demo left behind: processes, mounts, addresses, directories.
///
/// # Errors
/// Names what could not be removed; running it again goes on from there.
pub fn down() -> Result<()> {
    let place = Place::find()?;
    let mut steps = Steps::begin();
    if Path::new(DATA_DIR).exists() {
        steps.step("uninstall the site", || uninstall(&place))?;
    }
    steps.step("end the cluster and everything in its network", || clean_up(&place.cluster()))?;
    steps.step("remove the demo's directory", || place.remove())?;
    Steps::note(&format!("nothing is left, after {}", steps.total()));
    Ok(())
}

fn uninstall(place: &Place) -> Result<()> {
    let (program, home) = (distributed()?, place.path("home"));
    let words = ["uninstall", "--purge", "--yes", "--data-dir", DATA_DIR];
    if let Ok(cluster) = Cluster::attach(&place.cluster()) {
        return Atoll::within(&program, &home, cluster.namespace())?.run(&words).map(drop);
    }
    // The cluster has ended, and what was in it with it; uninstall cannot know that and says so.
    let output = Atoll::here(&program, &home)?.output(&words)?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!Path::new(DATA_DIR).exists(), "{DATA_DIR} is still there: {said}");
    Ok(())
}
