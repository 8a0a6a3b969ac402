//! An installation that is killed goes on with the same command.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use atoll_tests::host::{Host, answer, refusal, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atoll-program");

/// Runs install and kills it as soon as it reports this step; whether it came so far.
fn install_killed_after(host: &Host, step: &str) -> Result<bool> {
    let mut command = host.install();
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    let stderr = BufReader::new(child.stderr.take().context("was asked for")?);
    let mut reached = false;
    for line in stderr.lines() {
        if line?.starts_with(step) {
            child.kill()?;
            reached = true;
            break;
        }
    }
    child.wait()?;
    Ok(reached)
}

/// Installs to the end; waits for the part of a killed run that has not noticed yet.
fn install(host: &Host) -> Result<serde_json::Value> {
    let mut outcome = None;
    wait_for("the installation", || {
        let output = host.install().output()?;
        if output.status.code() == Some(75) {
            return Ok(false);
        }
        outcome = Some(answer(&output)?);
        Ok(true)
    })?;
    outcome.context("an outcome")
}

#[test]
fn an_install_killed_after_any_step_goes_on_with_the_same_command() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    for step in ["host", "identity", "database", "administrator"] {
        let mut reached = false;
        wait_for("an earlier run to be gone", || {
            reached = install_killed_after(&host, step)?;
            Ok(reached)
        })?;
        ensure!(reached, "it never came to `{step}`");
    }
    let outcome = install(&host)?;
    ensure!(outcome["install_id"].as_str().is_some_and(|id| id.starts_with("sha256:")));
    let serving = host.serve()?;
    let refused = refusal(&host.install().output()?)?;
    ensure!(refused["code"] == "data-directory-in-use");
    serving.stop()
}

#[test]
fn an_install_killed_at_any_moment_goes_on_with_the_same_command() -> Result<()> {
    // Moments spread over a whole run, which takes a few seconds; each kill continues the last.
    const MOMENTS: [u64; 6] = [3, 40, 150, 400, 900, 1800];
    let host = Host::new(PROGRAM)?;
    for milliseconds in MOMENTS {
        let mut child = host.install().stderr(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let started = std::time::Instant::now();
        wait_for("the moment", || Ok(started.elapsed().as_millis() >= milliseconds.into()))?;
        child.kill()?;
        child.wait()?;
    }
    install(&host)?;
    answer(&host.command("uninstall").args(["--purge", "--yes"]).output()?)?;
    ensure!(!host.data_dir().exists(), "purge left the data directory");
    Ok(())
}
