//! The parts of a bundle: images, and sets of files of several kinds.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::name::ImageName;

/// One thing in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Part {
    /// A template: its directory.
    Template(Files),
    /// A provider of the engine.
    Provider(Files),
    /// A module of the engine.
    Module(Files),
    /// The engine's program.
    Engine(Files),
    /// An editor and its extensions.
    Editor(Files),
    /// A program for workspaces or operators.
    Program(Files),
    /// A tree of documentation.
    Docs(Files),
    /// Which bundles hold which images.
    Catalog(Files),
    /// A signed revocation list.
    Revocation(Files),
    /// Reserved: packages of a language or distribution. Carried, not used.
    Packages(Files),
    /// Reserved: repositories. Carried, not used.
    Git(Files),
    /// An image with its original names.
    Image(Image),
}

/// The kinds of parts, in the order in which they stand in a bundle: the small ones come first,
/// so that templates and revocations are there before the images' gigabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// See [`Part::Revocation`].
    Revocation,
    /// See [`Part::Catalog`].
    Catalog,
    /// See [`Part::Template`].
    Template,
    /// See [`Part::Docs`].
    Docs,
    /// See [`Part::Module`].
    Module,
    /// See [`Part::Provider`].
    Provider,
    /// See [`Part::Engine`].
    Engine,
    /// See [`Part::Editor`].
    Editor,
    /// See [`Part::Program`].
    Program,
    /// See [`Part::Packages`].
    Packages,
    /// See [`Part::Git`].
    Git,
    /// See [`Part::Image`].
    Image,
}

/// An image: one manifest or index, known by one or more original names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Its names, sorted.
    pub names: Vec<ImageName>,
    /// Its manifest, or the index over several platforms.
    pub manifest: Digest,
    /// What the manifest is.
    pub media_type: MediaType,
    /// Every blob it needs, the manifest among them: numbers in the blob table, ascending.
    pub blobs: Vec<u32>,
}

/// The manifest forms that clients pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    /// One platform, OCI.
    #[serde(rename = "application/vnd.oci.image.manifest.v1+json")]
    OciManifest,
    /// Several platforms, OCI.
    #[serde(rename = "application/vnd.oci.image.index.v1+json")]
    OciIndex,
    /// One platform, Docker.
    #[serde(rename = "application/vnd.docker.distribution.manifest.v2+json")]
    DockerManifest,
    /// Several platforms, Docker.
    #[serde(rename = "application/vnd.docker.distribution.manifest.list.v2+json")]
    DockerList,
}

impl MediaType {
    /// Every form.
    pub const ALL: [Self; 4] =
        [Self::OciManifest, Self::OciIndex, Self::DockerManifest, Self::DockerList];

    /// The media type as registries spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OciManifest => "application/vnd.oci.image.manifest.v1+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::DockerManifest => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerList => "application/vnd.docker.distribution.manifest.list.v2+json",
        }
    }

    /// The form with this media type.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == text)
    }
}

/// A part made of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Its name, unique among parts of its kind, version and target.
    pub name: String,
    /// Its own version, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The platform it runs on, as `linux-amd64`; none for what runs everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its files by path, sorted.
    pub files: Vec<PartFile>,
}

/// A file of a part. The path is a label: nothing is unpacked to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFile {
    /// Relative, of plain names.
    pub path: String,
    /// The blob that is its content.
    pub digest: Digest,
    /// Whether it is a program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub executable: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl Kind {
    /// Every kind, in file order.
    pub const ALL: [Self; 12] = [
        Self::Revocation,
        Self::Catalog,
        Self::Template,
        Self::Docs,
        Self::Module,
        Self::Provider,
        Self::Engine,
        Self::Editor,
        Self::Program,
        Self::Packages,
        Self::Git,
        Self::Image,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Catalog => "catalog",
            Self::Template => "template",
            Self::Docs => "docs",
            Self::Module => "module",
            Self::Provider => "provider",
            Self::Engine => "engine",
            Self::Editor => "editor",
            Self::Program => "program",
            Self::Packages => "packages",
            Self::Git => "git",
            Self::Image => "image",
        }
    }

    /// A part of this kind made of files; none for an image.
    pub fn of_files(self, files: Files) -> Option<Part> {
        Some(match self {
            Self::Revocation => Part::Revocation(files),
            Self::Catalog => Part::Catalog(files),
            Self::Template => Part::Template(files),
            Self::Docs => Part::Docs(files),
            Self::Module => Part::Module(files),
            Self::Provider => Part::Provider(files),
            Self::Engine => Part::Engine(files),
            Self::Editor => Part::Editor(files),
            Self::Program => Part::Program(files),
            Self::Packages => Part::Packages(files),
            Self::Git => Part::Git(files),
            Self::Image => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Part {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Template(_) => Kind::Template,
            Self::Provider(_) => Kind::Provider,
            Self::Module(_) => Kind::Module,
            Self::Engine(_) => Kind::Engine,
            Self::Editor(_) => Kind::Editor,
            Self::Program(_) => Kind::Program,
            Self::Docs(_) => Kind::Docs,
            Self::Catalog(_) => Kind::Catalog,
            Self::Revocation(_) => Kind::Revocation,
            Self::Packages(_) => Kind::Packages,
            Self::Git(_) => Kind::Git,
            Self::Image(_) => Kind::Image,
        }
    }

    /// The image, if it is one.
    pub fn image(&self) -> Option<&Image> {
        if let Self::Image(image) = self { Some(image) } else { None }
    }

    /// The files, unless it is an image.
    pub fn files(&self) -> Option<&Files> {
        match self {
            Self::Template(files)
            | Self::Provider(files)
            | Self::Module(files)
            | Self::Engine(files)
            | Self::Editor(files)
            | Self::Program(files)
            | Self::Docs(files)
            | Self::Catalog(files)
            | Self::Revocation(files)
            | Self::Packages(files)
            | Self::Git(files) => Some(files),
            Self::Image(_) => None,
        }
    }

    /// What a person calls it: an image's first name, else its name with version and target.
    pub fn label(&self) -> String {
        let (Some(files), kind) = (self.files(), self.kind()) else {
            let first = self.image().and_then(|image| image.names.first());
            return first.map_or_else(String::new, ToString::to_string);
        };
        let mut label = format!("{kind} {}", files.name);
        for piece in [&files.version, &files.target].into_iter().flatten() {
            label.push(' ');
            label.push_str(piece);
        }
        label
    }
}
