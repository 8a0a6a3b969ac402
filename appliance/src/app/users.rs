//! People: made, changed, suspended and removed by owners; passwords also by themselves.

use atoll_wire as wire;
use serde_json::json;
use sqlx::PgConnection;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, Limit, commit, convert, failed, license};
use crate::db;
use crate::db::users::{NewUser, UserRow};
use crate::error::{Outcome, Problem, codes};
use crate::model::{Role, UserName, UserStatus};
use crate::secret::Secret;

/// An address is shown and sent to, never parsed: this is what fits a mail header.
const EMAIL_BYTES_MAX: usize = 254;

/// Who the caller is.
pub async fn me(app: &App, caller: &Caller) -> Outcome<wire::Whoami> {
    authorize(caller, Action::Read, Resource::User(caller.user_id))?;
    let mut connection = app.connection().await?;
    let row = db::users::by_id(&mut connection, caller.user_id)
        .await
        .map_err(failed("find yourself"))?
        .ok_or_else(|| not_found(&caller.name))?;
    Ok(wire::Whoami { user: convert::user(row)?, via: caller.via.as_str().into() })
}

/// All users by name, from behind `after`.
pub async fn list(
    app: &App,
    caller: &Caller,
    after: Option<String>,
    limit: Limit,
) -> Outcome<wire::Page<wire::User>> {
    authorize(caller, Action::Read, Resource::Users)?;
    let mut connection = app.connection().await?;
    let rows = db::users::list(&mut connection, &after.unwrap_or_default(), limit.get())
        .await
        .map_err(failed("list the users"))?;
    convert::try_page(rows, limit, |row| row.name.clone(), convert::user)
}

/// One user.
pub async fn show(app: &App, caller: &Caller, name: &str) -> Outcome<wire::User> {
    let mut connection = app.connection().await?;
    convert::user(find(&mut connection, caller, Action::Read, name).await?)
}

/// Makes a user, who changes the password at the first login.
pub async fn create(app: &App, caller: &Caller, request: wire::CreateUser) -> Outcome<wire::User> {
    authorize(caller, Action::Create, Resource::Users)?;
    let wire::CreateUser { name, email, role, password } = request;
    let name = UserName::parse(&name).map_err(|error| {
        let message = format!("`{}` is not a user's name", name.escape_debug());
        Problem::new(&codes::user::USER_NAME_INVALID, message).because(&error)
    })?;
    check_email(&email)?;
    let password_hash = app.passwords().hash(name.as_str(), Secret::new(password)).await?;
    let mut transaction = app.begin().await?;
    license::may_create_user(app, &mut transaction).await?;
    let new = NewUser {
        id: app.clock().new_id(),
        organization_id: caller.organization_id,
        name: name.as_str(),
        email: &email,
        role: convert::from_role(role).as_str(),
        password_hash: &password_hash,
        must_change_password: true,
        now: app.clock().now(),
    };
    let row = db::users::insert(&mut transaction, new).await.map_err(|error| {
        if !db::is_duplicate(&error) {
            return failed("keep the user")(error);
        }
        let message = format!("there is a user named `{name}`");
        Problem::new(&codes::user::USER_NAME_TAKEN, message)
    })?;
    let deed = Deed::new("user.create", &row.id, &row.name).with(json!({ "role": row.role }));
    record(app, &mut transaction, caller, deed).await?;
    commit(transaction).await?;
    convert::user(row)
}

/// Makes the site's first owner, unless there is one: for the installation, which nobody is
/// logged in to. Says whether it did.
pub async fn create_first_owner(app: &App, name: &str, password: Secret) -> Outcome<bool> {
    let name = UserName::parse(name).map_err(|error| {
        let message = format!("`{}` is not a user's name", name.escape_debug());
        Problem::new(&codes::user::USER_NAME_INVALID, message).because(&error)
    })?;
    let password_hash = app.passwords().hash(name.as_str(), password).await?;
    let mut transaction = app.begin().await?;
    let owners = db::users::first_owner(&mut transaction).await.map_err(failed("find an owner"))?;
    if owners.is_some() {
        return Ok(false);
    }
    let new = NewUser {
        id: app.clock().new_id(),
        organization_id: db::ORGANIZATION,
        name: name.as_str(),
        email: "",
        role: Role::Owner.as_str(),
        password_hash: &password_hash,
        must_change_password: true,
        now: app.clock().now(),
    };
    db::users::insert(&mut transaction, new).await.map_err(failed("keep the first owner"))?;
    commit(transaction).await?;
    Ok(true)
}

