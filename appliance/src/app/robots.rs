//! Robots: machines that use the mirror, made and revoked by owners.

use atoll_wire as wire;
use serde_json::json;
use time::Duration;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, commit, failed, secrets};
use crate::db;
use crate::db::robots::RobotRow;
use crate::error::{Outcome, Problem, codes};
use crate::model::TokenName;

/// A robot that ends by itself ends within ten years.
const LIFETIME_DAYS_MAX: u32 = 3650;
/// Robots in one list: a site has as many as nodes and build jobs.
const ROBOTS_MAX: i64 = 5000;

/// Makes a robot; its secret is in the answer and nowhere else.
pub async fn create(
    app: &App,
    caller: &Caller,
    request: wire::CreateRobot,
) -> Outcome<wire::CreatedRobot> {
    authorize(caller, Action::Create, Resource::Site)?;
    let unfit = |text: String| Problem::new(&codes::mirror::ROBOT_UNFIT, text);
    let name = TokenName::parse(&request.name)
        .map_err(|error| unfit("the robot's name is refused".into()).because(&error))?;
    let lifetime = request.lifetime_days;
    if let Some(days) = lifetime.filter(|days| !(1..=LIFETIME_DAYS_MAX).contains(days)) {
        let bounds = format!("1 and {LIFETIME_DAYS_MAX}");
        return Err(unfit(format!("a lifetime of {days} days is not within {bounds}")));
    }
    let now = app.clock().now();
    let minted = secrets::mint();
    let row = RobotRow {
        id: minted.id,
        organization_id: caller.organization_id,
        name: name.as_str().into(),
        scope: scope_word(request.scope).into(),
        secret_hash: minted.hash.to_vec(),
        created_by: caller.user_id,
        created_at: now,
        expires_at: lifetime.map(|days| now + Duration::days(days.into())),
        last_used_at: None,
    };
    let mut transaction = app.begin().await?;
    db::robots::insert(&mut transaction, &row).await.map_err(failed("keep the robot"))?;
    let details = json!({ "scope": row.scope, "days": lifetime });
    let deed = Deed::new("robot.create", &row.id, &row.name).with(details);
    record(app, &mut transaction, caller, deed).await?;
    commit(transaction).await?;
    let secret = minted.token.reveal().to_owned();
    Ok(wire::CreatedRobot { robot: robot(row)?, secret })
}

/// Every robot there is.
pub async fn list(app: &App, caller: &Caller) -> Outcome<wire::Page<wire::Robot>> {
    authorize(caller, Action::Read, Resource::Site)?;
    let mut connection = app.connection().await?;
    let rows =
        db::robots::list(&mut connection, ROBOTS_MAX).await.map_err(failed("list the robots"))?;
    Ok(wire::Page { items: rows.into_iter().map(robot).collect::<Outcome<_>>()?, next: None })
}

/// Ends the robots of this name, or the one of this id.
pub async fn revoke(app: &App, caller: &Caller, id_or_name: &str) -> Outcome<()> {
    authorize(caller, Action::Delete, Resource::Site)?;
    let mut transaction = app.begin().await?;
    let ids = db::robots::delete(&mut transaction, id_or_name)
        .await
        .map_err(failed("revoke the robot"))?;
    if ids.is_empty() {
        let message = format!("there is no robot `{id_or_name}`");
        return Err(Problem::new(&codes::mirror::ROBOT_NOT_FOUND, message));
    }
    for id in &ids {
        record(app, &mut transaction, caller, Deed::new("robot.delete", id, id_or_name)).await?;
    }
    commit(transaction).await
}

fn scope_word(scope: wire::RobotScope) -> &'static str {
    match scope {
        wire::RobotScope::Pull => "pull",
        wire::RobotScope::Push => "push",
    }
}

/// The scope of a row.
pub(super) fn scope_of(row: &RobotRow) -> Outcome<wire::RobotScope> {
    match row.scope.as_str() {
        "pull" => Ok(wire::RobotScope::Pull),
        "push" => Ok(wire::RobotScope::Push),
        other => {
            let message = format!("the robot `{}` has the unknown scope `{other}`", row.name);
            Err(Problem::new(&codes::INTERNAL, message))
        }
    }
}

fn robot(row: RobotRow) -> Outcome<wire::Robot> {
    Ok(wire::Robot {
        scope: scope_of(&row)?,
        id: row.id,
        name: row.name,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    })
}
