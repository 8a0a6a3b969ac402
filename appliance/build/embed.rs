//! What is carried inside the program: the Postgres archive and the workspace agent.
//!
//! `make embed` puts them into `target/embed`; what is not there is left out and said aloud, so
//! that a plain `cargo check` needs nothing.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// File in the embed directory, and the constant that holds its bytes.
const FILES: [(&str, &str); 4] = [
    ("postgres.tar.zst", "POSTGRES_ARCHIVE"),
    ("postgres.sha256", "POSTGRES_SHA256"),
    ("postgres.version", "POSTGRES_VERSION"),
    ("atoll-agent", "AGENT_PROGRAM"),
];

/// Writes `embed.rs` with one constant a file.
pub(crate) fn embed() {
    println!("cargo:rerun-if-env-changed=ATOLL_EMBED_DIR");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let dir = env::var_os("ATOLL_EMBED_DIR")
        .map_or_else(|| manifest.join("../target/embed"), PathBuf::from);
    let mut code = String::new();
    for (file, constant) in FILES {
        let path = dir.join(file);
        println!("cargo:rerun-if-changed={}", path.display());
        let value = bytes(&path);
        writeln!(code, "const {constant}: Option<&[u8]> = {value};").expect("strings grow");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embed.rs"), code).expect("the build directory can be written to");
}

fn bytes(path: &Path) -> String {
    if let Ok(path) = path.canonicalize() {
        return format!("Some(include_bytes!(\"{}\"))", path.display());
    }
    println!("cargo:warning=not embedded: {} (run `make embed`)", path.display());
    "None".to_owned()
}
