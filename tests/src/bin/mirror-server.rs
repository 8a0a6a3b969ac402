//! A mirror in a process of its own, for tests that kill it and for conformance programs:
//! `mirror-server DIRECTORY DATABASE-URL [ADDRESS [USER:PASSWORD]]`. It prints its address.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use atoll_mirror::Store;
use atoll_mirror::http::{Action, Mirror, router};
use atoll_tests::mirror::Gate;
use sqlx::postgres::PgPoolOptions;
use time::OffsetDateTime;
use tokio::net::TcpListener;

/// As many as the server has of its own for the mirror.
const CONNECTIONS: u32 = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (directory, url) = (arguments.first(), arguments.get(1));
    let (directory, url) =
        directory.zip(url).context("usage: DIRECTORY DATABASE-URL [ADDRESS [USER:PASSWORD]]")?;
    let address = arguments.get(2).map_or("127.0.0.1:0", String::as_str);
    let gate = match arguments.get(3).and_then(|account| account.split_once(':')) {
        Some((user, password)) => {
            Gate::open().account(user, password, &[Action::Pull, Action::Push, Action::Delete])
        }
        None => Gate::open(),
    };
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(url).await?;
    atoll_mirror::migrate(&pool).await?;
    let store = Store::open(Path::new(directory), pool).await?;
    store.collect(OffsetDateTime::now_utc()).await?;
    let listener = TcpListener::bind(address).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", listener.local_addr()?)?;
    out.flush()?;
    axum::serve(listener, router(Mirror::new(store), gate)).await?;
    Ok(())
}
