//! `docs/generated/crypto.md`: every use of cryptography. The list is closed: a crate that takes up
//! a library of [`LIBRARIES`] without a row here fails the test, and so does a row without a use.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::repo::{assert_none, files, keep_fresh, text};

/// Dependencies that bring cryptography.
const LIBRARIES: [&str; 14] = [
    "argon2",
    "blake3",
    "ed25519-dalek",
    "rand",
    "rcgen",
    "ring",
    "russh",
    "rustls",
    "sha1",
    "sha2",
    "subtle",
    "tokio-rustls",
    "x509-parser",
    "zeroize",
];

/// Algorithm, what for, our crate, the library.
const USES: &[(&str, &str, &str, &str)] = &include!("crypto_uses.in");

#[test]
fn the_crypto_reference_is_fresh_and_complete() {
    let mut actual = BTreeSet::new();
    for path in files()
        .into_iter()
        .filter(|path| path.ends_with("/Cargo.toml") && !path.starts_with("tests/"))
    {
        let manifest: toml::Table =
            text(&path).parse().unwrap_or_else(|error| panic!("`{path}`: {error}"));
        let folder = path.trim_end_matches("/Cargo.toml").to_owned();
        let names = manifest.get("dependencies").and_then(toml::Value::as_table);
        for name in names.into_iter().flat_map(toml::Table::keys) {
            if LIBRARIES.contains(&name.as_str()) {
                actual.insert((folder.clone(), name.clone()));
            }
        }
    }
    let described: BTreeSet<(String, String)> =
        USES.iter().map(|(_, _, ours, library)| ((*ours).into(), (*library).into())).collect();
    let mut faults: Vec<String> = actual
        .difference(&described)
        .map(|(ours, library)| format!("{ours}: `{library}` has no row"))
        .collect();
    faults.extend(
        described
            .difference(&actual)
            .map(|(ours, library)| format!("{ours}: `{library}` is not used")),
    );
    assert_none("tests/tidy/generated/crypto_uses.in", &faults);
    let mut page = String::from(
        "# Cryptography\n\nWritten by a test from a closed list. Formats carry algorithm ids, each with one value today; an \
         unknown one is refused by name. TLS uses rustls with the ring provider only.\n\n\
         | algorithm | what for | where | library |\n|---|---|---|---|\n",
    );
    for (algorithm, purpose, ours, library) in USES {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {algorithm} | {purpose} | `{ours}` | `{library}` |");
    }
    keep_fresh("docs/generated/crypto.md", &page);
}
