//! Third-party programs: what differs from vendor.toml stops the build.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result};

const SOURCE: &str = "lz4_1.10.0.orig.tar.gz";
const WANTED: &str = "537512904744b35e232912055ccf8ec66d768639ff3abe5788d90d792ec5f48b";

fn vendor(cache: &Path, arguments: &[&str]) -> Result<Output> {
    Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/vendor"))
        .args(arguments)
        .env("ATOLL_CACHE", cache)
        .output()
        .context("start python3")
}

#[test]
fn a_file_with_another_hash_stops_the_build() -> Result<()> {
    let cache = tempfile::tempdir()?;
    let downloads = cache.path().join("downloads");
    fs::create_dir(&downloads)?;
    fs::write(downloads.join(SOURCE), "not what was wanted")?;
    let output = vendor(cache.path(), &["build", "lz4"])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it was built: {said}");
    for part in [SOURCE, WANTED, "wanted:", "found:", "remedy:"] {
        assert!(said.contains(part), "`{part}` is not in: {said}");
    }
    assert!(!cache.path().join("vendor/lz4-1.10.0").exists(), "something was put into the cache");
    Ok(())
}

#[test]
fn every_program_has_a_licence_and_a_purpose() -> Result<()> {
    let cache = tempfile::tempdir()?;
    let output = vendor(cache.path(), &["list"])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "vendor.toml is refused: {said}");
    Ok(())
}