/// Changes a user; a new password or a suspension ends all their sessions and tokens.
pub async fn update(
    app: &App,
    caller: &Caller,
    name: &str,
    change: wire::UpdateUser,
) -> Outcome<wire::User> {
    let wire::UpdateUser { role, status, email, password } = change;
    check_email(email.as_deref().unwrap_or_default())?;
    let hash = match password {
        Some(password) => {
            authorize(caller, Action::Update, Resource::Users)?;
            Some(app.passwords().hash(name, Secret::new(password)).await?)
        }
        None => None,
    };
    let (role, status) = (role.map(convert::from_role), status.map(convert::from_user_status));
    let now = app.clock().now();
    let mut transaction = app.begin().await?;
    let user = find(&mut transaction, caller, Action::Update, name).await?;
    if role == Some(Role::Member) || status == Some(UserStatus::Suspended) {
        keep_an_owner(&mut transaction, &user).await?;
    }
    let words = (role.map(Role::as_str), status.map(UserStatus::as_str), email.as_deref());
    let mut row = db::users::update(&mut transaction, user.id, words, now)
        .await
        .map_err(failed("change the user"))?;
    if let Some(hash) = &hash {
        db::users::set_password(&mut transaction, user.id, hash, true, now)
            .await
            .map_err(failed("set the password"))?;
        row.must_change_password = true;
    }
    if hash.is_some() || status == Some(UserStatus::Suspended) {
        db::tokens::delete_others(&mut transaction, user.id, None)
            .await
            .map_err(failed("end the user's sessions"))?;
    }
    let details = json!({ "role": words.0, "status": words.1, "password": hash.is_some() });
    let deed = Deed::new("user.update", &user.id, &user.name).with(details);
    record(app, &mut transaction, caller, deed).await?;
    commit(transaction).await?;
    convert::user(row)
}

/// Removes a user who owns no workspace.
pub async fn delete(app: &App, caller: &Caller, name: &str) -> Outcome<()> {
    let mut transaction = app.begin().await?;
    let user = find(&mut transaction, caller, Action::Delete, name).await?;
    keep_an_owner(&mut transaction, &user).await?;
    let owned = db::workspaces::count_owned(&mut transaction, user.id)
        .await
        .map_err(failed("count the user's workspaces"))?;
    if owned > 0 {
        let message = format!("`{name}` owns {owned} workspaces");
        return Err(Problem::new(&codes::user::USER_OWNS_WORKSPACES, message));
    }
    db::tokens::delete_others(&mut transaction, user.id, None)
        .await
        .map_err(failed("end the user's sessions"))?;
    db::users::delete(&mut transaction, user.id, app.clock().now())
        .await
        .map_err(failed("remove the user"))?;
    record(app, &mut transaction, caller, Deed::new("user.delete", &user.id, name)).await?;
    commit(transaction).await
}

/// Changes the caller's own password, which ends all their other sessions.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    change: wire::ChangePassword,
) -> Outcome<()> {
    authorize(caller, Action::Update, Resource::Password(caller.user_id))?;
    let (current, new) = (Secret::new(change.current), Secret::new(change.new));
    let mut connection = app.connection().await?;
    let user = db::users::by_id(&mut connection, caller.user_id)
        .await
        .map_err(failed("find yourself"))?
        .ok_or_else(|| not_found(&caller.name))?;
    drop(connection);
    let same = current == new;
    if !app.passwords().verify(current, user.password_hash).await? {
        let message = "the current password is wrong";
        return Err(Problem::new(&codes::access::LOGIN_REFUSED, message));
    }
    if same {
        let problem = Problem::new(&codes::access::PASSWORD_UNFIT, "the password is refused");
        return Err(problem.because_of("it is the password so far"));
    }
    let hash = app.passwords().hash(&caller.name, new).await?;
    let mut transaction = app.begin().await?;
    db::users::set_password(&mut transaction, caller.user_id, &hash, false, app.clock().now())
        .await
        .map_err(failed("set the password"))?;
    db::tokens::delete_others(&mut transaction, caller.user_id, caller.token_id.as_deref())
        .await
        .map_err(failed("end your other sessions"))?;
    let deed = Deed::new("user.change-password", &caller.user_id, &caller.name);
    record(app, &mut transaction, caller, deed).await?;
    commit(transaction).await
}

fn not_found(name: &str) -> Problem {
    let message = format!("there is no user `{}`", name.escape_debug());
    Problem::new(&codes::user::USER_NOT_FOUND, message)
}

/// A user the caller may act on, by name or id; whoever may not see users does not learn who exists.
pub(super) async fn find(
    connection: &mut PgConnection,
    caller: &Caller,
    action: Action,
    name: &str,
) -> Outcome<UserRow> {
    let name = if name == "me" { &caller.name } else { name };
    let id = uuid::Uuid::try_parse(name).ok();
    if *name != caller.name && id != Some(caller.user_id) {
        authorize(caller, action, Resource::Users)?;
    }
    let row = match id {
        Some(id) => db::users::by_id(connection, id).await,
        None => db::users::by_name(connection, name).await,
    };
    let row = row.map_err(failed("find the user"))?.filter(|row| row.deleted_at.is_none());
    let row = row.ok_or_else(|| not_found(name))?;
    authorize(caller, action, Resource::User(row.id))?;
    Ok(row)
}

fn check_email(email: &str) -> Outcome<()> {
    if email.len() <= EMAIL_BYTES_MAX && !email.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!("the email address is not one line of at most {EMAIL_BYTES_MAX} bytes");
    Err(Problem::new(&codes::server::REQUEST_MALFORMED, message))
}

/// Refuses what would leave the site without an owner who can act.
async fn keep_an_owner(connection: &mut PgConnection, user: &UserRow) -> Outcome<()> {
    let owners = db::users::lock_owners(connection).await.map_err(failed("count the owners"))?;
    if owners == [user.id] {
        let message = format!("`{}` is the site's only active owner", user.name);
        return Err(Problem::new(&codes::user::LAST_OWNER, message));
    }
    Ok(())
}
