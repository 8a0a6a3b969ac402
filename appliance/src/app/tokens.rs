//! API tokens: made by name, seen once, revoked by name or id.

use atoll_wire as wire;
use serde_json::json;
use time::Duration;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, commit, convert, failed, secrets};
use crate::db;
use crate::db::tokens::TokenRow;
use crate::error::{Outcome, Problem, codes};
use crate::model::TokenName;

/// The longest lifetime: a token nobody renews for a year has been forgotten.
const LIFETIME_DAYS_MAX: u32 = 365;
/// Tokens and sessions of one person at once.
const TOKENS_MAX: i64 = 200;

/// Makes a token of the caller's own.
pub async fn create(
    app: &App,
    caller: &Caller,
    request: wire::CreateToken,
) -> Outcome<wire::CreatedToken> {
    authorize(caller, Action::Create, Resource::Tokens(caller.user_id))?;
    let unfit = |text: String| Problem::new(&codes::access::TOKEN_UNFIT, text);
    let name = TokenName::parse(&request.name)
        .map_err(|error| unfit("the token's name is refused".into()).because(&error))?;
    let days = request.lifetime_days;
    if !(1..=LIFETIME_DAYS_MAX).contains(&days) {
        return Err(unfit(format!(
            "a lifetime of {days} days is not within 1 and {LIFETIME_DAYS_MAX}"
        )));
    }
    let now = app.clock().now();
    let minted = secrets::mint();
    let row = TokenRow {
        id: minted.id,
        user_id: caller.user_id,
        kind: "api".into(),
        name: name.as_str().into(),
        secret_hash: minted.hash.to_vec(),
        created_at: now,
        expires_at: now + Duration::days(days.into()),
        last_used_at: None,
        last_used_address: None,
    };
    let mut transaction = app.begin().await?;
    let have = db::tokens::list(&mut transaction, caller.user_id, now, TOKENS_MAX)
        .await
        .map_err(failed("count your tokens"))?;
    if i64::try_from(have.len()).is_ok_and(|count| count >= TOKENS_MAX) {
        return Err(unfit(format!("you have {TOKENS_MAX} tokens and sessions already")));
    }
    db::tokens::insert(&mut transaction, &row).await.map_err(|error| {
        if !db::is_duplicate(&error) {
            return failed("keep the token")(error);
        }
        let message = format!("you have a token named `{}`", row.name);
        Problem::new(&codes::access::TOKEN_NAME_TAKEN, message)
    })?;
    let deed = Deed::new("token.create", &row.id, &row.name).with(json!({ "days": days }));
    record(app, &mut transaction, caller, deed).await?;
    commit(transaction).await?;
    let secret = minted.token.reveal().to_owned();
    Ok(wire::CreatedToken { token: convert::token(row), secret })
}

/// The caller's own tokens and sessions, newest first.
pub async fn list(app: &App, caller: &Caller) -> Outcome<wire::Page<wire::Token>> {
    authorize(caller, Action::Read, Resource::Tokens(caller.user_id))?;
    let mut connection = app.connection().await?;
    let rows = db::tokens::list(&mut connection, caller.user_id, app.clock().now(), TOKENS_MAX)
        .await
        .map_err(failed("list your tokens"))?;
    Ok(wire::Page { items: rows.into_iter().map(convert::token).collect(), next: None })
}

/// Ends one of the caller's tokens or sessions, by id or by name.
pub async fn revoke(app: &App, caller: &Caller, id_or_name: &str) -> Outcome<()> {
    authorize(caller, Action::Delete, Resource::Tokens(caller.user_id))?;
    let mut transaction = app.begin().await?;
    let rows = db::tokens::list(&mut transaction, caller.user_id, app.clock().now(), TOKENS_MAX)
        .await
        .map_err(failed("list your tokens"))?;
    let own = |row: &&TokenRow| row.id == id_or_name || row.name == id_or_name;
    let row = rows.iter().find(own).ok_or_else(|| {
        let message = format!("you have no token `{id_or_name}`");
        Problem::new(&codes::access::TOKEN_NOT_FOUND, message)
    })?;
    db::tokens::delete(&mut transaction, &row.id).await.map_err(failed("revoke the token"))?;
    record(app, &mut transaction, caller, Deed::new("token.delete", &row.id, &row.name)).await?;
    commit(transaction).await
}
