//! Following a job: its log as it is written, then how it ended.

use std::time::Duration;

use atoll_wire::{JobStatus, LogLevel, LogLine};
use tokio::time::Instant;

use super::Console;
use crate::client::{Client, Events, from_wire};
use crate::error::{Outcome, Problem, codes};

/// The wait before a broken log is taken up again.
const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// Shows the log at this path on stderr until its job ends or the deadline passes, and fails as
/// the job failed. The connection may break and come back meanwhile: no line is shown twice and
/// none is left out.
pub(super) async fn log(
    console: &mut Console,
    client: &Client,
    path: &str,
    deadline: Instant,
) -> Outcome<()> {
    let mut seen = 0;
    loop {
        let round = match client.events(&format!("{path}?follow=true&after={seen}")).await {
            Ok(events) => until_end(console, events, &mut seen, deadline).await,
            Err(problem) => Err(problem),
        };
        match round {
            Ok(Some(end)) => return finish(end),
            // The stream ended without an end: the server went away or cut it.
            Ok(None) => {}
            Err(problem) if problem.retryable() && problem.code() != &codes::client::WAIT_ENDED => {
            }
            Err(problem) => return Err(problem),
        }
        if Instant::now() + RECONNECT_PAUSE >= deadline {
            return Err(timed_out());
        }
        tokio::time::sleep(RECONNECT_PAUSE).await;
    }
}

/// The problem of a wait that ran out; what was waited for goes on.
pub(super) fn timed_out() -> Problem {
    Problem::new(
        &codes::client::WAIT_ENDED,
        "it has not ended within `--timeout`; it goes on without us",
    )
}

async fn until_end(
    console: &mut Console,
    mut events: Events,
    seen: &mut i64,
    deadline: Instant,
) -> Outcome<Option<atoll_wire::job::JobEnd>> {
    let foreign = |error: &serde_json::Error| {
        Problem::new(&codes::client::ANSWER_FOREIGN, "a line of the log is none").because(error)
    };
    loop {
        let event =
            tokio::time::timeout_at(deadline, events.next()).await.map_err(|_| timed_out())??;
        let Some(event) = event else { return Ok(None) };
        match event.name.as_str() {
            "end" => {
                return serde_json::from_str(&event.data)
                    .map(Some)
                    .map_err(|error| foreign(&error));
            }
            "problem" => {
                return Err(from_wire(
                    serde_json::from_str(&event.data).map_err(|error| foreign(&error))?,
                ));
            }
            _ => {}
        }
        let line: LogLine = serde_json::from_str(&event.data).map_err(|error| foreign(&error))?;
        *seen = line.number;
        console.note(&text(&line));
    }
}

/// A line as people read it.
pub(super) fn text(line: &LogLine) -> String {
    let mark = match line.level {
        LogLevel::Debug | LogLevel::Info => "",
        LogLevel::Warn => "warning: ",
        LogLevel::Error => "error: ",
    };
    format!("{:>10}  {mark}{}", line.stage, super::console::printable(&line.line))
}

fn finish(end: atoll_wire::job::JobEnd) -> Outcome<()> {
    match (end.status, end.error) {
        (JobStatus::Succeeded, _) => Ok(()),
        (_, Some(error)) => Err(from_wire(error)),
        (JobStatus::Canceled | JobStatus::Canceling, None) => {
            Err(Problem::new(&codes::client::CANCELED, "it was cancelled"))
        }
        (JobStatus::Failed | JobStatus::Pending | JobStatus::Running, None) => Err(Problem::new(
            &codes::client::ANSWER_FOREIGN,
            "it ended, but the server did not say how",
        )),
    }
}
