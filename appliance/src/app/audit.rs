//! Writing down and reading who did what.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, Limit, failed};
use crate::db;
use crate::db::audit::AuditRow;
use crate::error::Outcome;

/// A deed, for the log.
#[derive(Debug)]
pub(crate) struct Deed<'a> {
    /// Such as `workspace.create`.
    pub(crate) action: &'static str,
    /// The id of what it was done to.
    pub(crate) id: String,
    /// The name of what it was done to.
    pub(crate) name: &'a str,
    /// Further facts; no secrets.
    pub(crate) details: Value,
}

impl<'a> Deed<'a> {
    pub(crate) fn new(action: &'static str, id: &impl ToString, name: &'a str) -> Self {
        Self { action, id: id.to_string(), name, details: json!({}) }
    }

    pub(crate) fn with(mut self, details: Value) -> Self {
        self.details = details;
        self
    }
}

/// Writes down, in the caller's transaction, what is done in it.
pub(crate) async fn record(
    app: &App,
    connection: &mut PgConnection,
    caller: &Caller,
    deed: Deed<'_>,
) -> Outcome<()> {
    let kind = deed.action.split('.').next().unwrap_or_default();
    let row = AuditRow {
        id: 0,
        at: app.clock().now(),
        actor_id: Some(caller.user_id),
        actor_name: caller.name.clone(),
        via: caller.via.as_str().to_owned(),
        address: caller.origin.address.clone(),
        request_id: caller.origin.request_id.clone(),
        action: deed.action.to_owned(),
        resource_kind: kind.to_owned(),
        resource_id: deed.id,
        resource_name: deed.name.to_owned(),
        outcome: "allowed".to_owned(),
        details: deed.details,
    };
    db::audit::insert(connection, caller.organization_id, &row)
        .await
        .map_err(failed("write the audit log"))
}

/// The log, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    before: Option<i64>,
    limit: Limit,
) -> Outcome<atoll_wire::Page<atoll_wire::AuditEntry>> {
    authorize(caller, Action::Read, Resource::Audit)?;
    let mut connection = app.connection().await?;
    let rows = db::audit::list(&mut connection, before.unwrap_or(i64::MAX), limit.get())
        .await
        .map_err(failed("read the audit log"))?;
    Ok(super::convert::page(rows, limit, |row| row.id.to_string(), super::convert::audit_entry))
}
