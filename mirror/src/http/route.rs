//! One parser for every path under `/v2/`: repository names have slashes, so they are read from
//! the right.

/// What a path asks for. The texts are still to be parsed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// `tags/list`
    Tags,
    /// `manifests/REFERENCE`
    Manifest(&'a str),
    /// `blobs/DIGEST`
    Blob(&'a str),
    /// `blobs/uploads/`
    Uploads,
    /// `blobs/uploads/ID`
    Upload(&'a str),
    /// `referrers/DIGEST`
    Referrers(&'a str),
}

/// Splits what follows `/v2/` into the repository's name and what is asked of it.
pub(crate) fn parse(path: &str) -> Option<(&str, Target<'_>)> {
    if let Some(name) =
        path.strip_suffix("/blobs/uploads/").or_else(|| path.strip_suffix("/blobs/uploads"))
    {
        return Some((name, Target::Uploads));
    }
    let (rest, last) = path.rsplit_once('/')?;
    if last.is_empty() {
        return None;
    }
    if let Some(name) = rest.strip_suffix("/blobs/uploads") {
        return Some((name, Target::Upload(last)));
    }
    let (name, noun) = rest.rsplit_once('/')?;
    let target = match (noun, last) {
        ("tags", "list") => Target::Tags,
        ("manifests", reference) => Target::Manifest(reference),
        ("blobs", digest) => Target::Blob(digest),
        ("referrers", digest) => Target::Referrers(digest),
        _unknown => return None,
    };
    Some((name, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_contain_every_word_of_the_api() {
        assert_eq!(parse("a/tags/list"), Some(("a", Target::Tags)));
        assert_eq!(parse("a/b/manifests/latest"), Some(("a/b", Target::Manifest("latest"))));
        assert_eq!(
            parse("manifests/blobs/manifests/x"),
            Some(("manifests/blobs", Target::Manifest("x")))
        );
        assert_eq!(parse("a/blobs/sha256:00"), Some(("a", Target::Blob("sha256:00"))));
        assert_eq!(parse("a/blobs/uploads/"), Some(("a", Target::Uploads)));
        assert_eq!(parse("a/blobs/uploads"), Some(("a", Target::Uploads)));
        assert_eq!(parse("a/blobs/uploads/1-2"), Some(("a", Target::Upload("1-2"))));
        assert_eq!(parse("a/referrers/sha256:00"), Some(("a", Target::Referrers("sha256:00"))));
    }

    #[test]
    fn other_paths_are_nothing() {
        for path in ["", "a", "a/", "a/b", "tags/list", "a/tags/other", "a/manifests/", "a/b/c"] {
            assert_eq!(parse(path), None, "`{path}`");
        }
    }
}
