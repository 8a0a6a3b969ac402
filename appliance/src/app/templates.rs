//! Templates: listed by all, changed by owners.

use atoll_wire as wire;
use serde_json::json;
use sqlx::PgConnection;

use super::audit::{Deed, record};
use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, Limit, PAGE_ITEMS_MAX, commit, convert, failed, versions};
use crate::db;
use crate::db::templates::{TemplateChange, TemplateRow};
use crate::error::{Outcome, Problem, codes};

/// What fits a form; longer texts go into the README.
const TEXT_BYTES_MAX: usize = 4096;

/// All templates by name, from behind `after`.
pub async fn list(
    app: &App,
    caller: &Caller,
    after: Option<String>,
    limit: Limit,
) -> Outcome<wire::Page<wire::Template>> {
    authorize(caller, Action::Read, Resource::Template)?;
    let mut connection = app.connection().await?;
    let after = after.unwrap_or_default();
    let rows = db::templates::list(&mut connection, None, &after, limit.get())
        .await
        .map_err(failed("list the templates"))?;
    Ok(convert::page(rows, limit, |row| row.name.clone(), convert::template))
}

/// One template.
pub async fn show(app: &App, caller: &Caller, name: &str) -> Outcome<wire::Template> {
    authorize(caller, Action::Read, Resource::Template)?;
    let mut connection = app.connection().await?;
    Ok(convert::template(find(&mut connection, name).await?))
}

/// Changes a template, also which version new workspaces get.
pub async fn update(
    app: &App,
    caller: &Caller,
    name: &str,
    change: wire::UpdateTemplate,
) -> Outcome<wire::Template> {
    authorize(caller, Action::Update, Resource::Template)?;
    let wire::UpdateTemplate { display_name, description, icon, active_version } = change;
    for text in [&display_name, &description, &icon].into_iter().flatten() {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("a text has more than {TEXT_BYTES_MAX} bytes");
            return Err(Problem::new(&codes::server::REQUEST_MALFORMED, message));
        }
    }
    let mut transaction = app.begin().await?;
    let template = find(&mut transaction, name).await?;
    let version = match active_version {
        Some(number) => Some(versions::ready(&mut transaction, &template, Some(number)).await?),
        None => None,
    };
    let change = TemplateChange {
        display_name: display_name.as_deref(),
        description: description.as_deref(),
        icon: icon.as_deref(),
        active_version_id: version.map(|version| version.id),
    };
    db::templates::update(&mut transaction, template.id, change, app.clock().now())
        .await
        .map_err(failed("change the template"))?;
    let details = json!({ "active_version": active_version });
    let deed = Deed::new("template.update", &template.id, name).with(details);
    record(app, &mut transaction, caller, deed).await?;
    let row = find(&mut transaction, name).await?;
    commit(transaction).await?;
    Ok(convert::template(row))
}

/// Removes a template that no workspace was made from.
pub async fn delete(app: &App, caller: &Caller, name: &str) -> Outcome<()> {
    authorize(caller, Action::Delete, Resource::Template)?;
    let mut transaction = app.begin().await?;
    let template = find(&mut transaction, name).await?;
    if template.workspaces > 0 {
        let message = format!("{} workspaces were made from `{name}`", template.workspaces);
        return Err(Problem::new(&codes::workspace::TEMPLATE_IN_USE, message));
    }
    db::templates::delete(&mut transaction, template.id, app.clock().now())
        .await
        .map_err(failed("remove the template"))?;
    record(app, &mut transaction, caller, Deed::new("template.delete", &template.id, name)).await?;
    commit(transaction).await
}

/// The template with this name; a slip of the hand gets a hint.
pub(super) async fn find(connection: &mut PgConnection, name: &str) -> Outcome<TemplateRow> {
    let found =
        db::templates::by_name(connection, name).await.map_err(failed("find the template"))?;
    if let Some(row) = found {
        return Ok(row);
    }
    let known = db::templates::list(connection, None, "", PAGE_ITEMS_MAX)
        .await
        .map_err(failed("list the templates"))?;
    let message = format!("there is no template `{}`", name.escape_debug());
    let problem = Problem::new(&codes::workspace::TEMPLATE_NOT_FOUND, message);
    let names = known.iter().map(|row| row.name.as_str());
    Err(match crate::suggest::nearest(name, names) {
        Some(near) => {
            problem.remedy(format!("did you mean `{near}`? `atoll template list` names them all"))
        }
        None => problem,
    })
}
