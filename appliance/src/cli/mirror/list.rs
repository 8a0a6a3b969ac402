//! `atoll mirror list` and `atoll mirror tags`

use atoll_wire::{MirrorRepository, MirrorTag, Page};
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::client::Client;

/// Arguments of `atoll mirror list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll mirror list\n  atoll mirror list -o json")]
pub(super) struct Repositories {}

/// Arguments of `atoll mirror tags`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll mirror tags docker.io/library/busybox")]
pub(super) struct Tags {
    /// The repository's full name, upstream host first
    repository: String,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct RepositoryRows(Vec<MirrorRepository>);

impl Table for RepositoryRows {
    fn columns(&self) -> Vec<&'static str> {
        vec!["repository", "tags", "size"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |repository: &MirrorRepository| {
            let MirrorRepository { name, tags, size_bytes } = repository;
            vec![name.clone(), tags.to_string(), mebibytes(*size_bytes)]
        };
        self.0.iter().map(row).collect()
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct TagRows(Vec<MirrorTag>);

impl Table for TagRows {
    fn columns(&self) -> Vec<&'static str> {
        vec!["tag", "digest", "media type", "updated"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |tag: &MirrorTag| {
            let MirrorTag { name, digest, media_type, updated_at } = tag;
            vec![name.clone(), digest.clone(), media_type.clone(), updated_at.date().to_string()]
        };
        self.0.iter().map(row).collect()
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20)
}

impl Repositories {
    pub(super) async fn run(self, client: &Client, console: &mut Console) -> anyhow::Result<()> {
        let Self {} = self;
        let page: Page<MirrorRepository> = client.get("/api/v1/mirror/repositories").await?;
        console.data(&RepositoryRows(page.items))
    }
}

impl Tags {
    pub(super) async fn run(self, client: &Client, console: &mut Console) -> anyhow::Result<()> {
        let query: String =
            url::form_urlencoded::byte_serialize(self.repository.as_bytes()).collect();
        let page: Page<MirrorTag> =
            client.get(&format!("/api/v1/mirror/tags?repository={query}")).await?;
        console.data(&TagRows(page.items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_cut_to_a_tenth() {
        assert_eq!(mebibytes(0), "0.0 MiB");
        assert_eq!(mebibytes(1_572_864), "1.5 MiB");
        assert_eq!(mebibytes(u64::MAX), "17592186044415.9 MiB");
    }
}
