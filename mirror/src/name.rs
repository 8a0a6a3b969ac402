//! Names: repositories, the upstream host a client asks for, tags and references.
//!
//! A repository's name here is fully qualified, upstream host first: `docker.io/library/busybox`.
//! Parsing is the only way to make one, so whatever holds a name holds a legal one.

use std::fmt;
use std::str::FromStr;

use crate::digest::{Digest, ParseDigestError, clip};

/// Clients refuse references over 255 characters, host and slash included.
const NAME_BYTES_MAX: usize = 255;
/// The specification's own limit.
const TAG_BYTES_MAX: usize = 128;

/// Why a text is not a name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseNameError {
    /// A name over the limit of 255 bytes.
    #[error(
        "a repository name has at most {NAME_BYTES_MAX} bytes, host included; this one has {0}"
    )]
    TooLong(usize),
    /// Something outside the specification's grammar.
    #[error("`{0}` is not a repository name")]
    Repository(String),
    /// An upstream host that is not one.
    #[error("`{0}` is not the name of an upstream registry")]
    Namespace(String),
    /// A tag outside the specification's grammar.
    #[error("`{0}` is not a tag")]
    Tag(String),
}

/// A repository, fully qualified.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName(Box<str>);

impl RepositoryName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same path under an upstream host: what `?ns=HOST` asks for.
    pub fn within(&self, namespace: &Namespace) -> Result<Self, ParseNameError> {
        format!("{namespace}/{self}").parse()
    }
}

impl FromStr for RepositoryName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > NAME_BYTES_MAX {
            return Err(ParseNameError::TooLong(text.len()));
        }
        let (first, rest) = match text.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (text, None),
        };
        // Beyond the specification's grammar only this: the host may carry its port.
        let first_is_legal =
            is_component(first) || (rest.is_some() && first.parse::<Namespace>().is_ok());
        let rest_is_legal = rest.is_none_or(|rest| rest.split('/').all(is_component));
        if first_is_legal && rest_is_legal {
            Ok(Self(text.into()))
        } else {
            Err(ParseNameError::Repository(clip(text)))
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let mut index = 0;
    loop {
        let word = bytes[index..].iter().take_while(|byte| alphanumeric(**byte)).count();
        if word == 0 {
            return false;
        }
        index += word;
        if index == bytes.len() {
            return true;
        }
        let rest = &bytes[index..];
        index += match rest {
            [b'_', b'_', ..] => 2,
            [b'.' | b'_', ..] => 1,
            [b'-', ..] => rest.iter().take_while(|byte| **byte == b'-').count(),
            _ => return false,
        };
    }
}

/// The upstream registry a client believes it is talking to, as containerd says in `?ns=`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Namespace(Box<str>);

impl Namespace {
    /// The host, with its port where it has one.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        let port_is_legal = port.is_none_or(|port| {
            (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit())
        });
        if text.len() <= NAME_BYTES_MAX && is_component(host) && port_is_legal {
            Ok(Self(text.into()))
        } else {
            Err(ParseNameError::Namespace(clip(text)))
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A movable name of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let first_is_legal = text.bytes().next().is_some_and(word);
        let legal = text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-');
        if first_is_legal && legal && text.len() <= TAG_BYTES_MAX {
            Ok(Self(text.into()))
        } else {
            Err(ParseNameError::Tag(clip(text)))
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How a manifest is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reference {
    /// By a name that may move.
    Tag(Tag),
    /// By content.
    Digest(Digest),
}

/// Why a text is neither a tag nor a digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParseReferenceError {
    /// It has a colon, so it was meant as a digest.
    #[error(transparent)]
    Digest(#[from] ParseDigestError),
    /// It has none, so it was meant as a tag.
    #[error(transparent)]
    Tag(#[from] ParseNameError),
}

impl FromStr for Reference {
    type Err = ParseReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(':') {
            Ok(Self::Digest(text.parse()?))
        } else {
            Ok(Self::Tag(text.parse()?))
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(formatter),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repository_names_follow_the_specification() {
        let long = "a/".repeat(127) + "b";
        for name in
            ["a", "library/busybox", "a.b/c_d/e__f/g---h", "registry.corp:5000/team/app", &long]
        {
            assert!(name.parse::<RepositoryName>().is_ok(), "`{name}` was refused");
        }
        let too_long = format!("{long}cc");
        for name in [
            "", "/", "a//b", "A", "a/", "-a", "a.", "a..b", "a___b", "a:1", "../x", "a/b:1/c",
            "a b", &too_long,
        ] {
            assert!(name.parse::<RepositoryName>().is_err(), "`{name}` was taken");
        }
    }

    #[test]
    fn a_namespace_becomes_the_first_component() {
        let name: RepositoryName = "library/busybox".parse().expect("legal");
        let resolved = name.within(&"docker.io".parse().expect("legal")).expect("legal");
        assert_eq!(resolved.as_str(), "docker.io/library/busybox");
        for host in ["", "docker.io/x", "a b", "[::1]", "host:", "host:port", "host:123456"] {
            assert!(host.parse::<Namespace>().is_err(), "`{host}` was taken");
        }
    }

    #[test]
    fn a_reference_is_a_tag_or_a_digest_and_nothing_between() {
        assert!(matches!("latest".parse(), Ok(Reference::Tag(_))));
        assert!(matches!("sha256:bad".parse::<Reference>(), Err(ParseReferenceError::Digest(_))));
        assert!("-x".parse::<Reference>().is_err());
        assert!("a".repeat(129).parse::<Reference>().is_err());
    }
}
