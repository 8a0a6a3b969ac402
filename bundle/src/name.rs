//! Names inside a bundle: images by their original, fully qualified names; files by safe paths.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::limits::{IMAGE_NAME_MAX, PATH_MAX, WORD_MAX};

/// An image's name as upstream has it: `docker.io/library/busybox:1.36`, never shortened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageName(String);

/// Why a text is not a name.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// Longer than any registry takes.
    #[error("the image name is {length} bytes long, the limit is {IMAGE_NAME_MAX}")]
    Long {
        /// Its length.
        length: usize,
    },
    /// No registry host, as in `busybox:1.36`.
    #[error("`{text}` does not say its registry; write it out, as in `{suggestion}`")]
    Short {
        /// The text.
        text: String,
        /// What docker would make of it.
        suggestion: String,
    },
    /// Neither a tag nor a digest.
    #[error("`{text}` has neither a tag nor a digest")]
    Unversioned {
        /// The text.
        text: String,
    },
    /// A character or shape that no registry takes.
    #[error("`{text}` is not an image name: its {what} is malformed")]
    Malformed {
        /// The text.
        text: String,
        /// Which piece.
        what: &'static str,
    },
    /// A path that is absolute, climbs, or has odd characters.
    #[error("`{text}` is not a relative path of plain names")]
    Path {
        /// The text.
        text: String,
    },
    /// Not a word of lower-case letters, digits, dots, dashes and underscores.
    #[error("`{text}` is not a word of lower-case letters, digits, `.`, `-` and `_`")]
    Word {
        /// The text.
        text: String,
    },
}

impl ImageName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The repository with its host: `docker.io/library/busybox`.
    pub fn repository(&self) -> &str {
        let name = self.0.split('@').next().unwrap_or(&self.0);
        split_tag(name).0
    }

    /// The registry's host, with its port if it has one.
    pub fn host(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The tag, if it has one.
    pub fn tag(&self) -> Option<&str> {
        let name = self.0.split('@').next().unwrap_or(&self.0);
        split_tag(name).1
    }

    /// The digest, if it is pinned by one.
    pub fn digest(&self) -> Option<Digest> {
        self.0.split_once('@').and_then(|(_, digest)| digest.parse().ok())
    }
}

/// Splits `host:5000/name:tag` at the tag, not at the port.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

impl FromStr for ImageName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.len() > IMAGE_NAME_MAX {
            return Err(NameError::Long { length: text.len() });
        }
        let malformed = |what| NameError::Malformed { text: text.to_owned(), what };
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        if let Some(digest) = digest {
            digest.parse::<Digest>().map_err(|_| malformed("digest"))?;
        }
        let (repository, tag) = split_tag(name);
        let (host, path) = repository.split_once('/').unwrap_or(("", repository));
        if !is_host(host) {
            return Err(short(text, host));
        }
        if !path.split('/').all(is_component) {
            return Err(malformed("repository"));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(malformed("tag"));
        }
        if tag.is_none() && digest.is_none() {
            return Err(NameError::Unversioned { text: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

fn short(text: &str, first: &str) -> NameError {
    let library = if first.is_empty() { "library/" } else { "" };
    NameError::Short { text: text.to_owned(), suggestion: format!("docker.io/{library}{text}") }
}

/// Docker's rule: the first component is a host if it has a dot or a port, or is `localhost`.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b':')
    };
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    (host == "localhost" || host.contains(['.', ':']))
        && host.bytes().all(plain)
        && !name.starts_with(['.', '-'])
        && !name.is_empty()
        && port.parse::<u16>().is_ok()
}

/// `[a-z0-9]+` joined by one `.`, one or two `_`, or any number of `-`.
fn is_component(text: &str) -> bool {
    let word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(word) && bytes.last().is_some_and(word);
    let mut separators = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let joined =
        |part: &str| matches!(part, "" | "." | "_" | "__") || part.bytes().all(|b| b == b'-');
    ends && separators.all(joined)
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let rest = |byte: u8| word(byte) || byte == b'.' || byte == b'-';
    let bytes = text.as_bytes();
    bytes.len() <= 128
        && bytes.first().copied().is_some_and(word)
        && bytes.iter().copied().all(rest)
}

impl TryFrom<String> for ImageName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<ImageName> for String {
    fn from(name: ImageName) -> Self {
        name.0
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Checks a path inside a part: relative, of plain names, without anything a shell, a terminal
/// or another operating system reads differently. Paths are labels; nothing is unpacked to them.
pub fn check_path(text: &str) -> Result<(), NameError> {
    let plain =
        |c: char| !c.is_control() && !matches!(c, '\\' | ':' | '"' | '*' | '?' | '<' | '>' | '|');
    let component = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(plain);
    if text.len() <= PATH_MAX && text.split('/').all(component) {
        return Ok(());
    }
    Err(NameError::Path { text: text.chars().take(120).collect() })
}

/// Checks a publisher, stream, product, part name, version of a part, or target.
pub fn check_word(text: &str) -> Result<(), NameError> {
    let edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: &u8| edge(byte) || matches!(byte, b'.' | b'-' | b'_');
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(edge) && bytes.last().is_some_and(edge);
    if ends && bytes.len() <= WORD_MAX && bytes.iter().all(inner) {
        return Ok(());
    }
    Err(NameError::Word { text: text.chars().take(120).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_name_splits_into_its_pieces() {
        let name: ImageName = "localhost:5000/team/app:v1".parse().expect("a name");
        assert_eq!((name.repository(), name.tag()), ("localhost:5000/team/app", Some("v1")));
        let digest = Digest::of(b"x");
        let name: ImageName = format!("quay.io/a/b__c@{digest}").parse().expect("a name");
        assert_eq!(name.repository(), "quay.io/a/b__c");
        assert_eq!((name.tag(), name.digest()), (None, Some(digest)));
    }

    #[test]
    fn a_short_name_is_refused_with_the_long_one() {
        let error = "busybox:1.36".parse::<ImageName>().expect_err("short");
        assert!(error.to_string().contains("docker.io/library/busybox:1.36"), "{error}");
        let error = "coder/coder:1".parse::<ImageName>().expect_err("short");
        assert!(error.to_string().contains("docker.io/coder/coder:1"), "{error}");
    }

    #[test]
    fn hostile_names_are_refused() {
        for text in [
            "docker.io/../x:1",
            "docker.io/x",
            "docker.io/X:1",
            "docker.io/x:",
            "docker.io//x:1",
            "docker.io/x:1@sha256:00",
            "docker.io/a._b:1",
            "docker.io/x:1\n",
            "a b.io/x:1",
        ] {
            assert!(text.parse::<ImageName>().is_err(), "{text}");
        }
        for path in ["", "/etc", "a/../b", "a//b", "./a", "a\\b", "a\0b", "c:/x", "a/"] {
            assert!(check_path(path).is_err(), "{path}");
        }
        assert!(check_path("manifests/workspace.yaml").is_ok());
        for word in ["", "-a", "a-", "A", "a b", "é"] {
            assert!(check_word(word).is_err(), "{word}");
        }
    }
}
