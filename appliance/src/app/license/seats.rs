//! Asking before a seat is taken. Only the two creations of the closed table ask.

use atoll_licensing::{Action, Refusal, SEAT_DAYS, Seats, may};
use atoll_wire as wire;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::super::{App, failed};
use super::standing;
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// Fails when the license does not cover one more user. Holds a lock until the transaction ends,
/// so that the last seat is given once.
pub async fn may_create_user(app: &App, connection: &mut PgConnection) -> Outcome<()> {
    db::seats::lock(connection).await.map_err(failed("count the seats"))?;
    let wire::LicenseSeats { allowed: _, used, reserved } = count(app, connection).await?;
    let wanted = used.saturating_add(reserved).saturating_add(1);
    ask(app, connection, Action::CreateUser, wanted).await
}

/// Fails when the owner of a new workspace is not among those whom the license covers.
pub async fn may_create_workspace(
    app: &App,
    connection: &mut PgConnection,
    owner_id: Uuid,
) -> Outcome<()> {
    db::seats::lock(connection).await.map_err(failed("count the seats"))?;
    let place = db::seats::place(connection, owner_id, since(app))
        .await
        .map_err(failed("count the seats"))?;
    ask(app, connection, Action::CreateWorkspace, number(place)).await
}

/// Seats held and promised; how many are allowed is not counted here.
pub(super) async fn count(app: &App, connection: &mut PgConnection) -> Outcome<wire::LicenseSeats> {
    let count =
        db::seats::count(connection, since(app)).await.map_err(failed("count the seats"))?;
    let (used, reserved) = (number(count.used), number(count.reserved));
    Ok(wire::LicenseSeats { allowed: 0, used, reserved })
}

async fn ask(app: &App, connection: &mut PgConnection, action: Action, wanted: u32) -> Outcome<()> {
    let standing = standing(app, connection).await?;
    may(action, &standing, Seats { wanted }).map_err(|refusal| exhausted(action, &refusal))
}

fn exhausted(action: Action, refusal: &Refusal) -> Problem {
    let message = format!("cannot {}: all {} seats are taken", action.as_str(), refusal.allowed);
    Problem::new(&codes::license::SEATS_EXHAUSTED, message).because(refusal)
}

fn since(app: &App) -> OffsetDateTime {
    app.clock().now().saturating_sub(Duration::days(SEAT_DAYS))
}

fn number(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
