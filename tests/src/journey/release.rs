//! The release engineer: keys, a recipe, a signed bundle.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Atoll;
use crate::cluster::Image;

/// The demo root: its private half is public, and only demo builds trust it.
const DEMO_ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/demo-root/root.key.pem");
const PUBLISHER: &str = "Atoll demo";

/// Someone with a certified key who makes bundles.
#[derive(Debug)]
pub struct Maker {
    atoll: Atoll,
    folder: PathBuf,
}

/// What goes into a bundle.
#[derive(Debug, Default)]
pub struct Recipe {
    /// The line of releases.
    pub stream: String,
    /// The place in it.
    pub version: String,
    /// Images on disk, under their references.
    pub images: Vec<Image>,
    /// Templates: name and directory.
    pub templates: Vec<(String, PathBuf)>,
}

impl Maker {
    /// Makes a key and has it certified by the demo root.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn new(atoll: Atoll, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
        let maker = Self { atoll, folder: folder.to_owned() };
        if !maker.path("maker.cert").exists() {
            let name = maker.path("maker");
            maker.atoll.run(&["bundle", "keygen", "--out", &name.to_string_lossy()])?;
            let (key, out) = (maker.path("maker.pub.pem"), maker.path("maker.cert"));
            let (key, out) = (key.to_string_lossy(), out.to_string_lossy());
            let root = ["bundle", "certify", "--root-key", DEMO_ROOT, "--publisher", PUBLISHER];
            maker.atoll.run(&[&root[..], &["--key", &key, "--out", &out]].concat())?;
        }
        Ok(maker)
    }

    /// Writes the signed bundle `name` and returns where it is.
    ///
    /// # Errors
    /// Carries what the program said.
    pub fn make(&self, name: &str, recipe: &Recipe) -> Result<PathBuf> {
        let file = self.path(&format!("{name}.toml"));
        fs::write(&file, recipe.to_toml()?)?;
        let out = self.path(name);
        // Made anew each time; what lies there is an earlier run's.
        drop(fs::remove_file(&out));
        let (key, certificate) = (self.path("maker.key.pem"), self.path("maker.cert"));
        let words = [
            "bundle".as_ref(),
            "create".as_ref(),
            file.as_os_str(),
            "--key".as_ref(),
            key.as_os_str(),
            "--certificate".as_ref(),
            certificate.as_os_str(),
            "--out".as_ref(),
            out.as_os_str(),
        ];
        self.atoll.run(&words)?;
        Ok(out)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Recipe {
    fn to_toml(&self) -> Result<String> {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let mut text = String::new();
        writeln!(text, "stream = {}\nversion = {}", quoted(&self.stream), quoted(&self.version))?;
        for Image { reference, layout } in &self.images {
            let from = format!("oci:{}", layout.display());
            writeln!(text, "\n[[images]]\nname = {}\nfrom = {}", quoted(reference), quoted(&from))?;
        }
        for (name, path) in &self.templates {
            let path = path.to_string_lossy();
            writeln!(text, "\n[[templates]]\nname = {}\npath = {}", quoted(name), quoted(&path))?;
        }
        Ok(text)
    }
}
