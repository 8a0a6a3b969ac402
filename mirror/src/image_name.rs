//! Image names as people write them, read as every container runtime reads them.

use std::str::FromStr;

use crate::digest::ParseDigestError;
use crate::name::ParseNameError;
use crate::{Reference, RepositoryName};

/// The upstream of names that have none.
const DEFAULT_HOST: &str = "docker.io";
/// Where that upstream keeps names of one part.
const DEFAULT_PATH: &str = "library";
/// The tag of names that have none.
const DEFAULT_TAG: &str = "latest";

/// Why a text is not an image's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseImageNameError {
    /// The repository or the tag is none.
    #[error(transparent)]
    Name(#[from] ParseNameError),
    /// What follows `@` is no digest.
    #[error(transparent)]
    Digest(#[from] ParseDigestError),
}

/// An image by its original name: `busybox`, `quay.io/a/b:1`, `docker.io/a/b:1@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    /// Fully qualified.
    pub repository: RepositoryName,
    /// The digest where there is one, else the tag.
    pub reference: Reference,
}

impl FromStr for ImageName {
    type Err = ParseImageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash is a port.
        let path = name.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name[path..].split_once(':') {
            Some((last, tag)) => (&name[..path + last.len()], tag),
            None => (name, DEFAULT_TAG),
        };
        let repository = qualified(name).parse()?;
        let reference = match digest {
            Some(digest) => Reference::Digest(digest.parse()?),
            None => Reference::Tag(tag.parse()?),
        };
        Ok(Self { repository, reference })
    }
}

fn qualified(name: &str) -> String {
    let is_host = |first: &str| first.contains(['.', ':']) || first == "localhost";
    match name.split_once('/') {
        Some((first, _)) if is_host(first) => name.to_owned(),
        Some(_) => format!("{DEFAULT_HOST}/{name}"),
        None => format!("{DEFAULT_HOST}/{DEFAULT_PATH}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_runtimes_read_them() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let pinned = format!("registry.corp:5000/a:1@{digest}");
        for (text, repository, reference) in [
            ("busybox", "docker.io/library/busybox", "latest"),
            ("busybox:1.36", "docker.io/library/busybox", "1.36"),
            ("team/app", "docker.io/team/app", "latest"),
            ("quay.io/a/b:v1", "quay.io/a/b", "v1"),
            ("localhost/a", "localhost/a", "latest"),
            ("registry.corp:5000/a", "registry.corp:5000/a", "latest"),
            (&pinned, "registry.corp:5000/a", &digest),
        ] {
            let name: ImageName = text.parse().expect(text);
            assert_eq!(name.repository.as_str(), repository);
            assert_eq!(name.reference.to_string(), reference);
        }
        for text in ["", "UPPER", "a:", "a@sha256:short", "a b", "quay.io/"] {
            assert!(text.parse::<ImageName>().is_err(), "`{text}`");
        }
    }
}
