//! Removes what a plan lists. What cannot be removed does not keep the rest from going.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use atoll_postgres::stop_orphan;

use super::{Claims, Item, Plan};
use crate::error::{Outcome, Problem, codes};
use crate::install::{remove_account, remove_unit};
use crate::provision::kube::account::{self, ClusterAccount, Keep};
use crate::secret::Secret;
use crate::site::{Layout, Lock, SiteError};

/// A database that is told to stop writes one checkpoint.
const STOP_GRACE: Duration = Duration::from_mins(1);

/// Removes every item in order; `observer` hears of each. Refused while the site is served.
pub async fn uninstall(layout: &Layout, plan: &Plan, observer: &dyn Fn(&Item)) -> Outcome<()> {
    let mut left: Vec<String> = Vec::new();
    // The service holds the lock, so it goes first; by hand started servers have to be stopped.
    for item in plan.items.iter().filter(|item| matches!(item, Item::Service { .. })) {
        observer(item);
        remove(layout, item).await?;
    }
    let _lock = Lock::take(layout)?;
    for item in plan.items.iter().filter(|item| !matches!(item, Item::Service { .. })) {
        observer(item);
        if let Err(problem) = remove(layout, item).await {
            left.push(format!("{problem} ({})", problem.cause()));
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let message = format!("{} of what was installed could not be removed", left.len());
    Err(Problem::new(&codes::lifecycle::UNINSTALL_INCOMPLETE, message).because_of(left.join("; ")))
}

async fn remove(layout: &Layout, item: &Item) -> Outcome<()> {
    match item {
        Item::Service { path } => remove_unit(path),
        Item::Database => stop_orphan(&layout.postgres(), STOP_GRACE).await.map_err(|error| {
            Problem::new(&codes::database::STOP_FAILED, "cannot stop the database").because(&error)
        }),
        Item::Cluster { namespace, claims, .. } => cluster(layout, namespace, *claims).await,
        Item::File { path } => gone(path, fs::remove_file(path)),
        Item::Contents { path } => contents(path),
        Item::Tree { path } => gone(path, fs::remove_dir_all(path)),
        Item::EmptyDirectory { path } => match fs::remove_dir(path) {
            // Something else has moved in meanwhile; it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            outcome => gone(path, outcome),
        },
        Item::User { name } => remove_account(name),
    }
}

/// Takes the site off the cluster with its own account; gone already means nothing to do.
async fn cluster(layout: &Layout, namespace: &str, claims: Claims) -> Outcome<()> {
    let path = layout.kubeconfig();
    let kubeconfig = match fs::read_to_string(&path) {
        Ok(text) => Secret::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = "the site's access to the cluster is gone, its objects there may be left";
            return Err(Problem::new(&codes::lifecycle::HOST_FAILED, message).because_of(format!(
                "an administrator can remove them: `atoll cluster rights --namespace {namespace} | kubectl delete -f -`"
            )));
        }
        Err(source) => return Err(SiteError::Read { path, source }.into()),
    };
    let name = path.display().to_string();
    let client = ClusterAccount::client_of(&kubeconfig, &name).await?;
    let keep = match claims {
        Claims::Kept => Keep::Claims,
        Claims::Removed => Keep::Nothing,
    };
    let left = account::remove(&client, namespace, keep).await?;
    let Some(first) = left.into_iter().next() else { return Ok(()) };
    let message = format!("cannot remove {} `{}`", first.object.kind, first.object.name);
    Err(Problem::new(&codes::lifecycle::HOST_FAILED, message).because(&first.problem))
}

fn gone(path: &Path, outcome: io::Result<()>) -> Outcome<()> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let message = format!("cannot remove `{}`", path.display());
            Err(Problem::new(&codes::lifecycle::HOST_FAILED, message).because(&error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Empties a folder; a file system's own `lost+found` stays.
fn contents(path: &Path) -> Outcome<()> {
    let failed = |error: io::Error| gone(path, Err(error));
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return failed(error),
    };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return failed(error),
        };
        let path = entry.path();
        let ours =
            entry.file_name() != "lost+found" || entry.metadata().is_ok_and(|meta| meta.uid() != 0);
        if !ours {
            continue;
        }
        let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        gone(&path, if folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) })?;
    }
    Ok(())
}
