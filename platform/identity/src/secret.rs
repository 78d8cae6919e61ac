//! Secrets people and machines hold: `mu_pat_`, `mu_bot_`, `mu_boot_` or `mu_inv_`, 30 characters from the system's generator, 6 of
//! a checksum. A damaged one is recognised without a look-up, and only its SHA-256 is ever stored.

use crate::Error;
use micro_domain::{
    chat::{CODE_ALPHABET, CODE_CHARACTERS},
    identity::Secret,
};
use sha2::{Digest as _, Sha256};

/// SHA-256 of a secret: what is stored and looked up.
pub(crate) type Hash = [u8; 32];

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Random characters: 178 bits.
const RANDOM_CHARACTERS: usize = 30;
/// Characters of the checksum; six hold any CRC32.
const CHECKSUM_CHARACTERS: usize = 6;
/// Characters after the prefix kept to recognise a secret by; 154 of its bits stay unknown.
const SHOWN_CHARACTERS: usize = 4;
/// Characters of a row's id: 119 bits.
const ID_CHARACTERS: usize = 20;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A member's API token.
    Member,
    /// A bot's token.
    Bot,
    /// A sign-in link's code.
    SignIn,
    /// An invite's code.
    Invite,
}

impl Kind {
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Member => "mu_pat_",
            Self::Bot => "mu_bot_",
            Self::SignIn => "mu_boot_",
            Self::Invite => "mu_inv_",
        }
    }
}

/// A new secret.
pub(crate) fn generate(kind: Kind) -> Result<Secret, Error> {
    let mut text = kind.prefix().to_owned();
    text.push_str(&random(RANDOM_CHARACTERS)?);
    let checksum = checksum(text.as_bytes());
    text.extend(checksum.iter().copied().map(char::from));
    Ok(Secret::new(text))
}

/// A new id for a row; not secret, but not to be guessed either.
pub(crate) fn id() -> Result<String, Error> {
    random(ID_CHARACTERS)
}

/// A new id of a request to be linked: whoever holds it can be linked, so it is a secret.
pub(crate) fn request_id() -> Result<String, Error> {
    random(RANDOM_CHARACTERS)
}

/// The hash of `text` where it can be such an id.
pub(crate) fn parse_request_id(text: &str) -> Option<Hash> {
    let well_formed =
        text.len() == RANDOM_CHARACTERS && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    well_formed.then(|| hash(text.as_bytes()))
}

/// A new linking code: 40 bits, since people type it.
pub(crate) fn code() -> Result<String, Error> {
    let mut bytes = [0; CODE_CHARACTERS];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    // 32 divides 256, so every character is as likely as another.
    let character = |byte: &u8| CODE_ALPHABET.get(usize::from(byte % 32)).copied().map_or('0', char::from);
    Ok(bytes.iter().map(character).collect())
}

/// The hash of `text` where it is a well-formed secret of this kind, to the letter.
pub(crate) fn parse(kind: Kind, text: &str) -> Option<Hash> {
    let body = text.strip_prefix(kind.prefix())?.as_bytes();
    if body.len() != RANDOM_CHARACTERS + CHECKSUM_CHARACTERS || !body.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (covered, given) = text.as_bytes().split_at_checked(text.len() - CHECKSUM_CHARACTERS)?;
    (checksum(covered) == given).then(|| hash(text.as_bytes()))
}

/// SHA-256: enough for secrets no dictionary holds.
pub(crate) fn hash(secret: &[u8]) -> Hash {
    Sha256::digest(secret).into()
}

/// The part of a secret shown in lists.
pub(crate) fn shown(kind: Kind, secret: &Secret) -> String {
    secret.reveal().chars().take(kind.prefix().len() + SHOWN_CHARACTERS).collect()
}

/// CRC32 in base 62, most significant digit first; of the prefix too, so that a swapped one is noticed.
fn checksum(covered: &[u8]) -> [u8; CHECKSUM_CHARACTERS] {
    let mut rest = crc32fast::hash(covered);
    let mut digits = [b'0'; CHECKSUM_CHARACTERS];
    for digit in digits.iter_mut().rev() {
        *digit = letter((rest % 62) as u8);
        rest /= 62;
    }
    digits
}

