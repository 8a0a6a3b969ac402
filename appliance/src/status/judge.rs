//! From facts to lines with a verdict. Pure.

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use super::{Facts, Readiness};

/// How well a thing is; the worst of all is the site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Somebody should act soon.
    Warning,
    /// Somebody must act now.
    Critical,
}

/// One thing about a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is looked at.
    pub check: &'static str,
    /// How well it is.
    pub health: Health,
    /// What is seen.
    pub seen: String,
    /// What to do; empty when all is well.
    pub remedy: String,
}

/// Own certificates are renewed 30 days before their end: one that is closer was not.
const CERTIFICATE_WARNING: Duration = Duration::days(14);
/// A full disk stops the database; below this there is no room for a checkpoint.
const DISK_CRITICAL_BYTES: u64 = 512 << 20;
/// Below a twentieth of the disk there is time to act, but it is time.
const DISK_WARNING_PARTS: u64 = 20;

fn line(check: &'static str, health: Health, seen: impl Into<String>, remedy: &str) -> Line {
    Line { check, health, seen: seen.into(), remedy: remedy.to_owned() }
}

/// Judges everything that was seen.
pub fn judge(facts: &Facts, now: OffsetDateTime) -> Vec<Line> {
    let Facts { site, installed, readiness, disk, certificate_end, demo } = facts;
    let mut lines = vec![match site {
        Ok(install_id) => line("site", Health::Ok, install_id.as_str(), ""),
        Err(why) => {
            let remedy =
                "install one with `atoll install BUNDLE`, or name its place with `--data-dir DIR`";
            line("site", Health::Critical, why.as_str(), remedy)
        }
    }];
    lines.extend(installed.as_ref().map(|(release, completed)| {
        if *completed {
            return line("installation", Health::Ok, format!("installed by release {release}"), "");
        }
        let remedy = "give the same `atoll install` command again: it goes on";
        line("installation", Health::Critical, "it was not finished", remedy)
    }));
    if site.is_ok() {
        lines.push(server(readiness));
    }
    lines.extend(disk.map(|(free, total)| judge_disk(free, total)));
    lines.extend(certificate_end.map(|end| certificate(end - now)));
    if *demo {
        let seen = "DEMO build: it trusts a root whose private key everybody has";
        lines.push(line("roots", Health::Ok, seen, ""));
    }
    lines
}

fn server(readiness: &Readiness) -> Line {
    match readiness {
        Readiness::Ready => line("server", Health::Ok, "ready", ""),
        Readiness::Starting(what) => {
            line("server", Health::Warning, what.as_str(), "wait; it tells how far it is")
        }
        Readiness::Away(why) => {
            let remedy =
                "`systemctl start atoll`, or `atoll serve`; then `journalctl -u atoll -n 50`";
            line("server", Health::Critical, why.as_str(), remedy)
        }
    }
}

fn judge_disk(free: u64, total: u64) -> Line {
    let seen = format!("{} MiB free of {} MiB", free >> 20, total >> 20);
    let health = match free {
        free if free < DISK_CRITICAL_BYTES => Health::Critical,
        free if free < total / DISK_WARNING_PARTS => Health::Warning,
        _enough => Health::Ok,
    };
    let remedy = if health == Health::Ok { "" } else { "make room on that file system" };
    line("disk", health, seen, remedy)
}

fn certificate(left: Duration) -> Line {
    let seen = format!("ends in {} days", left.whole_days());
    let remedy =
        "restart the server: it renews its own; a customer's certificate has to be replaced";
    if left.is_negative() {
        return line("certificate", Health::Critical, "it has ended", remedy);
    }
    if left < CERTIFICATE_WARNING {
        return line("certificate", Health::Warning, seen, remedy);
    }
    line("certificate", Health::Ok, seen, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Facts {
        Facts {
            site: Ok("sha256:00".into()),
            installed: Some(("0.1.0".into(), true)),
            readiness: Readiness::Ready,
            disk: Some((50 << 30, 100 << 30)),
            certificate_end: Some(time::macros::datetime!(2027-11-01 0:00 UTC)),
            demo: false,
        }
    }

    fn worst(facts: &Facts) -> Health {
        let lines = judge(facts, time::macros::datetime!(2026-11-01 0:00 UTC));
        for line in &lines {
            assert_eq!(line.remedy.is_empty(), line.health == Health::Ok, "{line:?}");
        }
        lines.iter().map(|line| line.health).max().expect("there are lines")
    }

    #[test]
    fn each_fault_is_as_bad_as_it_is_and_names_a_remedy() {
        assert_eq!(worst(&well()), Health::Ok);
        let starting = Readiness::Starting("recovering".into());
        assert_eq!(worst(&Facts { readiness: starting, ..well() }), Health::Warning);
        let away = Readiness::Away("no server runs".into());
        assert_eq!(worst(&Facts { readiness: away, ..well() }), Health::Critical);
        assert_eq!(worst(&Facts { disk: Some((4 << 30, 100 << 30)), ..well() }), Health::Warning);
        assert_eq!(worst(&Facts { disk: Some((1 << 20, 100 << 30)), ..well() }), Health::Critical);
        let unfinished = Some(("0.1.0".into(), false));
        assert_eq!(worst(&Facts { installed: unfinished, ..well() }), Health::Critical);
        assert_eq!(worst(&Facts { site: Err("none".into()), ..well() }), Health::Critical);
        let soon = Some(time::macros::datetime!(2026-11-08 0:00 UTC));
        assert_eq!(worst(&Facts { certificate_end: soon, ..well() }), Health::Warning);
    }
}
