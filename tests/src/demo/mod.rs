//! `make demo`: the whole way of a delivery on this machine, on a network that nothing can leave
//! and that counts what tries to; and its end.

mod down;
mod place;
mod steps;
mod up;

use anyhow::{Context, Result};

pub use down::down;
use place::Place;
use steps::{Steps, say};

/// The demo's site, apart from any real one on this machine.
const DATA_DIR: &str = "/var/lib/atoll-demo";
const USER: &str = "atoll-demo";

/// Brings the demo up, stays until Ctrl-C, and takes everything down again. A step that fails
/// leaves what is there for a look; [`down`] removes it.
///
/// # Errors
/// Names the step that failed and why.
pub fn up() -> Result<()> {
    let place = Place::find()?;
    place.create()?;
    let mut steps = Steps::begin();
    let demo = match up::up(&place, &mut steps) {
        Ok(demo) => demo,
        Err(error) => return Err(error.context("the demo stopped; `make demo-down` removes it")),
    };
    say(&format!("url:                 {}\n", demo.site.told().url));
    say(&format!("administrator:       {}\n", demo.site.printed("admin_name")?));
    say(&format!("password in:         {}\n", place.path("admin-password").display()));
    say(&format!(
        "in its network:      nsenter --net={} COMMAND\n",
        demo.cluster.namespace().network()
    ));
    say(&format!("after {}; Ctrl-C ends it and leaves nothing behind\n\n", steps.total()));
    say("workspace ready\n");
    wait_for_interrupt()?;
    say("\n");
    steps.step("uninstall the site", || demo.site.purge())?;
    steps.step("end the cluster", || demo.cluster.stop())?;
    place.remove()
}

fn wait_for_interrupt() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("wait for Ctrl-C")
}