/// Characters drawn evenly: bytes above the largest multiple of 62 are thrown away.
fn random(characters: usize) -> Result<String, Error> {
    const EVEN: u8 = 4 * 62;
    let mut text = String::with_capacity(characters);
    let mut bytes = [0; 64];
    while text.len() < characters {
        getrandom::fill(&mut bytes).map_err(Error::Random)?;
        let missing = characters - text.len();
        text.extend(
            bytes.iter().filter(|byte| **byte < EVEN).take(missing).map(|byte| char::from(letter(byte % 62))),
        );
    }
    Ok(text)
}

fn letter(digit: u8) -> u8 {
    ALPHABET.get(usize::from(digit)).copied().unwrap_or(b'0')
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_new_secret_parses_as_its_kind_alone() {
        for (kind, other) in [
            (Kind::Member, Kind::SignIn),
            (Kind::SignIn, Kind::Bot),
            (Kind::Bot, Kind::Invite),
            (Kind::Invite, Kind::Member),
        ] {
            let secret = generate(kind).unwrap();
            assert_eq!(parse(kind, secret.reveal()), Some(hash(secret.reveal().as_bytes())));
            assert_eq!(parse(other, secret.reveal()), None);
            assert_eq!(secret.reveal().len(), kind.prefix().len() + 36);
            assert!(!format!("{secret:?}").contains(secret.reveal()));
            assert_eq!(shown(kind, &secret).len(), kind.prefix().len() + 4);
        }
    }

    #[test]
    fn codes_and_ids_of_requests_are_what_people_may_send_back() {
        let code = code().unwrap();
        assert_eq!(micro_domain::chat::canonical_code(&code), Some(code));
        let id = request_id().unwrap();
        assert_eq!(parse_request_id(&id), Some(hash(id.as_bytes())));
        for bad in ["", "x", &id[1..], &format!("{id}0"), &format!("{}-", &id[1..])] {
            assert_eq!(parse_request_id(bad), None, "{bad}");
        }
    }

    #[test]
    fn characters_are_drawn_evenly() {
        let text = random(62 * 1_000).unwrap();
        for letter in ALPHABET {
            let count = text.bytes().filter(|byte| byte == letter).count();
            assert!((800..1_200).contains(&count), "{} came {count} times", char::from(*letter));
        }
    }

    #[test]
    fn s02_no_mutant_of_a_secret_is_accepted() {
        let secret = generate(Kind::Member).unwrap();
        let text = secret.reveal();
        let mut tried = 0_u32;
        let mut refuse = |mutant: &str| {
            tried += 1;
            assert!(mutant == text || parse(Kind::Member, mutant).is_none(), "{mutant}");
        };
        for cut in 0..text.len() {
            refuse(text.get(..cut).unwrap());
            refuse(text.get(cut + 1..).unwrap());
        }
        for extra in ["0", " ", "\n", "\0", "é", "mu_pat_"] {
            refuse(&format!("{text}{extra}"));
            refuse(&format!("{extra}{text}"));
        }
        for other in ["mu_svc_", "mu_inv_", "mu_boot_", "mu_bot_", "MU_PAT_", "mu-pat-", ""] {
            refuse(&text.replace("mu_pat_", other));
        }
        // Every byte replaced by every other, and every pair of neighbours swapped.
        for at in 0..text.len() {
            for byte in 0..128_u8 {
                let mut mutant = text.as_bytes().to_vec();
                mutant[at] = byte;
                refuse(std::str::from_utf8(&mutant).unwrap());
            }
            let mut mutant = text.as_bytes().to_vec();
            mutant.swap(at, (at + 1) % text.len());
            refuse(std::str::from_utf8(&mutant).unwrap());
        }
        refuse(&text.to_uppercase());
        refuse(&text.to_lowercase());
        assert!(tried > 5_000);
    }
}
