//! Randomness from the operating system, without bias.

use tonic::Status;

/// How many bytes are asked of the operating system at a time.
const BATCH_BYTES: usize = 64;

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Status> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| crate::status::internal("The operating system gave no random bytes.", &error))?;
    Ok(bytes)
}

/// A text of `length` characters, each drawn from `alphabet` (2 to 256 ASCII characters) with the same chance.
pub(crate) fn text(alphabet: &[u8], length: usize) -> Result<String, Status> {
    // A remainder would favour the first characters; the smallest mask that covers the alphabet wastes the fewest draws.
    let mask = alphabet.len().next_power_of_two() - 1;
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let drawn = bytes::<BATCH_BYTES>()?;
        let chosen = drawn.iter().filter_map(|byte| alphabet.get(usize::from(*byte) & mask));
        text.extend(chosen.take(length - text.len()).map(|byte| char::from(*byte)));
    }
    Ok(text)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_alphabet_is_as_likely() {
        const ALPHABET: &[u8] = b"abcdefghijk";
        const DRAWS: usize = 110_000;
        let text = text(ALPHABET, DRAWS).expect("random");
        assert_eq!(text.len(), DRAWS);
        for character in ALPHABET {
            let count = text.bytes().filter(|byte| byte == character).count();
            // 10,000 expected, standard deviation 95: ten of them is out of reach of chance.
            assert!((9_050..=10_950).contains(&count), "{} came {count} times", char::from(*character));
        }
    }
}
