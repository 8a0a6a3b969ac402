//! The nearest known name to one that is not known: for keys, commands, kinds and parameters.

/// Names farther away than this are not what the person meant.
const DISTANCE_MAX: usize = 3;

/// The candidate closest to `name`, if one is close enough to be a slip of the hand.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= DISTANCE_MAX.min(name.len().div_ceil(2)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_finds_nothing() {
        assert_eq!(nearest("lisen", ["listen", "urls"]), Some("listen"));
        assert_eq!(nearest("certificate", ["listen", "urls"]), None);
    }
}
