//! The latest time the site has seen, kept in the database and beside the data.
//!
//! A mark has an epoch, which rises when a license resets the clock: marks of an older epoch no
//! longer count, wherever they still lie.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::super::{App, commit, failed};
use super::stand;
use crate::db;
use crate::error::{Outcome, Problem, codes};

const KEY: &str = "time-mark";

/// The mark moves in steps of this, so that an idle site does not write all day.
const STEP: Duration = Duration::minutes(10);

/// A time the site has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeMark {
    /// How many times the clock was reset.
    pub epoch: u32,
    /// The latest time seen since.
    #[serde(with = "time::serde::rfc3339")]
    pub latest: OffsetDateTime,
}

impl TimeMark {
    /// The one of two marks that counts.
    pub fn later(self, other: Self) -> Self {
        if (other.epoch, other.latest) > (self.epoch, self.latest) { other } else { self }
    }
}

/// What the database keeps.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) mark: TimeMark,
    /// For how many seconds of uptime the clock has stood far ahead of the mark.
    pub(super) ahead_seconds: i64,
}

/// What is kept, together with what was found outside.
pub(super) async fn load(app: &App, connection: &mut PgConnection) -> Outcome<Option<Kept>> {
    let value = db::settings::get(connection, KEY).await.map_err(failed("read the time mark"))?;
    // A mark nobody can read is as good as none: the other places still have theirs.
    let kept: Option<Kept> = value.and_then(|value| serde_json::from_value(value).ok());
    let outside = app.surroundings().outside();
    Ok(match (kept, outside) {
        (Some(kept), Some(mark)) => Some(Kept { mark: kept.mark.later(mark), ..kept }),
        (Some(kept), None) => Some(kept),
        (None, Some(mark)) => Some(Kept { mark, ahead_seconds: 0 }),
        (None, None) => None,
    })
}

/// Moves the mark with the clock, counts how long a far jump has stood, and notes since when the
/// site differs from its licenses. To be called every minute or so while the site serves, with
/// the uptime since the last call.
pub async fn keep_time(app: &App, uptime: std::time::Duration) -> Outcome<TimeMark> {
    let mut transaction = app.begin().await?;
    let held = stand::held(&mut transaction).await?;
    let kept = load(app, &mut transaction).await?;
    let clock = stand::clock(app, &mut transaction, &held).await?;
    stand::note_differences(app, &mut transaction, &held, clock.now()).await?;
    let epoch = kept.map_or(0, |kept| kept.mark.epoch);
    let ahead_seconds = match clock {
        atoll_licensing::Clock::Ahead { .. } => {
            let passed = i64::try_from(uptime.as_secs()).unwrap_or(i64::MAX);
            kept.map_or(0, |kept| kept.ahead_seconds).saturating_add(passed)
        }
        atoll_licensing::Clock::Steady { .. } | atoll_licensing::Clock::Behind { .. } => 0,
    };
    let now = Kept { mark: TimeMark { epoch, latest: clock.mark() }, ahead_seconds };
    let stale = kept.is_none_or(|kept| {
        now.mark.latest - kept.mark.latest >= STEP || now.ahead_seconds != kept.ahead_seconds
    });
    if stale {
        put(app, &mut transaction, now).await?;
    }
    commit(transaction).await?;
    if stale || app.surroundings().outside().is_none() {
        app.surroundings().keep_time(now.mark);
    }
    Ok(now.mark)
}

/// Begins a new epoch at this time.
pub(super) async fn reset(
    app: &App,
    connection: &mut PgConnection,
    latest: OffsetDateTime,
) -> Outcome<()> {
    let epoch = load(app, connection).await?.map_or(0, |kept| kept.mark.epoch);
    let mark = TimeMark { epoch: epoch.saturating_add(1), latest };
    put(app, connection, Kept { mark, ahead_seconds: 0 }).await?;
    app.surroundings().keep_time(mark);
    Ok(())
}

async fn put(app: &App, connection: &mut PgConnection, kept: Kept) -> Outcome<()> {
    let value = serde_json::to_value(kept).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot write the time mark").because(&error)
    })?;
    db::settings::put(connection, KEY, value, app.clock().now())
        .await
        .map_err(failed("keep the time mark"))
}
