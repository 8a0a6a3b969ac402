//! `bundle.toml`: what a bundle is to hold, declared.

use std::path::{Path, PathBuf};

use atoll_bundle::{ImageName, Kind, Version};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use toml::{Table, Value};

use crate::error::{Outcome, Problem, codes};
use crate::suggest::nearest;

/// A recipe lists parts; one of this size lists more than a bundle may hold.
const RECIPE_BYTES_MAX: u64 = 4 << 20;

/// The keys at the top.
const TOP: &[&str] = &["product", "publisher", "stream", "version", "made-at", "platform"];
/// The keys of an image.
const IMAGE: &[&str] = &["name", "names", "from", "platform"];
/// The keys of every other part.
const PART: &[&str] = &["name", "version", "target", "path"];
/// The sections, each a list of parts of one kind.
const SECTIONS: &[(&str, Kind)] = &[
    ("images", Kind::Image),
    ("templates", Kind::Template),
    ("providers", Kind::Provider),
    ("modules", Kind::Module),
    ("engines", Kind::Engine),
    ("editors", Kind::Editor),
    ("programs", Kind::Program),
    ("docs", Kind::Docs),
    ("catalogs", Kind::Catalog),
    ("revocations", Kind::Revocation),
];

/// What a bundle is to hold.
#[derive(Debug)]
pub struct Recipe {
    /// What it is for.
    pub product: String,
    /// In whose name; the certificate's publisher when absent.
    pub publisher: Option<String>,
    /// The line of releases.
    pub stream: String,
    /// The place in it.
    pub version: Version,
    /// When it counts as made, for a bit-identical rebuild.
    pub made_at: Option<OffsetDateTime>,
    /// The images.
    pub images: Vec<ImageEntry>,
    /// Everything else.
    pub parts: Vec<PartEntry>,
}

/// One image.
#[derive(Debug)]
pub struct ImageEntry {
    /// Its original names.
    pub names: Vec<ImageName>,
    /// Where it is taken from.
    pub origin: Origin,
    /// Which platforms.
    pub platform: Platform,
}

/// Where an image is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The registry of this name: the image's own, or a copy of it elsewhere.
    Registry(ImageName),
    /// An OCI layout: a folder, and the reference inside it.
    Layout(PathBuf, Option<String>),
    /// An OCI layout in a tar archive; a bundle is one too.
    LayoutArchive(PathBuf, Option<String>),
    /// What `docker save` writes.
    DockerArchive(PathBuf, Option<String>),
}

/// Which platforms of an image are carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platform {
    /// Everything the index lists.
    All,
    /// One: operating system, architecture and perhaps variant.
    One {
        /// As `linux`.
        os: String,
        /// As `amd64`.
        architecture: String,
        /// As `v7`.
        variant: Option<String>,
    },
}

/// A part made of files.
#[derive(Debug)]
pub struct PartEntry {
    /// Any kind but image.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: Option<String>,
    /// Its platform.
    pub target: Option<String>,
    /// A folder, or one file.
    pub path: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    product: Option<String>,
    publisher: Option<String>,
    stream: String,
    version: VersionText,
    made_at: Option<MadeAt>,
    platform: Option<String>,
}

/// A version may be written as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum VersionText {
    Text(String),
    Number(u64),
}

/// A time may be written as text or as TOML's own date.
#[derive(Deserialize)]
#[serde(untagged)]
enum MadeAt {
    Text(String),
    Date(toml::value::Datetime),
}

#[derive(Deserialize)]
struct RawImage {
    name: Option<String>,
    #[serde(default)]
    names: Vec<String>,
    from: Option<String>,
    platform: Option<String>,
}

#[derive(Deserialize)]
struct RawPart {
    name: String,
    version: Option<String>,
    target: Option<String>,
    path: PathBuf,
}

