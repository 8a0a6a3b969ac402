//! Imports one bundle in a process of its own, so that a test can kill it: the database's URL, the
//! site's folder, the bundle. Prints how far it is.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use atoll::import::{Event, Mode, Observer, Request, prepare, run};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("DATABASE-URL FOLDER BUNDLE");
    let (url, folder, path) = (next()?, PathBuf::from(next()?), PathBuf::from(next()?));
    let deps = atoll_tests::bundles::deps(PgPool::connect(&url).await?, &folder).await?;
    let observer: Observer = Arc::new(|event| {
        let mut out = std::io::stdout().lock();
        // The test stops reading when it has seen enough.
        drop(match event {
            Event::Copying { done, .. } => writeln!(out, "{done}"),
            Event::Note(text) => writeln!(out, "{text}"),
        });
    });
    let prepared = prepare(&Request { path, mode: Mode::Whole }, &deps).await?;
    Box::pin(run(prepared, &deps, &observer, &CancellationToken::new())).await?;
    Ok(())
}
