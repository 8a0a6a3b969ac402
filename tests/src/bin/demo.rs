//! `demo up` brings the whole product up on this machine and stays until Ctrl-C; `demo down`
//! removes whatever an earlier one left.

use anyhow::{Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("up") => atoll_tests::demo::up(),
        Some("down") => atoll_tests::demo::down(),
        _ => bail!("usage: demo up|down"),
    }
}
