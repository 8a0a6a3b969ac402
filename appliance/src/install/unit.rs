//! The systemd service of a site.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Made, Record};
use crate::error::{Outcome, Problem, codes};
use crate::site::{Layout, Mode, write_durably};

/// Exists exactly where systemd is the running init.
const BOOTED: &str = "/run/systemd/system";
const UNIT_PATH: &str = "/etc/systemd/system/atoll.service";
const UNIT: &str = "atoll.service";

fn failed(act: &str, cause: impl Into<String>) -> Problem {
    let message = format!("cannot {act} the service `{UNIT}`");
    Problem::new(&codes::lifecycle::HOST_FAILED, message).because_of(cause)
}

/// Whether this host runs systemd.
pub(super) fn has_systemd() -> bool {
    Path::new(BOOTED).is_dir()
}

/// The unit's text.
///
/// `mixed`: systemd signals us alone, since we end Postgres in order. No start limit in time: a
/// recovery takes what it takes, and readiness is told.
pub(super) fn text(program: &Path, layout: &Layout, user: &str) -> String {
    let (program, data) = (quoted(program), quoted(layout.root()));
    format!(
        "# Written by `atoll install`; changes go into a drop-in (`systemctl edit atoll`).
[Unit]
Description=Atoll development environments
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart={program} serve --data-dir {data}
ExecReload=/bin/kill -HUP $MAINPID
User={user}
KillMode=mixed
TimeoutStartSec=infinity
TimeoutStopSec=180
Restart=on-failure
RestartSec=5
LimitNOFILE=65536
OOMScoreAdjust=-500
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
"
    )
}

/// Quotes a path for a unit file, where `%` and `$` have meanings of their own.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('%', "%%").replace('$', "$$"))
}

/// Writes, enables and starts the service; returns when it said it is ready.
pub(super) fn ensure(program: &Path, layout: &Layout, user: &str) -> Outcome<()> {
    let path = PathBuf::from(UNIT_PATH);
    let text = text(program, layout, user);
    if fs::read_to_string(&path).ok().as_deref() != Some(&text) {
        Record::note(layout, Made::Service { path: path.clone() })?;
        write_durably(&path, text.as_bytes(), Mode::Public)?;
        systemctl(&["daemon-reload"]).map_err(|cause| failed("load", cause))?;
    }
    systemctl(&["enable", UNIT]).map_err(|cause| failed("enable", cause))?;
    systemctl(&["start", UNIT]).map_err(|cause| {
        Problem::new(&codes::lifecycle::NOT_HEALTHY, "the service does not start").because_of(cause)
    })
}

/// Stops, disables and removes the service; what is gone already is fine.
pub(crate) fn remove(path: &Path) -> Outcome<()> {
    if has_systemd() && path.exists() {
        systemctl(&["disable", "--now", UNIT]).map_err(|cause| failed("stop", cause))?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(failed("remove", error.to_string()));
        }
        Ok(()) | Err(_) => {}
    }
    if has_systemd() {
        systemctl(&["daemon-reload"]).map_err(|cause| failed("unload", cause))?;
    }
    Ok(())
}

fn systemctl(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("systemctl").args(arguments).output();
    let output = output.map_err(|error| format!("cannot run `systemctl`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_runs_the_program_as_the_sites_user() {
        let text = text(Path::new("/usr/local/bin/atoll"), &Layout::new("/srv/a b%"), "atoll");
        assert!(
            text.contains("ExecStart=\"/usr/local/bin/atoll\" serve --data-dir \"/srv/a b%%\"")
        );
        assert!(text.contains("\nUser=atoll\n"));
    }
}
