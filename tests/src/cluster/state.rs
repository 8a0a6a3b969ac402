//! What has to be ended and removed, kept in a file so that another process can do it after the
//! one that made it died.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::{cgroups, wait};

/// Ending a process namespace is the kernel's work: milliseconds, half a minute beside builds
/// and unmounting much longer.
const END_TIMEOUT: Duration = Duration::from_mins(2);

/// The first process of the cluster's process namespace, told apart from a later process with
/// the same number by when it started.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct State {
    pub(super) holder: i32,
    /// In clock ticks since boot, as `/proc/PID/stat` has it.
    pub(super) started: u64,
    pub(super) boot_id: String,
}

impl State {
    pub(super) fn of(holder: i32) -> Result<Self> {
        let started = start_time(holder).with_context(|| format!("no process {holder}"))?;
        Ok(Self { holder, started, boot_id: boot_id()? })
    }

    pub(super) fn write(&self, layout: &Layout) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(layout.state_file(), text).context("write the state file")
    }

    pub(super) fn read(layout: &Layout) -> Result<Self> {
        let path = layout.state_file();
        let text = fs::read(&path).with_context(|| format!("no cluster in {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))
    }

    /// Whether the very process that was recorded still runs.
    pub(super) fn alive(&self) -> bool {
        boot_id().is_ok_and(|id| id == self.boot_id)
            && start_time(self.holder) == Some(self.started)
    }
}

/// Ends the cluster that was started in `directory`, by whom ever, and removes the directory and
/// the control groups. Nothing there is nothing to do.
///
/// # Errors
/// Names what could not be ended or removed; running it again goes on from there.
pub fn clean_up(directory: &Path) -> Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    let layout = Layout::existing(directory)?;
    if let Ok(state) = State::read(&layout) {
        end(&state)?;
    }
    cgroups::remove(&layout)?;
    fs::remove_dir_all(layout.root()).with_context(|| format!("remove {}", layout.root().display()))
}

fn end(state: &State) -> Result<()> {
    if !state.alive() {
        return Ok(());
    }
    let pid = Pid::from_raw(state.holder).context("the state file holds no process number")?;
    kill_process(pid, Signal::KILL).context("end the cluster's first process")?;
    wait::until(
        "the cluster's processes to end",
        END_TIMEOUT,
        || Ok((!state.alive()).then_some(())),
    )
}

/// When a process started; nothing for one that is gone or only waits to be collected.
fn start_time(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    // Field 22 of the whole line, the 20th after the name.
    let started = fields.nth(18)?.parse().ok()?;
    (state != "Z" && state != "X").then_some(started)
}

fn boot_id() -> Result<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    Ok(text.trim().to_owned())
}
