//! One command makes a site; it serves, survives its database, and goes away without a trace.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use atoll_tests::host::{Host, answer, kill, refusal, wait_for};
use rustix::process::Signal;

const PROGRAM: &str = env!("CARGO_BIN_EXE_atoll-program");

/// Every path below a folder with its kind, mode and owner.
fn listing(dir: &Path) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, meta) = (entry.path(), entry.metadata()?);
            lines.push(format!("{} {:o} {}", path.display(), meta.mode(), meta.uid()));
            if meta.is_dir() {
                folders.push(path);
            }
        }
    }
    lines.sort();
    Ok(lines)
}

#[test]
fn one_command_makes_a_site_that_serves_and_status_says_how_it_is() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let outcome = answer(&host.install().output()?)?;
    let password = outcome["admin_password_file"].as_str().context("a password file")?;
    let meta = fs::metadata(password)?;
    ensure!(meta.permissions().mode() & 0o777 == 0o600, "{:o}", meta.mode());
    ensure!(fs::read_to_string(password)?.trim().len() >= 12);
    ensure!(outcome["next"].as_array().is_some_and(|next| next.len() >= 3), "{outcome}");
    let key = fs::metadata(host.data_dir().join("keys/site.pem"))?;
    ensure!(key.permissions().mode() & 0o777 == 0o600 && key.uid() != 0 || !is_root());

    let down = host.command("status").output()?;
    ensure!(down.status.code() == Some(4), "a site that is down is critical: {}", down.status);
    let serving = host.serve()?;
    let up = host.command("status").output()?;
    let said = String::from_utf8_lossy(&up.stdout);
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&up.stdout)?;
    // How full the disk of the machine that runs this is, is not the site's doing.
    let sound =
        |finding: &&serde_json::Value| finding["health"] == "ok" || finding["check"] == "disk";
    ensure!(findings.iter().filter(sound).count() == findings.len(), "{said}");
    ensure!(matches!(up.status.code(), Some(0 | 3)), "{}: {said}", up.status);
    let status = fs::read_to_string(format!("/proc/{}/status", serving.id()))?;
    let uid = status.lines().find(|line| line.starts_with("Uid:")).context("a user")?;
    ensure!(!uid.split_whitespace().any(|word| word == "0"), "the server runs as root: {uid}");
    serving.stop()?;
    ensure!(!host.data_dir().join("postgres/postmaster.pid").exists(), "the database still runs");
    Ok(())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn a_database_killed_under_a_serving_site_comes_back_by_itself() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    answer(&host.install().output()?)?;
    let serving = host.serve()?;
    let before = host.database()?;
    kill(before, Signal::KILL)?;
    wait_for("another database", || Ok(host.database().is_ok_and(|now| now != before)))?;
    host.ready()?;
    serving.stop()
}

#[test]
fn an_appliance_killed_with_its_database_running_takes_it_over_at_the_next_start() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    answer(&host.install().output()?)?;
    let serving = host.serve()?;
    let database = host.database()?;
    serving.crash()?;
    let serving = host.serve()?;
    ensure!(host.database()? == database, "it was started again");
    serving.stop()
}

#[test]
fn purge_leaves_the_host_as_it_was_before_install() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let before = listing(&host.path(""))?;
    answer(&host.install().output()?)?;
    let plan = host.command("uninstall").arg("--plan").output()?;
    ensure!(answer(&plan)?["items"].as_array().is_some_and(|items| !items.is_empty()));
    let refused = refusal(&host.command("uninstall").arg("--purge").output()?)?;
    ensure!(refused["code"] == "consent-missing", "{refused}");
    answer(&host.command("uninstall").args(["--purge", "--yes"]).output()?)?;
    let after = listing(&host.path(""))?;
    ensure!(before == after, "{before:?} is not {after:?}");
    Ok(())
}

#[test]
fn uninstall_without_purge_keeps_the_data_and_the_site_installs_again_over_it() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let first = answer(&host.install().output()?)?;
    answer(&host.command("uninstall").arg("--yes").output()?)?;
    let again = answer(&host.install().output()?)?;
    ensure!(first["install_id"] == again["install_id"], "another identity");
    ensure!(again["admin_name"] == "", "the first owner was made a second time");
    Ok(())
}
