//! Names of things people make, parsed once and believed from there on.
//!
//! A workspace, a user and a template are named by a DNS label, because the name becomes part of
//! a host name (`workspace.user.site`), of an SSH `Host` entry and of a Kubernetes label value.

use std::fmt;

/// The longest name: two of them and a site's prefix stay within the 63 bytes of one DNS label.
pub const NAME_BYTES_MAX: usize = 24;
/// The longest name of a token: it is a note to oneself and no part of any address.
pub const TOKEN_NAME_BYTES_MAX: usize = 64;

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is no name.
    #[error("the name is empty")]
    Empty,
    /// It does not fit where it is used.
    #[error("the name has {length} characters, more than {max}")]
    TooLong {
        /// How long it is.
        length: usize,
        /// How long it may be.
        max: usize,
    },
    /// It is not a DNS label.
    #[error("the name may hold lower-case letters, digits and hyphens, not `{found}`")]
    Character {
        /// The first character that is not allowed.
        found: char,
    },
    /// A DNS label starts with a letter (RFC 1035) and ends with a letter or a digit.
    #[error("the name must start with a letter and end with a letter or a digit")]
    Edge,
    /// The command line or the API gives this word a meaning of its own.
    #[error("the name `{name}` is reserved")]
    Reserved {
        /// The name.
        name: String,
    },
}

/// Words that stand for something else where a name is expected.
const RESERVED: &[&str] = &["me", "new", "none", "all", "default", "localhost"];

fn label(text: &str) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(found) = text.chars().find(|c| !allowed(*c)) {
        return Err(NameError::Character { found });
    }
    if text.len() > NAME_BYTES_MAX {
        return Err(NameError::TooLong { length: text.len(), max: NAME_BYTES_MAX });
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) || text.ends_with('-') {
        return Err(NameError::Edge);
    }
    if RESERVED.contains(&text) {
        return Err(NameError::Reserved { name: text.into() });
    }
    Ok(())
}

macro_rules! label_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes a text that is a name.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                label(text).map(|()| Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

label_name! {
    /// The name of a workspace, unique among its owner's.
    WorkspaceName
}
label_name! {
    /// The name a person logs in with.
    UserName
}
label_name! {
    /// The name of a template, unique within an organization.
    TemplateName
}

/// The name of an API token: any short text on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName(String);

impl TokenName {
    /// Takes a text that is a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > TOKEN_NAME_BYTES_MAX {
            return Err(NameError::TooLong { length: text.len(), max: TOKEN_NAME_BYTES_MAX });
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(NameError::Character { found }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_labels_are_names() {
        for good in ["a", "dev", "my-box-2", &"a".repeat(NAME_BYTES_MAX)] {
            assert_eq!(WorkspaceName::parse(good).expect(good).as_str(), good);
        }
    }

    #[test]
    fn what_is_no_dns_label_is_no_name() {
        let long = "a".repeat(NAME_BYTES_MAX + 1);
        let cases: &[(&str, NameError)] = &[
            ("", NameError::Empty),
            ("Dev", NameError::Character { found: 'D' }),
            ("my_box", NameError::Character { found: '_' }),
            ("a.b", NameError::Character { found: '.' }),
            ("a\nb", NameError::Character { found: '\n' }),
            ("büro", NameError::Character { found: 'ü' }),
            ("../etc", NameError::Character { found: '.' }),
            ("-a", NameError::Edge),
            ("a-", NameError::Edge),
            ("1a", NameError::Edge),
            ("me", NameError::Reserved { name: "me".into() }),
            (&long, NameError::TooLong { length: NAME_BYTES_MAX + 1, max: NAME_BYTES_MAX }),
        ];
        for (text, error) in cases {
            assert_eq!(WorkspaceName::parse(text).as_ref(), Err(error), "`{text}`");
        }
    }

    #[test]
    fn a_token_name_is_one_short_line() {
        assert_eq!(TokenName::parse(" ci, nightly ").expect("plain").as_str(), "ci, nightly");
        assert!(TokenName::parse("a\nb").is_err());
        assert!(TokenName::parse("  ").is_err());
        assert!(TokenName::parse(&"x".repeat(TOKEN_NAME_BYTES_MAX + 1)).is_err());
    }
}
