//! "Did you mean": the nearest known name to a mistyped one.

/// Names further from the input than this (Jaro-Winkler, 0 to 1) are no help.
const LEAST_SIMILARITY: f64 = 0.7;

/// The candidate most like `input`, ignoring case, if any is close enough to be what was meant.
pub fn nearest<'a>(input: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = input.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_a_typo_and_keeps_silent_about_strangers() {
        assert_eq!(nearest("greter", ["billing", "greeter"]), Some("greeter"));
        assert_eq!(nearest("xyz", ["billing", "greeter"]), None);
    }
}
