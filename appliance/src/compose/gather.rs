//! From a recipe to drafts: every digest and size known, no layer read yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_bundle::index::MediaType;
use atoll_bundle::plan::{FilesDraft, ImageDraft, Item};
use atoll_bundle::{Digest, ImageName};
use tokio::runtime::Handle;

use super::directory;
use super::image::{Descriptor, Manifest, is_index};
use super::layout::Layout;
use super::{Contents, ImageEntry, Origin, PartEntry, Platform, Recipe, Registries, Source};
use crate::error::{Outcome, Problem, codes};

/// Everything a recipe names.
#[derive(Debug)]
pub struct Gathered {
    /// Parts of files.
    pub files: Vec<FilesDraft>,
    /// Images.
    pub images: Vec<ImageDraft>,
    /// Where the bytes are.
    pub contents: Contents,
}

/// Resolves every entry of a recipe; `tell` is told what is being resolved.
pub async fn gather(
    recipe: &Recipe,
    registries: Registries,
    tell: &mut (dyn FnMut(&str) + Send),
) -> Outcome<Gathered> {
    let registries = Arc::new(registries);
    let mut sources = BTreeMap::new();
    let mut files = Vec::new();
    for entry in &recipe.parts {
        tell(&format!("{} {}", entry.kind, entry.name));
        files.push(part(entry, &mut sources)?);
    }
    let mut images = Vec::new();
    for entry in &recipe.images {
        tell(entry.names.first().map_or("", ImageName::as_str));
        images.push(image(entry, &registries, &mut sources).await?);
    }
    let contents = Contents { sources, registries, runtime: Handle::current() };
    Ok(Gathered { files, images, contents })
}

fn part(entry: &PartEntry, sources: &mut BTreeMap<Digest, Source>) -> Outcome<FilesDraft> {
    let mut files = Vec::new();
    for (file, source) in directory::read(&entry.path)? {
        sources.insert(file.item.digest, source);
        files.push(file);
    }
    let PartEntry { kind, name, version, target, path: _ } = entry;
    let (name, version, target) = (name.clone(), version.clone(), target.clone());
    Ok(FilesDraft { kind: *kind, name, version, target, files })
}

/// Where an image's documents and blobs come from.
enum Place<'a> {
    Registry(&'a Registries, &'a ImageName),
    Layout(Layout),
}

impl Place<'_> {
    async fn manifest(&self, name: &ImageName, descriptor: &Descriptor) -> Outcome<Manifest> {
        let bytes = match self {
            Self::Registry(registries, origin) => {
                registries.manifest(origin, Some(&descriptor.digest)).await?
            }
            Self::Layout(layout) => {
                layout.bytes(&layout.blob(&descriptor.digest, descriptor.size)?)?
            }
        };
        let manifest = Manifest::read(name, bytes, &descriptor.media_type)?;
        if manifest.item.digest != descriptor.digest {
            let message = format!("the manifest of `{name}` is not what its name says");
            let found = manifest.item.digest;
            return Err(Problem::new(&codes::bundle::SOURCE_IMAGE, message)
                .because_of(format!("`{}` was asked for, `{found}` came", descriptor.digest)));
        }
        Ok(manifest)
    }

    fn source(&self, item: &Item) -> Outcome<Source> {
        match self {
            Self::Registry(_, origin) => {
                Ok(Source::Registry { image: (*origin).clone(), size: item.size })
            }
            Self::Layout(layout) => layout.blob(&item.digest, item.size),
        }
    }
}

async fn image(
    entry: &ImageEntry,
    registries: &Registries,
    sources: &mut BTreeMap<Digest, Source>,
) -> Outcome<ImageDraft> {
    let name = &entry.names[0];
    let (place, top) = match &entry.origin {
        Origin::Registry(origin) => {
            let bytes = registries.manifest(origin, None).await?;
            (Place::Registry(registries, origin), Manifest::read(name, bytes, "")?)
        }
        Origin::Layout(path, reference) => {
            local(Layout::folder(path), reference.as_deref(), entry).await?
        }
        Origin::LayoutArchive(path, reference) => {
            local(Layout::archive(path)?, reference.as_deref(), entry).await?
        }
        Origin::DockerArchive(path, reference) => {
            let reference = reference.as_deref();
            local(Layout::docker(path, reference)?, reference, entry).await?
        }
    };
    let chosen = if is_index(top.media_type) { top.choose(name, &entry.platform)? } else { None };
    let top = match chosen {
        Some(chosen) => place.manifest(name, chosen).await?,
        None => top,
    };
    check_pins(entry, &top)?;
    collect(entry, &place, top, sources).await
}

async fn local<'a>(
    layout: Layout,
    reference: Option<&str>,
    entry: &ImageEntry,
) -> Outcome<(Place<'a>, Manifest)> {
    let found = layout.find(reference, &entry.names)?;
    let place = Place::Layout(layout);
    let top = place.manifest(&entry.names[0], &found).await?;
    Ok((place, top))
}

/// A name pinned by digest must be the manifest that is carried.
fn check_pins(entry: &ImageEntry, top: &Manifest) -> Outcome<()> {
    let differs = |name: &&ImageName| name.digest().is_some_and(|digest| digest != top.item.digest);
    let Some(name) = entry.names.iter().find(differs) else { return Ok(()) };
    let message = format!("`{name}` is pinned to another manifest than the one chosen");
    let problem = Problem::new(&codes::bundle::SOURCE_IMAGE, message)
        .because_of(format!("the manifest chosen is `{}`", top.item.digest));
    Err(match entry.platform {
        Platform::One { .. } => problem
            .remedy("if the digest is that of an index, set `platform = \"all\"` in its entry"),
        Platform::All => problem,
    })
}

/// Follows the manifest to everything it needs.
async fn collect(
    entry: &ImageEntry,
    place: &Place<'_>,
    top: Manifest,
    sources: &mut BTreeMap<Digest, Source>,
) -> Outcome<ImageDraft> {
    let name = &entry.names[0];
    let (manifest, media_type): (Digest, MediaType) = (top.item.digest, top.media_type);
    let mut blobs = Vec::new();
    let mut add_manifest = |found: Manifest, blobs: &mut Vec<Item>| {
        blobs.push(found.item);
        sources.insert(found.item.digest, Source::Bytes(found.bytes));
        found.needs
    };
    let mut leaves = Vec::new();
    if is_index(media_type) {
        for child in add_manifest(top, &mut blobs) {
            let child = place.manifest(name, &child).await?;
            if is_index(child.media_type) {
                let message = format!("`{name}` is an index of indexes");
                return Err(Problem::new(&codes::bundle::SOURCE_IMAGE, message));
            }
            leaves.extend(add_manifest(child, &mut blobs));
        }
    } else {
        leaves = add_manifest(top, &mut blobs);
    }
    for leaf in leaves {
        let item = leaf.item();
        sources.entry(item.digest).or_insert(place.source(&item)?);
        blobs.push(item);
    }
    Ok(ImageDraft { names: entry.names.clone(), manifest, media_type, blobs })
}
