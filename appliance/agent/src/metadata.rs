//! Values about the workspace, measured by the template's scripts at their intervals.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use atoll_wire::agent::{
    METADATA_BYTES_MAX, METADATA_ITEMS_MAX, Manifest, MetadataItem, MetadataValue,
};
use time::OffsetDateTime;
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;

use crate::place::Place;
use crate::process::{self, ExitKind};

/// Measures the items of the newest manifest for ever.
pub(crate) async fn run(place: Arc<Place>) {
    let mut manifests = place.manifests();
    loop {
        let mut measuring = JoinSet::new();
        if let Some(manifest) = place.manifest() {
            for item in manifest.metadata.iter().take(METADATA_ITEMS_MAX).cloned() {
                measuring.spawn(measure_for_ever(place.clone(), manifest.clone(), item));
            }
        }
        // Those that measured by the old manifest end when the set is dropped.
        if manifests.changed().await.is_err() {
            return;
        }
    }
}

async fn measure_for_ever(place: Arc<Place>, manifest: Arc<Manifest>, item: MetadataItem) {
    let mut interval =
        tokio::time::interval(Duration::from_secs(item.interval_seconds.max(1).into()));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        let limit = Duration::from_secs(item.timeout_seconds.max(1).into());
        let measured =
            match tokio::time::timeout(limit, measure(&place, &manifest, &item.script)).await {
                Ok(measured) => measured.map_err(|error| error.to_string()),
                Err(_) => Err(format!("it took longer than {} s", item.timeout_seconds)),
            };
        let (value, error) = match measured {
            Ok(value) => (value, String::new()),
            Err(error) => (String::new(), error),
        };
        place.reports.metadata(MetadataValue {
            key: item.key.clone(),
            at: OffsetDateTime::now_utc(),
            value,
            error,
        });
    }
}

async fn measure(place: &Place, manifest: &Manifest, script: &str) -> std::io::Result<String> {
    let mut command = process::shell_command(place, manifest, script)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut value = Vec::new();
    if let Some(out) = child.stdout.take() {
        let limit = u64::try_from(METADATA_BYTES_MAX).unwrap_or(u64::MAX);
        out.take(limit).read_to_end(&mut value).await?;
    }
    match ExitKind::from(child.wait().await?) {
        ExitKind::Code(0) => Ok(String::from_utf8_lossy(&value).trim().to_owned()),
        kind => Err(std::io::Error::other(format!("it ended with {kind}"))),
    }
}
