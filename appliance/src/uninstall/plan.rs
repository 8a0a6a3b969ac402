//! What an uninstallation would remove, in order, and what it would keep.

use std::path::PathBuf;

use serde::Serialize;

use crate::error::{Outcome, Problem, codes};
use crate::install::{Made, Record};
use crate::site::Layout;

/// How much goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What runs and what gives access; data, database, keys and claims stay.
    KeepData,
    /// Everything.
    Purge,
}

/// What happens to the volume claims of workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claims {
    /// They stay, with the namespace.
    Kept,
    /// They go with the namespace.
    Removed,
}

/// One thing to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "remove", rename_all = "kebab-case")]
pub enum Item {
    /// The systemd service.
    Service {
        /// Its file.
        path: PathBuf,
    },
    /// The running database.
    Database,
    /// The site's account and what it made on the cluster.
    Cluster {
        /// The namespace of workspaces.
        namespace: String,
        /// The account's objects, each as kind and name.
        objects: Vec<String>,
        /// What happens to the claims with the developers' data.
        claims: Claims,
    },
    /// A file outside the data directory.
    File {
        /// Where.
        path: PathBuf,
    },
    /// All contents of a folder that was there before.
    Contents {
        /// Where.
        path: PathBuf,
    },
    /// A folder with all its contents.
    Tree {
        /// Where.
        path: PathBuf,
    },
    /// A folder, if it is empty by then.
    EmptyDirectory {
        /// Where.
        path: PathBuf,
    },
    /// The system user.
    User {
        /// Its name.
        name: String,
    },
}

/// Everything to remove, in order, and what is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In the order of removal.
    pub items: Vec<Item>,
    /// What stays, for the operator to know.
    pub kept: Vec<String>,
}

/// Reads the record and plans; changes nothing.
pub fn plan(layout: &Layout, scope: Scope) -> Outcome<Plan> {
    let Some(record) = Record::load(layout)? else {
        let message = format!("no installation is recorded in `{}`", layout.root().display());
        return Err(Problem::new(&codes::site::ABSENT, message));
    };
    Ok(of(layout, &record, scope))
}

/// The pure part: from a record to a plan. The last made is the first removed.
fn of(layout: &Layout, record: &Record, scope: Scope) -> Plan {
    let mut items = Vec::new();
    let reversed = || record.made.iter().rev();
    for made in reversed() {
        if let Made::Service { path } = made {
            items.push(Item::Service { path: path.clone() });
        }
    }
    items.push(Item::Database);
    for made in reversed() {
        match made {
            Made::Cluster { namespace, objects, server: _ } => {
                let claims = match scope {
                    Scope::KeepData => Claims::Kept,
                    Scope::Purge => Claims::Removed,
                };
                let (namespace, objects) = (namespace.clone(), objects.clone());
                items.push(Item::Cluster { namespace, objects, claims });
            }
            Made::File { path } => items.push(Item::File { path: path.clone() }),
            Made::Directory { .. } | Made::User { .. } | Made::Service { .. } => {}
        }
    }
    match scope {
        Scope::KeepData => {
            let root = layout.root().display();
            let kept = vec![
                format!("`{root}` with database, mirror and keys; `--purge` removes it"),
                "workspaces and their volume claims in the cluster".to_owned(),
            ];
            Plan { items, kept }
        }
        Scope::Purge => {
            items.extend(data(layout, record));
            Plan { items, kept: Vec::new() }
        }
    }
}

fn data(layout: &Layout, record: &Record) -> Vec<Item> {
    let root = layout.root().to_owned();
    let mut items = Vec::new();
    let made_root = record.has(&Made::Directory { path: root.clone() });
    items.push(if made_root {
        Item::Tree { path: root.clone() }
    } else {
        Item::Contents { path: root.clone() }
    });
    for made in record.made.iter().rev() {
        match made {
            Made::Directory { path } if *path == layout.run() => {
                items.push(Item::Tree { path: path.clone() });
            }
            Made::Directory { path } if *path != root => {
                items.push(Item::EmptyDirectory { path: path.clone() });
            }
            Made::User { name } => items.push(Item::User { name: name.clone() }),
            Made::Directory { .. }
            | Made::File { .. }
            | Made::Service { .. }
            | Made::Cluster { .. } => {}
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let mut record = Record::default();
        record.made = vec![
            Made::Directory { path: "/srv/x".into() },
            Made::Directory { path: "/srv/x/atoll".into() },
            Made::User { name: "atoll".into() },
            Made::File { path: "/usr/local/bin/atoll".into() },
            Made::Service { path: "/etc/systemd/system/atoll.service".into() },
        ];
        record
    }

    #[test]
    fn data_stays_unless_it_is_purged() {
        let layout = Layout::new("/srv/x/atoll");
        let kept = of(&layout, &record(), Scope::KeepData);
        assert!(
            !kept.items.iter().any(|item| matches!(item, Item::Tree { .. } | Item::User { .. }))
        );
        assert_eq!(kept.kept.len(), 2);
        let purged = of(&layout, &record(), Scope::Purge);
        let expected = [
            Item::Service { path: "/etc/systemd/system/atoll.service".into() },
            Item::Database,
            Item::File { path: "/usr/local/bin/atoll".into() },
            Item::Tree { path: "/srv/x/atoll".into() },
            Item::User { name: "atoll".into() },
            Item::EmptyDirectory { path: "/srv/x".into() },
        ];
        assert_eq!(purged.items, expected);
    }

    #[test]
    fn a_folder_that_was_there_before_is_emptied_and_stays() {
        let layout = Layout::new("/srv/given");
        let purged = of(&layout, &Record::default(), Scope::Purge);
        assert_eq!(purged.items, [Item::Database, Item::Contents { path: "/srv/given".into() }]);
    }
}
