//! `Range` of a download, after RFC 9110: one range of bytes, or the whole.

use std::ops::Range;

/// What of a blob is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: there was no range, or one we need not heed.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// A range the blob does not have.
    Unsatisfiable,
}

/// Reads a `Range` header against a blob of this size. Units other than bytes, several ranges
/// and what is not well formed may be ignored, and are.
pub(crate) fn wanted(header: Option<&str>, size_bytes: u64) -> Wanted {
    let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Whole };
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number too large for any blob is one beyond the end.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (first, number(first), last, number(last)) {
        ("", _, _, Some(suffix)) => size_bytes.saturating_sub(suffix)..size_bytes,
        (_, Some(first), "", _) => first..size_bytes,
        (_, Some(first), _, Some(last)) => first..size_bytes.min(last.saturating_add(1)),
        _malformed => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Unsatisfiable } else { Wanted::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let cases = [
            (None, Wanted::Whole),
            (Some("bytes=0-0"), Wanted::Part(0..1)),
            (Some("bytes=5-"), Wanted::Part(5..10)),
            (Some("bytes=-4"), Wanted::Part(6..10)),
            (Some("bytes=-40"), Wanted::Part(0..10)),
            (Some("bytes=8-40"), Wanted::Part(8..10)),
            (Some("bytes=8-99999999999999999999999"), Wanted::Part(8..10)),
            (Some("bytes=10-"), Wanted::Unsatisfiable),
            (Some("bytes=-0"), Wanted::Unsatisfiable),
            (Some("bytes=5-4"), Wanted::Unsatisfiable),
            (Some("bytes=0-1,3-4"), Wanted::Whole),
            (Some("bytes=a-b"), Wanted::Whole),
            (Some("bytes=-"), Wanted::Whole),
            (Some("lines=1-2"), Wanted::Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(wanted(header, 10), expected, "{header:?}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Unsatisfiable);
    }
}
