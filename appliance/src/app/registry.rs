//! Who may use the mirror: owners, members and robots, by the token they send as a password.
//!
//! Push by role only: owners, and robots made for it. Members pull, since they run the images
//! anyway. Nobody is let in without a token.

use atoll_wire::RobotScope;
use time::Duration;

use super::{App, Caller, RequestOrigin, failed, login, robots, secrets};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::model::Role;

/// A use is noted at most this often.
const NOTE_EVERY: Duration = Duration::minutes(1);

/// What somebody may do with every repository of the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Who it is, for the log and for refusals.
    pub who: String,
    /// What they may do.
    pub rights: Rights,
}

/// How much of the mirror is open to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Read.
    Pull,
    /// Read and write.
    PullAndPush,
    /// Read, write and delete.
    All,
}

/// Who presents this token; absent: nobody that is known.
pub async fn admit(app: &App, token: &str) -> Outcome<Option<Admission>> {
    let Some(presented) = secrets::parse(token) else { return Ok(None) };
    let now = app.clock().now();
    let mut connection = app.connection().await?;
    let row =
        db::robots::by_id(&mut connection, &presented.id).await.map_err(failed("find a robot"))?;
    let Some(row) = row else {
        drop(connection);
        return admit_user(app, token).await;
    };
    let ended = row.expires_at.is_some_and(|end| end <= now);
    if ended || !presented.matches(&row.secret_hash) {
        return Ok(None);
    }
    if row.last_used_at.is_none_or(|used| used + NOTE_EVERY < now) {
        db::robots::used(&mut connection, &row.id, now)
            .await
            .map_err(failed("note the use of a robot"))?;
    }
    let rights = match robots::scope_of(&row)? {
        RobotScope::Pull => Rights::Pull,
        RobotScope::Push => Rights::PullAndPush,
    };
    Ok(Some(Admission { who: format!("robot {}", row.name), rights }))
}

async fn admit_user(app: &App, token: &str) -> Outcome<Option<Admission>> {
    match login::by_token(app, token, RequestOrigin::default()).await {
        Ok(caller) => Ok(of_caller(&caller)),
        Err(problem) if is_unknown(&problem) => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn is_unknown(problem: &Problem) -> bool {
    problem.code() == &codes::access::UNAUTHENTICATED
}

/// Who must change the password first is nobody yet.
fn of_caller(caller: &Caller) -> Option<Admission> {
    if caller.must_change_password {
        return None;
    }
    let rights = match caller.role {
        Role::Owner => Rights::All,
        Role::Member => Rights::Pull,
    };
    Some(Admission { who: caller.name.clone(), rights })
}
