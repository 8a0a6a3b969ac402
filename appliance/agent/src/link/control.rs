//! The control stream: hello and manifest, then heartbeats, reports and their receipts.

use std::sync::Arc;

use atoll_wire::agent::{
    ANSWER_WITHIN, FromAgent, FromServer, HEARTBEAT_EVERY, Heartbeat, Hello, Lifecycle,
    MESSAGE_BYTES_MAX, PROTOCOL, Phase, SILENCE_MAX,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::Instant;

use super::LinkError;
use super::frames::{Messages, write};
use crate::place::Place;

/// What has been told on this connection.
struct Told {
    lifecycle: Lifecycle,
    /// The number of the next log line to send.
    next_line: u64,
    /// Whether lines were sent that the server has not answered yet: one batch at a time, so that
    /// a server that cannot store them says from where to go on.
    unanswered: bool,
}

/// Speaks on the control stream until it ends; that it ends is an error by any name.
pub(super) async fn control<S: AsyncRead + AsyncWrite + Send>(
    stream: S,
    place: Arc<Place>,
) -> Result<(), LinkError> {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut messages = Messages::new(reader);
    greet(&mut messages, &mut writer, &place).await?;
    let hello_said = Lifecycle { phase: Phase::Created, ..place.reports.lifecycle() };
    let mut told = Told { lifecycle: hello_said, next_line: 0, unanswered: false };
    report(&mut writer, &place, &mut told).await?;
    let mut heartbeat = tokio::time::interval(HEARTBEAT_EVERY);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = messages.next(MESSAGE_BYTES_MAX) => {
                heard = Instant::now();
                let message = message?.ok_or(LinkError::Closed)?;
                if let FromServer::LogsStored { next } = message {
                    (told.next_line, told.unanswered) = (next, false);
                }
                hear(message, &place)?;
                report(&mut writer, &place, &mut told).await?;
            }
            () = place.reports.changed() => report(&mut writer, &place, &mut told).await?,
            _ = heartbeat.tick() => {
                let beat = FromAgent::Heartbeat(Heartbeat { stats: Some(place.counters.stats()) });
                write(&mut writer, &beat, MESSAGE_BYTES_MAX).await?;
            }
            () = tokio::time::sleep_until(heard + SILENCE_MAX) => return Err(LinkError::Silent),
        }
    }
}

/// Says hello and waits for the manifest.
async fn greet<S: AsyncRead + AsyncWrite>(
    messages: &mut Messages<ReadHalf<S>>,
    writer: &mut WriteHalf<S>,
    place: &Place,
) -> Result<(), LinkError> {
    let hello = Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: place.instance,
        user: place.user.name.clone(),
        home: place.user.home.to_string_lossy().into_owned(),
        os: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        phase: place.reports.lifecycle().phase,
    };
    write(writer, &FromAgent::Hello(hello), MESSAGE_BYTES_MAX).await?;
    let answer = tokio::time::timeout(ANSWER_WITHIN, messages.next(MESSAGE_BYTES_MAX)).await;
    hear(answer.map_err(|_| LinkError::Silent)??.ok_or(LinkError::Closed)?, place)
}

fn hear(message: FromServer, place: &Place) -> Result<(), LinkError> {
    match message {
        FromServer::Manifest(manifest) => place.set_manifest(*manifest),
        FromServer::LogsStored { next } => place.reports.stored(next),
        FromServer::Refused { code, message } => return Err(LinkError::Unserved { code, message }),
        FromServer::Heartbeat(_) | FromServer::Unknown => {}
    }
    Ok(())
}

/// Sends what is new since the last time.
async fn report<S: AsyncRead + AsyncWrite>(
    writer: &mut WriteHalf<S>,
    place: &Place,
    told: &mut Told,
) -> Result<(), LinkError> {
    let lifecycle = place.reports.lifecycle();
    if lifecycle != told.lifecycle {
        write(writer, &FromAgent::Lifecycle(lifecycle.clone()), MESSAGE_BYTES_MAX).await?;
        told.lifecycle = lifecycle;
    }
    if !told.unanswered
        && let Some(batch) = place.reports.lines_from(told.next_line)
    {
        told.unanswered = true;
        write(writer, &FromAgent::Logs(batch), MESSAGE_BYTES_MAX).await?;
    }
    let values = place.reports.take_metadata();
    if !values.is_empty() {
        write(writer, &FromAgent::Metadata { values }, MESSAGE_BYTES_MAX).await?;
    }
    Ok(())
}
