//! How a standing is shown.

use atoll_wire::{LicenseSeats, LicenseState, LicenseStatus};
use serde::Serialize;

use crate::cli::console::Table;
use crate::roots::DEMO;

/// The answer of the API, as a table.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Shown(pub(super) LicenseStatus);

impl Table for Shown {
    fn columns(&self) -> Vec<&'static str> {
        vec!["", ""]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let status = &self.0;
        let LicenseSeats { allowed, used, reserved } = status.seats;
        let demo = if status.demo { format!(" ({DEMO})") } else { String::new() };
        let mut rows = vec![
            vec!["state".into(), format!("{}{demo}", status.state.as_str())],
            vec!["reason".into(), status.reason.clone()],
            vec!["seats".into(), format!("{used} used and {reserved} promised of {allowed}")],
        ];
        if let Some(until) = status.until {
            rows.push(vec!["until".into(), until.date().to_string()]);
        }
        if !status.features.is_empty() {
            rows.push(vec!["features".into(), status.features.join(", ")]);
        }
        for license in &status.licenses {
            let line = format!(
                "{} for {}: {} seats, {} to {}, then {} days of grace",
                license.id,
                license.customer,
                license.seats,
                license.not_before,
                license.term_end,
                license.grace_days
            );
            rows.push(vec!["license".into(), line]);
        }
        if let Some(next) = next(status.state) {
            rows.push(vec!["to do".into(), next.into()]);
        }
        rows
    }
}

/// What the operator does about a state; nothing where there is nothing to do.
fn next(state: LicenseState) -> Option<&'static str> {
    match state {
        LicenseState::Unlicensed | LicenseState::Valid => None,
        LicenseState::Warning | LicenseState::Grace | LicenseState::Expired => Some(
            "send the output of `atoll license request` to the vendor, then `atoll license activate FILE`",
        ),
        LicenseState::Rebind => Some(
            "the site has changed: send the output of `atoll license request` to the vendor within 30 days",
        ),
        LicenseState::ClockSuspect => Some(
            "compare `date -u` with a clock you trust and correct it; the license stays in force",
        ),
    }
}