impl Recipe {
    /// Reads a recipe; paths in it are relative to its folder.
    pub fn read(path: &Path) -> Outcome<Self> {
        let unreadable = |error: std::io::Error| {
            let message = format!("cannot read the recipe `{}`", path.display());
            Problem::new(&codes::bundle::RECIPE_UNREADABLE, message).because(&error)
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > RECIPE_BYTES_MAX {
            let message = format!("`{}` has {size} bytes", path.display());
            return Err(Problem::new(&codes::bundle::RECIPE_UNREADABLE, message)
                .because_of(format!("a recipe has at most {RECIPE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&text, folder)
    }

    /// Parses a recipe; relative paths begin at `folder`.
    pub fn parse(text: &str, folder: &Path) -> Outcome<Self> {
        let mut table: Table = text.parse().map_err(|error: toml::de::Error| {
            Problem::new(&codes::bundle::RECIPE_INVALID, "the recipe is not TOML").because(&error)
        })?;
        let known: Vec<&str> =
            TOP.iter().copied().chain(SECTIONS.iter().map(|(name, _)| *name)).collect();
        check_keys(&table, &known, "the recipe")?;
        let mut entries = Vec::new();
        for (section, kind) in SECTIONS {
            let Some(value) = table.remove(*section) else { continue };
            for (number, entry) in list(value, section)?.into_iter().enumerate() {
                entries.push((*kind, format!("`[[{section}]]` number {}", number + 1), entry));
            }
        }
        let head: Head = convert(table, "the recipe")?;
        let platform = head.platform.as_deref().unwrap_or("linux/amd64");
        let (mut images, mut parts) = (Vec::new(), Vec::new());
        for (kind, place, entry) in entries {
            if kind == Kind::Image {
                check_keys(&entry, IMAGE, &place)?;
                images.push(image(convert(entry, &place)?, platform, folder, &place)?);
            } else {
                check_keys(&entry, PART, &place)?;
                let RawPart { name, version, target, path } = convert(entry, &place)?;
                parts.push(PartEntry { kind, name, version, target, path: folder.join(path) });
            }
        }
        Ok(Self {
            product: head.product.unwrap_or_else(|| atoll_bundle::index::PRODUCT.into()),
            publisher: head.publisher,
            stream: head.stream,
            version: version(&head.version)?,
            made_at: head.made_at.map(made_at).transpose()?,
            images,
            parts,
        })
    }
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem::new(&codes::bundle::RECIPE_INVALID, message)
}

fn check_keys(table: &Table, known: &[&str], place: &str) -> Outcome<()> {
    let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let message = format!("{place} has the unknown key `{unknown}`");
    let problem = Problem::new(&codes::bundle::RECIPE_KEY_UNKNOWN, message);
    Err(match nearest(unknown, known.iter().copied()) {
        Some(near) => problem.remedy(format!("write `{near}` instead of `{unknown}`")),
        None => problem.remedy(format!("remove it; the keys here are: {}", known.join(", "))),
    })
}

fn list(value: Value, section: &str) -> Outcome<Vec<Table>> {
    let wrong = || invalid(format!("`{section}` should be written as `[[{section}]]`"));
    let Value::Array(values) = value else { return Err(wrong()) };
    let table = |value| if let Value::Table(table) = value { Ok(table) } else { Err(wrong()) };
    values.into_iter().map(table).collect()
}

fn convert<T: serde::de::DeserializeOwned>(table: Table, place: &str) -> Outcome<T> {
    table
        .try_into()
        .map_err(|error| invalid(format!("{place} does not fit together")).because(&error))
}

fn version(text: &VersionText) -> Outcome<Version> {
    let text = match text {
        VersionText::Text(text) => text.clone(),
        VersionText::Number(number) => number.to_string(),
    };
    text.parse().map_err(|error| invalid("the recipe's `version` does not fit").because(&error))
}

fn made_at(value: MadeAt) -> Outcome<OffsetDateTime> {
    let text = match value {
        MadeAt::Text(text) => text,
        MadeAt::Date(date) => date.to_string(),
    };
    OffsetDateTime::parse(&text, &Rfc3339).map_err(|error| {
        invalid(format!("`made-at` is `{text}`, not a time such as `2026-11-21T00:00:00Z`"))
            .because(&error)
    })
}

fn image(raw: RawImage, platform: &str, folder: &Path, place: &str) -> Outcome<ImageEntry> {
    let RawImage { name, names, from, platform: own } = raw;
    let mut parsed: Vec<ImageName> = Vec::new();
    for text in name.into_iter().chain(names) {
        parsed.push(text.parse().map_err(|error: atoll_bundle::name::NameError| {
            invalid(format!("{place} has a name that does not fit")).because(&error)
        })?);
    }
    let Some(first) = parsed.first() else {
        return Err(invalid(format!("{place} has neither `name` nor `names`")));
    };
    let origin = match from {
        Some(text) => Origin::parse(&text, folder, place)?,
        None => Origin::Registry(first.clone()),
    };
    let platform = Platform::parse(own.as_deref().unwrap_or(platform), place)?;
    Ok(ImageEntry { names: parsed, origin, platform })
}

impl Origin {
    fn parse(text: &str, folder: &Path, place: &str) -> Outcome<Self> {
        let (transport, rest) = text.split_once(':').unwrap_or((text, ""));
        let local = || {
            let (path, reference) = match rest.split_once(':') {
                Some((path, reference)) => (path, Some(reference.to_owned())),
                None => (rest, None),
            };
            (folder.join(path), reference)
        };
        match transport {
            "registry" => rest.parse().map(Self::Registry).map_err(|error| {
                invalid(format!("`from` of {place} does not fit")).because(&error)
            }),
            "oci" => Ok(local()).map(|(path, reference)| Self::Layout(path, reference)),
            "oci-archive" => {
                Ok(local()).map(|(path, reference)| Self::LayoutArchive(path, reference))
            }
            "docker-archive" => {
                Ok(local()).map(|(path, reference)| Self::DockerArchive(path, reference))
            }
            other => Err(invalid(format!("`from` of {place} has the unknown transport `{other}`"))
                .remedy(
                    "write `registry:NAME`, `oci:DIR`, `oci-archive:FILE` or `docker-archive:FILE`",
                )),
        }
    }
}

impl Platform {
    fn parse(text: &str, place: &str) -> Outcome<Self> {
        if text == "all" {
            return Ok(Self::All);
        }
        let mut pieces = text.split('/').map(str::to_owned);
        match (pieces.next(), pieces.next(), pieces.next(), pieces.next()) {
            (Some(os), Some(architecture), variant, None) => {
                Ok(Self::One { os, architecture, variant })
            }
            _ => Err(invalid(format!("`platform` of {place} is `{text}`"))
                .remedy("write `linux/amd64`, another `OS/ARCHITECTURE`, or `all`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Outcome<Recipe> {
        Recipe::parse(text, Path::new("/recipes"))
    }

    #[test]
    fn a_recipe_names_parts_and_where_they_come_from() {
        let recipe = parse(
            "stream = 'platform'\nversion = '1.2.0'\nmade-at = 2026-11-21T00:00:00Z\n\
             [[images]]\nname = 'docker.io/library/busybox:1.36'\n\
             [[images]]\nnames = ['quay.io/a/b:1']\nfrom = 'oci-archive:b.tar:latest'\nplatform = 'all'\n\
             [[templates]]\nname = 'basic'\npath = 'templates/basic'\n",
        )
        .expect("a recipe");
        let [one, two] = &recipe.images[..] else { panic!("two images") };
        assert_eq!(one.origin, Origin::Registry(one.names[0].clone()));
        let path = PathBuf::from("/recipes/b.tar");
        assert_eq!(two.origin, Origin::LayoutArchive(path, Some("latest".into())));
        assert_eq!(two.platform, Platform::All);
        assert_eq!(recipe.parts[0].path, Path::new("/recipes/templates/basic"));
        assert!(recipe.made_at.is_some());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        let problem = parse("strem = 'x'\nversion = 1\n").expect_err("a typo");
        assert_eq!(problem.code().id, "bundle-recipe-key-unknown");
        assert!(problem.remedy_text().contains("`stream`"), "{}", problem.remedy_text());
        let text = "stream = 'x'\nversion = 1\n[[templates]]\nname = 'a'\npth = 'b'\n";
        let problem = parse(text).expect_err("a typo");
        assert!(problem.message().contains("`[[templates]]` number 1"), "{problem}");
        assert!(problem.remedy_text().contains("`path`"), "{}", problem.remedy_text());
    }

    #[test]
    fn a_short_image_name_is_refused_with_the_long_one() {
        let text = "stream = 'x'\nversion = 1\n[[images]]\nname = 'busybox:1.36'\n";
        let problem = parse(text).expect_err("a short name");
        assert!(problem.cause().contains("docker.io/library/busybox:1.36"), "{}", problem.cause());
    }
}
