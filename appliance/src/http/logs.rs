//! Logs of builds and imports: in pieces, or live as server-sent events.
//!
//! Followed, each line is an event named `log` whose id is the line's number, so that a client
//! that lost its connection goes on where it was; the last event is named `end`.

use std::convert::Infallible;
use std::time::Duration;

use atoll_wire::{LogLine, Page, ProblemBody};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::{Json, Path, Query};
use super::refusal::Answer;
use super::{AppState, Auth};
use crate::app::Limit;
use crate::app::logs::{self, Heard};

/// How often a silent stream says that it is alive: below the idle bounds of common proxies.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Which part of a log.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LogQuery {
    /// Lines behind this number
    #[serde(default)]
    after: i64,
    /// How many lines at most, unless followed
    limit: Option<u32>,
    /// Whether to stay until the end, as `text/event-stream`
    #[serde(default)]
    follow: bool,
}

/// Read or follow a build's log
#[utoipa::path(get, path = "/builds/{id}/logs", tag = "workspaces", security(("token" = [])),
    params(("id" = Uuid, Path), LogQuery),
    responses((status = 200, body = Page<LogLine>), (status = "default", body = ProblemBody)))]
pub(super) async fn of_build(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
    Query(query): Query<LogQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let job_id = logs::job_of_build(&state.app, &caller, id).await?;
    answer(&state, job_id, &query, &headers).await
}

/// Read or follow the log of any job: a build's, or a version's import's
#[utoipa::path(get, path = "/jobs/{id}/logs", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path), LogQuery),
    responses((status = 200, body = Page<LogLine>), (status = "default", body = ProblemBody)))]
pub(super) async fn of_job(
    State(state): State<AppState>,
    Auth(caller): Auth,
    Path(id): Path<Uuid>,
    Query(query): Query<LogQuery>,
    headers: HeaderMap,
) -> Answer<Response> {
    let job_id = logs::job(&state.app, &caller, id).await?;
    answer(&state, job_id, &query, &headers).await
}

async fn answer(
    state: &AppState,
    job_id: Uuid,
    query: &LogQuery,
    headers: &HeaderMap,
) -> Answer<Response> {
    if !query.follow {
        return Ok(Json(
            logs::page(&state.app, job_id, query.after, Limit::of(query.limit)).await?,
        )
        .into_response());
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let heard = logs::follow(state.app.clone(), job_id, last.unwrap_or(query.after));
    // A log that can no longer be read ends without an `end`: the client asks again, and hears why.
    let heard = heard.filter_map(async |heard| heard.ok());
    let events = heard.map(|heard| Ok::<_, Infallible>(event(&heard)));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_EVERY);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

fn event(heard: &Heard) -> Event {
    match heard {
        Heard::Line(line) => json("log", line).id(line.number.to_string()),
        Heard::End(end) => json("end", end),
    }
}

fn json(name: &str, data: &impl Serialize) -> Event {
    let event = Event::default().event(name);
    let data = serde_json::to_string(data).unwrap_or_default();
    event.data(data)
}
