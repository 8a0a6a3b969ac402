//! The startup script: run once in the life of the agent, its lines sent to the server.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use atoll_wire::agent::{LogSource, Manifest, Phase, Script};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::place::Place;
use crate::process::{self, ExitKind};

/// Bytes of a line that are read before it is given up waiting for its end.
const LINE_BYTES_MAX: u64 = 64 * 1024;

/// Waits for the first manifest and runs its script.
pub(crate) async fn run(place: Arc<Place>) {
    let mut manifests = place.manifests();
    let Ok(manifest) = manifests.wait_for(Option::is_some).await.map(|manifest| manifest.clone())
    else {
        return;
    };
    let Some(manifest) = manifest else { return };
    let Some(script) = &manifest.startup else {
        return place.reports.phase(Phase::Ready, None);
    };
    place.reports.phase(Phase::Starting, None);
    match start(&place, &manifest, script).await {
        Ok(ExitKind::Code(0)) => place.reports.phase(Phase::Ready, Some(0)),
        Ok(kind) => {
            place.reports.line(LogSource::Agent, &format!("the startup script ended with {kind}"));
            place.reports.phase(Phase::StartError, Some(kind.code()));
        }
        Err(error) => {
            place
                .reports
                .line(LogSource::Agent, &format!("the startup script cannot be started: {error}"));
            place.reports.phase(Phase::StartError, None);
        }
    }
}

async fn start(
    place: &Arc<Place>,
    manifest: &Manifest,
    script: &Script,
) -> std::io::Result<ExitKind> {
    let mut command = process::shell_command(place, manifest, &script.text)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let out = child.stdout.take().map(|out| read_lines(out, LogSource::StartupOut, place.clone()));
    let err = child.stderr.take().map(|err| read_lines(err, LogSource::StartupErr, place.clone()));
    // What the script leaves in the background may keep the pipes open: its own end is the end.
    out.map(tokio::spawn);
    err.map(tokio::spawn);
    let limit = Duration::from_secs(script.timeout_seconds.max(1).into());
    let status = if let Ok(status) = tokio::time::timeout(limit, child.wait()).await {
        status?
    } else {
        place.reports.phase(Phase::StartTimeout, None);
        child.wait().await?
    };
    Ok(ExitKind::from(status))
}

async fn read_lines(pipe: impl AsyncRead + Unpin, source: LogSource, place: Arc<Place>) {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => place
                .reports
                .line(source, String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r'])),
        }
    }
}
