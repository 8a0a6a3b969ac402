//! What the mirror holds, for people, and why it does not hold something.

use atoll_mirror::store::{RepositorySummary, TagSummary};
use atoll_mirror::{RepositoryName, Store, StoreError};
use atoll_wire as wire;

use super::authorize::{Action, Resource, authorize};
use super::{App, Caller, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// Repositories behind `after`, in byte order.
pub async fn repositories(
    store: &Store,
    caller: &Caller,
    after: &str,
) -> Outcome<wire::Page<wire::MirrorRepository>> {
    // Whoever may see templates may see what they are made of.
    authorize(caller, Action::Read, Resource::Template)?;
    let found = store.repositories(after).await.map_err(|error| broken(&error))?;
    let item = |RepositorySummary { name, tags, size_bytes }| wire::MirrorRepository {
        name,
        tags,
        size_bytes,
    };
    Ok(wire::Page { items: found.into_iter().map(item).collect(), next: None })
}

/// The tags of a repository.
pub async fn tags(
    store: &Store,
    caller: &Caller,
    repository: &str,
) -> Outcome<wire::Page<wire::MirrorTag>> {
    authorize(caller, Action::Read, Resource::Template)?;
    let unknown = || {
        let message = format!("the mirror has no repository `{repository}`");
        Problem::new(&codes::mirror::REPOSITORY_NOT_FOUND, message)
    };
    let name: RepositoryName = repository.parse().map_err(|error| unknown().because(&error))?;
    if !store.has_repository(&name).await.map_err(|error| broken(&error))? {
        return Err(unknown());
    }
    let found = store.tag_summaries(&name).await.map_err(|error| broken(&error))?;
    let item = |TagSummary { name, digest, media_type, updated_at }| wire::MirrorTag {
        name,
        digest,
        media_type,
        updated_at,
    };
    Ok(wire::Page { items: found.into_iter().map(item).collect(), next: None })
}

/// The template that names this image, if one does.
pub async fn template_wanting(app: &App, image: &str) -> Outcome<Option<String>> {
    let mut connection = app.connection().await?;
    db::templates::naming(&mut connection, image)
        .await
        .map_err(failed("look for templates that name an image"))
}

fn broken(error: &StoreError) -> Problem {
    Problem::new(&codes::mirror::MIRROR_FAILED, "cannot read the mirror").because(error)
}
