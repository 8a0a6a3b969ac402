//! Where the distributed program lies.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The program `make dist` wrote, or the one `ATOLL_DELIVERY` names.
///
/// # Errors
/// When there is none.
pub fn distributed() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("ATOLL_DELIVERY") {
        return Ok(PathBuf::from(given));
    }
    let name = format!("atoll-{}-linux-amd64", env!("CARGO_PKG_VERSION"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(name);
    ensure!(path.is_file(), "no {}: run `make dist`", path.display());
    Ok(path.canonicalize()?)
}
