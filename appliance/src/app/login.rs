//! From a name and a password, a token, or a socket to a caller.

use atoll_wire as wire;
use serde_json::json;
use time::Duration;

use super::attempt::Attempt;
use super::audit::{Deed, record};
use super::{App, Caller, RequestOrigin, Via, commit, convert, failed, secrets};
use crate::db;
use crate::db::tokens::TokenRow;
use crate::db::users::UserRow;
use crate::error::{Outcome, Problem, codes};
use crate::model::UserStatus;
use crate::secret::Secret;

/// How long a session lasts without use.
const SESSION_LIFETIME: Duration = Duration::days(7);
/// A session is prolonged, and a use is noted, at most this often.
const NOTE_EVERY: Duration = Duration::minutes(1);
/// Names and passwords longer than this are not looked at.
const LOGIN_BYTES_MAX: usize = 1024;

/// A session for whoever knows the password, unless too many tried.
pub async fn login(
    app: &App,
    login: wire::Login,
    origin: RequestOrigin,
) -> Outcome<wire::LoginAnswer> {
    let wire::Login { name, password } = login;
    let password = Secret::new(password);
    if name.len() > LOGIN_BYTES_MAX || name.contains('\0') {
        return Err(refused());
    }
    let mut connection = app.connection().await?;
    let attempt = Attempt::admit(app, &mut connection, &name, &origin.address).await?;
    let user = db::users::by_name(&mut connection, &name).await.map_err(failed("find a user"))?;
    drop(connection);
    let kept = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = app.passwords().verify(password, kept).await?;
    let user = user.filter(|user| right && user.status == UserStatus::Active.as_str());
    let Some(user) = user else {
        tracing::warn!(user.name = name, address = origin.address, "a login was refused");
        return Err(refused());
    };
    Box::pin(open_session(app, user, origin, attempt)).await
}

fn refused() -> Problem {
    Problem::new(&codes::access::LOGIN_REFUSED, "the name or the password is wrong")
}

async fn open_session(
    app: &App,
    user: UserRow,
    origin: RequestOrigin,
    attempt: Attempt,
) -> Outcome<wire::LoginAnswer> {
    let now = app.clock().now();
    let minted = secrets::mint();
    let row = TokenRow {
        id: minted.id.clone(),
        user_id: user.id,
        kind: "session".into(),
        name: String::new(),
        secret_hash: minted.hash.to_vec(),
        created_at: now,
        expires_at: now + SESSION_LIFETIME,
        last_used_at: None,
        last_used_address: None,
    };
    let mut transaction = app.begin().await?;
    attempt.forget(&mut transaction).await.map_err(failed("forget failures"))?;
    db::tokens::insert(&mut transaction, &row).await.map_err(failed("open a session"))?;
    db::users::logged_in(&mut transaction, user.id, now).await.map_err(failed("note a login"))?;
    let caller = Caller::of(&user, Via::Session, Some(minted.id))?.from(origin);
    let deed = Deed::new("session.create", &row.id, &user.name).with(json!({}));
    record(app, &mut transaction, &caller, deed).await?;
    commit(transaction).await?;
    Ok(wire::LoginAnswer {
        token: minted.token.reveal().to_owned(),
        expires_at: row.expires_at,
        user: convert::user(UserRow { last_login_at: Some(now), ..user })?,
    })
}

/// Who presents this token.
pub async fn by_token(app: &App, token: &str, origin: RequestOrigin) -> Outcome<Caller> {
    let unknown = || {
        let message = "the token is unknown, expired or revoked";
        Problem::new(&codes::access::UNAUTHENTICATED, message)
    };
    let presented = secrets::parse(token).ok_or_else(unknown)?;
    let mut connection = app.connection().await?;
    let now = app.clock().now();
    let row = db::tokens::by_id(&mut connection, &presented.id)
        .await
        .map_err(failed("find a token"))?
        .filter(|row| presented.matches(&row.secret_hash) && row.expires_at > now)
        .ok_or_else(unknown)?;
    let user = db::users::by_id(&mut connection, row.user_id)
        .await
        .map_err(failed("find a user"))?
        .filter(|user| user.deleted_at.is_none() && user.status == UserStatus::Active.as_str())
        .ok_or_else(unknown)?;
    if row.last_used_at.is_none_or(|used| used + NOTE_EVERY < now) {
        db::tokens::used(&mut connection, &row.id, now, &origin.address)
            .await
            .map_err(failed("note the use of a token"))?;
        if row.kind == "session" {
            db::tokens::extend(&mut connection, &row.id, now + SESSION_LIFETIME)
                .await
                .map_err(failed("prolong a session"))?;
        }
    }
    let via = if row.kind == "session" { Via::Session } else { Via::Token };
    Ok(Caller::of(&user, via, Some(row.id))?.from(origin))
}

/// Who a command over the local socket acts for: the site's first owner.
pub async fn by_socket(app: &App, origin: RequestOrigin) -> Outcome<Caller> {
    Ok(first_owner(app, Via::Socket).await?.from(origin))
}

/// The site's first owner, for work the server does by itself, such as importing a bundle's
/// templates.
pub async fn as_job(app: &App) -> Outcome<Caller> {
    first_owner(app, Via::Job).await
}

async fn first_owner(app: &App, via: Via) -> Outcome<Caller> {
    let mut connection = app.connection().await?;
    let owner = db::users::first_owner(&mut connection).await.map_err(failed("find an owner"))?;
    let owner = owner.ok_or_else(|| {
        Problem::new(&codes::user::NO_OWNER, "the site has no active owner to act for")
    })?;
    Caller::of(&owner, via, None)
}

/// Ends the session or forgets the token the caller came with.
pub async fn logout(app: &App, caller: &Caller) -> Outcome<()> {
    let Some(id) = &caller.token_id else { return Ok(()) };
    let mut transaction = app.begin().await?;
    db::tokens::delete(&mut transaction, id).await.map_err(failed("end the session"))?;
    record(app, &mut transaction, caller, Deed::new("session.delete", &id, &caller.name)).await?;
    commit(transaction).await
}
