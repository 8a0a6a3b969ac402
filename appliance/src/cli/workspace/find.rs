//! The workspace a person means.

use atoll_wire::Workspace;

use crate::client::{Client, paths};
use crate::error::{Outcome, Problem, codes};

/// `NAME` among one's own, or `OWNER/NAME` for somebody else's.
pub(in crate::cli) async fn find(client: &Client, text: &str) -> Outcome<Workspace> {
    let (owner, name) = text.split_once('/').unwrap_or(("me", text));
    let (owner, escaped) = (paths::escape(owner), paths::escape(name));
    let path = format!("{}?owner={owner}&name={escaped}", paths::WORKSPACES);
    let refused = match client.list::<Workspace>(&path).await.map(|mut found| found.pop()) {
        Ok(Some(workspace)) => return Ok(workspace),
        Ok(None) => Problem::new(
            &codes::client::WORKSPACE_UNKNOWN,
            format!("there is no workspace `{text}`"),
        ),
        Err(problem) if problem.code().http == 404 => problem,
        Err(problem) => return Err(problem),
    };
    let all: Vec<Workspace> =
        client.list(&format!("{}?owner={owner}", paths::WORKSPACES)).await.unwrap_or_default();
    let names = all.iter().map(|workspace| workspace.name.as_str());
    Err(match crate::suggest::nearest(name, names) {
        Some(near) => refused.remedy(format!("did you mean `{near}`? `atoll list` shows all")),
        None => refused,
    })
}
