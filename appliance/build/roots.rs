//! Turns the file of trusted roots into a table in the program.
//!
//! The file is TOML, but only the little that `roots/demo.toml` shows is accepted: whatever else
//! stands in it stops the build, so that nobody ships a root that was silently skipped.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The demo key by its fingerprint, so that leaving out `demo = true` does not smuggle it in.
const DEMO_FINGERPRINT: &str =
    "sha256:d13ceb162465100823992d8a3540318b4529f57a70ddf5ed02be91c002669fa9";

#[derive(Default)]
struct Root {
    name: Option<String>,
    fingerprint: Option<String>,
    purposes: Option<Vec<String>>,
    demo: bool,
}

/// Writes `roots.rs` into the output directory from the file named by `ATOLL_ROOTS`.
pub(crate) fn embed() {
    println!("cargo:rerun-if-env-changed=ATOLL_ROOTS");
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let file = env::var("ATOLL_ROOTS").map_or_else(|_| "roots/demo.toml".into(), PathBuf::from);
    // A relative path counts from the crate; cargo runs build scripts there.
    let file = folder.join(file);
    println!("cargo:rerun-if-changed={}", file.display());
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => panic!("ATOLL_ROOTS: cannot read `{}`: {error}", file.display()),
    };
    let roots = parse(&text).unwrap_or_else(|fault| panic!("`{}`: {fault}", file.display()));
    assert!(
        env::var_os("CARGO_FEATURE_RELEASE").is_none() || roots.iter().all(|root| !root.demo),
        "a release may not trust the demo root: name the real roots in ATOLL_ROOTS"
    );
    let table = render(&roots);
    let out = Path::new(&variable("OUT_DIR")).join("roots.rs");
    fs::write(&out, table).unwrap_or_else(|error| panic!("`{}`: {error}", out.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn parse(text: &str) -> Result<Vec<Root>, String> {
    let mut roots: Vec<Root> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "[[root]]" {
            roots.push(Root::default());
            continue;
        }
        let root = roots.last_mut().ok_or(format!("line {}: no [[root]] yet", index + 1))?;
        set(root, line).ok_or(format!("line {}: `{line}` is not understood", index + 1))?;
    }
    if roots.is_empty() {
        return Err("no [[root]]: such a build could trust nothing".into());
    }
    for root in &mut roots {
        let fingerprint = root.fingerprint.as_deref().ok_or("a root without a fingerprint")?;
        root.demo |= fingerprint == DEMO_FINGERPRINT;
        if root.name.is_none() || root.purposes.is_none() {
            return Err(format!("`{fingerprint}` lacks a name or purposes"));
        }
    }
    Ok(roots)
}

fn set(root: &mut Root, line: &str) -> Option<()> {
    let (key, value) = line.split_once('=')?;
    let value = value.trim();
    match key.trim() {
        "name" => root.name = Some(string(value)?),
        "fingerprint" => {
            let text = string(value)?;
            let digits = text.strip_prefix("sha256:")?;
            let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            if digits.len() != 64 || !digits.bytes().all(hex) {
                return None;
            }
            root.fingerprint = Some(text);
        }
        "purposes" => {
            let list = value.strip_prefix('[')?.strip_suffix(']')?;
            root.purposes =
                Some(list.split(',').map(|item| string(item.trim())).collect::<Option<_>>()?);
        }
        "demo" => root.demo = value.parse().ok()?,
        _ => return None,
    }
    Some(())
}

fn string(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    let plain = !inner.is_empty() && !inner.contains(['"', '\\']);
    plain.then(|| inner.to_owned())
}

/// Purposes become the names of enum variants: one that does not exist does not compile.
fn render(roots: &[Root]) -> String {
    let mut table = String::from("const TABLE: &[Row] = &[\n");
    for root in roots {
        let Root {
            name: Some(name),
            fingerprint: Some(fingerprint),
            purposes: Some(purposes),
            demo,
        } = root
        else {
            unreachable!("parse leaves no root incomplete")
        };
        let purposes: Vec<String> = purposes.iter().map(|purpose| variant(purpose)).collect();
        let purposes = purposes.join(", ");
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "    Row {{ name: {name:?}, fingerprint: {fingerprint:?}, purposes: &[{purposes}], demo: {demo} }},"
        );
    }
    table.push_str("];\n");
    table
}

fn variant(purpose: &str) -> String {
    let (first, rest) = purpose.split_at(1);
    format!("Purpose::{}{rest}", first.to_uppercase())
}
