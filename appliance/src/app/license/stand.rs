//! Gathers what the standing depends on.

use atoll_licensing::{Clock, Facts, Fit, Holding, Marks, Standing, recall};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::super::{App, failed};
use super::{revocations, time_mark};
use crate::db;
use crate::error::Outcome;
use crate::roots;

/// A site has a handful of licenses in its life; older ones than this no longer matter.
const LICENSES_MAX: i64 = 64;

/// A license that is believed, with what the table says of it.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) holding: Holding,
    pub(super) activated_at: OffsetDateTime,
}

/// What the site may do now. Whoever asks before an act holds the act's own transaction.
pub async fn standing(app: &App, connection: &mut PgConnection) -> Outcome<Standing> {
    let held = held(connection).await?;
    let clock = clock(app, connection, &held).await?;
    Ok(judge(app, &held, clock))
}

/// Every license that is still believed, newest first.
pub(super) async fn held(connection: &mut PgConnection) -> Outcome<Vec<Held>> {
    let revocations = revocations::in_force(connection).await?;
    let rows =
        db::licenses::list(connection, LICENSES_MAX).await.map_err(failed("read the licenses"))?;
    let keyring = roots::embedded();
    let mut held = Vec::new();
    for row in rows {
        // A license that this build does not trust, after a change of roots, does not count; it
        // must not keep anybody from working.
        let Ok(verified) = recall(&row.text, &keyring, &revocations) else {
            tracing::warn!(license.id = row.id, "a license is no longer believed by this build");
            continue;
        };
        let bound_to: Marks = serde_json::from_value(row.bound_to)
            .unwrap_or_else(|_| verified.license().binding.clone());
        let holding = Holding { verified, bound_to, differs_since: row.differs_since };
        held.push(Held { holding, activated_at: row.activated_at });
    }
    Ok(held)
}

/// What time it is for the license.
pub(super) async fn clock(
    app: &App,
    connection: &mut PgConnection,
    held: &[Held],
) -> Outcome<Clock> {
    let kept = time_mark::load(app, connection).await?;
    let mut marks: Vec<OffsetDateTime> = kept.iter().map(|kept| kept.mark.latest).collect();
    // The vendor's word that this time has been.
    marks.extend(held.iter().map(|held| held.holding.verified.license().issued_at).max());
    let seen = Duration::seconds(kept.map_or(0, |kept| kept.ahead_seconds));
    let wall = app.clock().now();
    // A license alone is no mark for a jump ahead: it may lie in a drawer for a year.
    if kept.is_none() && marks.iter().all(|mark| *mark <= wall) {
        return Ok(Clock::Steady { now: wall });
    }
    Ok(Clock::judge(wall, &marks, seen))
}

pub(super) fn judge(app: &App, held: &[Held], clock: Clock) -> Standing {
    let holdings: Vec<Holding> = held.iter().map(|held| held.holding.clone()).collect();
    let observed = app.surroundings().marks();
    atoll_licensing::standing(Facts { holdings: &holdings, observed: &observed, clock })
}

/// Notes since when the site has differed from each license, or that it fits again.
pub(super) async fn note_differences(
    app: &App,
    connection: &mut PgConnection,
    held: &[Held],
    now: OffsetDateTime,
) -> Outcome<()> {
    let observed = app.surroundings().marks();
    for Held { holding, activated_at: _ } in held {
        let since = match holding.bound_to.fit(&observed) {
            Fit::Fits => None,
            Fit::Differs => holding.differs_since.or(Some(now)),
        };
        if since != holding.differs_since {
            let id = &holding.verified.license().id;
            db::licenses::set_differs_since(connection, id, since)
                .await
                .map_err(failed("note a change of the site"))?;
        }
    }
    Ok(())
}
