//! `atoll bundle` as a release engineer and an operator type it: the program itself, offline.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A folder with keys, a template and an image on disk.
struct Desk(tempfile::TempDir);

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        desk.ok(&["bundle", "keygen", "--out", "root"]);
        desk.ok(&["bundle", "keygen", "--out", "maker"]);
        let certify = ["bundle", "certify", "--root-key", "root.key.pem", "--key", "maker.pub.pem"];
        desk.ok(&[&certify[..], &["--publisher", "Example Corp", "--out", "maker.cert"]].concat());
        desk.write("t/template.toml", b"driver = \"echo\"\n");
        desk.layout();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }

    /// An OCI layout with one image.
    fn layout(&self) {
        let blob = |bytes: &[u8], media_type: &str| {
            self.write(&format!("image/blobs/sha256/{}", sha256(bytes)), bytes);
            let (digest, size) = (format!("sha256:{}", sha256(bytes)), bytes.len());
            serde_json::json!({"mediaType": media_type, "digest": digest, "size": size})
        };
        let layer = blob(&[0; 1024], "application/vnd.oci.image.layer.v1.tar");
        let config = blob(br#"{"os":"linux"}"#, "application/vnd.oci.image.config.v1+json");
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = serde_json::json!({
            "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer],
        });
        let manifest = blob(manifest.to_string().as_bytes(), media_type);
        let index = serde_json::json!({"schemaVersion": 2, "manifests": [manifest]});
        self.write("image/index.json", index.to_string().as_bytes());
        self.write("image/oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_atoll"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("ATOLL_DATA_DIR", self.path("site"))
            .output()
            .expect("the program starts")
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The problem a refused command prints.
    fn refused(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["-o", "json"]].concat());
        assert!(!output.status.success(), "{arguments:?} was accepted");
        let text = String::from_utf8_lossy(&output.stderr);
        let line = text.lines().last().expect("a problem");
        let problem: Value = serde_json::from_str(line).expect("a problem in JSON");
        assert!(problem["error"]["remedy"].as_str().is_some_and(|text| !text.is_empty()));
        problem["error"].clone()
    }

    fn create(&self, recipe: &str) -> [&'static str; 9] {
        self.write("bundle.toml", recipe.as_bytes());
        [
            "bundle",
            "create",
            "bundle.toml",
            "--key",
            "maker.key.pem",
            "--certificate",
            "maker.cert",
            "--out",
            "site.atoll",
        ]
    }

    /// Writes a changed copy of the bundle.
    fn changed(&self, change: impl FnOnce(&mut Vec<u8>)) -> &'static str {
        let mut bytes = std::fs::read(self.path("site.atoll")).expect("the bundle");
        change(&mut bytes);
        std::fs::write(self.path("bad.atoll"), bytes).expect("a file");
        "bad.atoll"
    }
}

const RECIPE: &str = "stream = 'platform'\nversion = '1.0.0'\n\
    [[images]]\nname = 'docker.io/library/thing:1'\nfrom = 'oci:image'\n\
    [[templates]]\nname = 'basic'\npath = 't'\n";

#[test]
fn a_bundle_is_made_shown_and_verified() {
    let desk = Desk::new();
    desk.ok(&desk.create(RECIPE));
    let shown = desk.ok(&["bundle", "inspect", "site.atoll", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["trusted"], false);
    assert_eq!(shown["refusal"]["code"], "bundle-signer-unknown");
    assert_eq!(shown["parts"][1]["names"][0], "docker.io/library/thing:1");
    desk.ok(&["bundle", "verify", "site.atoll", "--trust", "root.pub.pem"]);
    let fingerprint = shown["claimed_root"].as_str().expect("a fingerprint");
    desk.ok(&["bundle", "verify", "site.atoll", "--trust", fingerprint]);

    // Trust that lasts.
    std::fs::create_dir(desk.path("site")).expect("a folder");
    desk.ok(&["trust", "add", "root.pub.pem", "--name", "Example Corp"]);
    desk.ok(&["bundle", "verify", "site.atoll"]);
    assert!(desk.ok(&["trust", "list"]).contains("Example Corp"));
    desk.ok(&["trust", "remove", fingerprint, "--yes"]);
    let problem = desk.refused(&["bundle", "verify", "site.atoll"]);
    assert_eq!(problem["code"], "bundle-signer-unknown");
}

#[test]
fn private_keys_are_their_owners_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let metadata = std::fs::metadata(desk.path("root.key.pem")).expect("a key");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let problem = desk.refused(&["bundle", "keygen", "--out", "root"]);
    assert_eq!(problem["code"], "key-unusable");
}

#[test]
fn a_damaged_bundle_is_refused_by_the_program_with_a_code_of_its_own() {
    let desk = Desk::new();
    desk.ok(&desk.create(RECIPE));
    let verify = |file: &str| {
        let problem = desk.refused(&["bundle", "verify", file, "--trust", "root.pub.pem"]);
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        (text("code"), text("cause"))
    };
    assert_eq!(verify("none.atoll").0, "bundle-missing");
    assert_eq!(verify("t").0, "bundle-not-a-bundle");
    assert_eq!(verify("bundle.toml").0, "bundle-not-a-bundle");
    let cut = desk.changed(|bytes| bytes.truncate(20_000));
    assert_eq!(verify(cut).0, "bundle-truncated");
    let flipped = desk.changed(|bytes| {
        let last = bytes.len() - 4096 - 1024;
        bytes[last] ^= 1;
    });
    let (code, cause) = verify(flipped);
    assert_eq!(code, "bundle-damaged");
    assert!(cause.contains("volume 1, offset "), "{cause}");
    let unsigned = desk.changed(|bytes| bytes[1536..1536 + 8192].fill(0));
    assert_eq!(verify(unsigned).0, "bundle-unsigned");
}

#[test]
fn what_the_recipe_says_wrong_is_named_before_any_work() {
    let desk = Desk::new();
    let code = |recipe: &str| {
        let problem = desk.refused(&desk.create(recipe));
        (problem["code"].as_str().unwrap_or_default().to_owned(), problem.to_string())
    };
    let (unknown, text) = code(&RECIPE.replace("stream", "strem"));
    assert_eq!(unknown, "bundle-recipe-key-unknown");
    assert!(text.contains("`stream`"), "{text}");
    let (missing, _) = code(&RECIPE.replace("path = 't'", "path = 'nowhere'"));
    assert_eq!(missing, "bundle-source-files");
    let (image, _) = code(&RECIPE.replace("oci:image", "oci:t"));
    assert_eq!(image, "bundle-source-image");
    let (publisher, _) = code(&format!("publisher = 'Somebody'\n{RECIPE}"));
    assert_eq!(publisher, "key-unusable");
    assert!(!desk.path("site.atoll").exists(), "something was written");
}

#[test]
fn the_same_recipe_and_time_give_the_same_file() {
    let desk = Desk::new();
    let now = time::OffsetDateTime::now_utc().replace_nanosecond(0).expect("a second");
    let now = now.format(&time::format_description::well_known::Rfc3339).expect("a time");
    let create = desk.create(&format!("made-at = '{now}'\n{RECIPE}"));
    desk.ok(&create);
    let first = std::fs::read(desk.path("site.atoll")).expect("the bundle");
    desk.ok(&create);
    assert!(std::fs::read(desk.path("site.atoll")).expect("the bundle") == first);
}
