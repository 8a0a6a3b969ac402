//! Reads the YAML of a manifest file as plain data, within bounds.
//!
//! Aliases are refused outright: a manifest has no use for them that is worth a bomb.

use serde_json::Value;

use super::super::refusal::Refusal;

/// Nesting: a pod's deepest field (affinity expressions) is at about 16.
const DEPTH_MAX: usize = 48;
/// Documents of one file.
const DOCUMENTS_MAX: usize = 64;
/// Scalars, lists and mappings of one file; the largest chart we know of has under 5,000.
const NODES_MAX: usize = 20_000;
/// Parser events of one file: two for every list and mapping.
const EVENTS_MAX: usize = 2 * NODES_MAX + 4 * DOCUMENTS_MAX;

/// The documents of a file; empty ones are left out.
pub(super) fn documents(path: &str, bytes: &[u8]) -> Result<Vec<Value>, Refusal> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            max_documents: DOCUMENTS_MAX,
            max_nodes: NODES_MAX,
            max_events: EVENTS_MAX,
            max_aliases: 0,
            max_anchors: 0,
            max_merge_keys: 0,
        },
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        // As in YAML 1.2: `yes` and `on` are texts.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_slice_multiple_with_options(bytes, options)
        .map_err(|error| Refusal::ReadYaml { path: path.into(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_with_their_types() {
        let read =
            documents("a", b"a: 1\nb: yes\nc: true\nd: '2'\n---\n---\ne: [x]\n").expect("fine");
        assert_eq!(read.len(), 2);
        assert_eq!(read[0], serde_json::json!({"a": 1, "b": "yes", "c": true, "d": "2"}));
    }

    #[test]
    fn aliases_duplicate_keys_and_tags_are_refused() {
        for text in ["a: &x [1]\nb: *x", "a: 1\na: 2", "a: !!python/object x", "a: ["] {
            assert!(documents("a", text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn one_level_too_deep_is_refused() {
        let nest = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(documents("a", nest(DEPTH_MAX).as_bytes()).is_ok());
        assert!(documents("a", nest(DEPTH_MAX + 1).as_bytes()).is_err());
    }

    #[test]
    fn too_many_documents_and_nodes_are_refused() {
        assert!(documents("a", "---\na: 1\n".repeat(DOCUMENTS_MAX + 1).as_bytes()).is_err());
        assert!(documents("a", "- 1\n".repeat(NODES_MAX + 1).as_bytes()).is_err());
    }
}
