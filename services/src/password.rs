//! password: makes passwords and judges them.

use std::fmt;

use tonic::service::Routes;
use tonic::{Request, Response, Status};
use zxcvbn::Entropy;

use self::pb::password_server::{Password, PasswordServer};
use crate::{Base, random, status};

crate::generated!("password");

/// How many characters where the caller does not say: with every class about 131 bits.
const LENGTH_DEFAULT: u32 = 20;
const LENGTH_RANGE: std::ops::RangeInclusive<u32> = 8..=256;
/// The longest password that is judged.
const PASSWORD_LIMIT_BYTES: usize = 256;
/// How many related words are taken.
const RELATED_LIMIT_WORDS: usize = 32;
/// The longest related word.
const RELATED_LIMIT_BYTES: usize = 256;
/// How often a password that lacks a class is drawn anew. The worst case, 8 characters of all classes, fails every
/// other time, so running out has a chance of 1 in 2^100.
const DRAWS_LIMIT: usize = 100;
const LOOKALIKES: &[u8] = b"0O1Il|";

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("password", DESCRIPTORS, Routes::new(PasswordServer::new(Passwords)))
}

/// Whether a character is of a class.
type Membership = fn(&u8) -> bool;

struct Passwords;

#[tonic::async_trait]
impl Password for Passwords {
    async fn generate(
        &self,
        request: Request<pb::GenerateRequest>,
    ) -> Result<Response<pb::GenerateResponse>, Status> {
        Ok(Response::new(generate(request.get_ref())?))
    }

    async fn strength(
        &self,
        request: Request<pb::StrengthRequest>,
    ) -> Result<Response<pb::StrengthResponse>, Status> {
        let request = request.into_inner();
        check(&request)?;
        // A password of a hundred characters takes milliseconds of work, which must not hold up other calls.
        let judged = tokio::task::spawn_blocking(move || judge(&request)).await;
        let response =
            judged.map_err(|error| status::internal("The password could not be judged.", &error))?;
        Ok(Response::new(response))
    }
}

/// The classes of characters the caller chose; left out means yes.
fn classes(request: &pb::GenerateRequest) -> Vec<Vec<u8>> {
    let members: [(Option<bool>, Membership); 4] = [
        (request.lowercase, u8::is_ascii_lowercase),
        (request.uppercase, u8::is_ascii_uppercase),
        (request.digits, u8::is_ascii_digit),
        (request.symbols, u8::is_ascii_punctuation),
    ];
    let usable = |byte: &u8| !(request.unambiguous && LOOKALIKES.contains(byte));
    members
        .into_iter()
        .filter(|(chosen, _)| chosen.unwrap_or(true))
        .map(|(_, member)| (b' '..=b'~').filter(member).filter(usable).collect())
        .collect()
}

fn generate(request: &pb::GenerateRequest) -> Result<pb::GenerateResponse, Status> {
    let length = if request.length == 0 { LENGTH_DEFAULT } else { request.length };
    if !LENGTH_RANGE.contains(&length) {
        let (shortest, longest) = LENGTH_RANGE.into_inner();
        return Err(status::invalid("length", format!("is {length}, {shortest} to {longest} are allowed")));
    }
    let classes = classes(request);
    if classes.is_empty() {
        return Err(status::invalid("symbols", "no class of characters is left: allow at least one"));
    }
    let alphabet = classes.concat();
    // Drawing the whole password anew keeps every one that has all classes as likely as any other; putting the
    // missing character somewhere would not.
    for _ in 0..DRAWS_LIMIT {
        let password = random::text(&alphabet, length as usize)?;
        if classes.iter().all(|class| password.bytes().any(|byte| class.contains(&byte))) {
            return Ok(pb::GenerateResponse { password, entropy_bits: entropy_bits(&classes, length) });
        }
    }
    Err(Status::internal("No password with every class of characters came up; try again."))
}

/// The logarithm of how many texts of `length` characters have one of each class, by inclusion and exclusion: all
/// texts, less those that lack a class, plus those that lack two, and so on.
fn entropy_bits(classes: &[Vec<u8>], length: u32) -> f64 {
    let sizes: Vec<usize> = classes.iter().map(Vec::len).collect();
    let total: usize = sizes.iter().sum();
    // As shares of all texts, since their number exceeds any machine type.
    let share: f64 = (0..1_u32 << sizes.len())
        .map(|lacking| {
            let left: usize =
                (0..sizes.len()).filter(|class| lacking >> class & 1 == 0).map(|class| sizes[class]).sum();
            let sign = if lacking.count_ones() % 2 == 0 { 1.0 } else { -1.0 };
            sign * (left as f64 / total as f64).powf(f64::from(length))
        })
        .sum();
    f64::from(length) * (total as f64).log2() + share.log2()
}

fn check(request: &pb::StrengthRequest) -> Result<(), Status> {
    if request.password.is_empty() {
        return Err(status::invalid("password", "is empty"));
    }
    status::at_most("password", &request.password, PASSWORD_LIMIT_BYTES)?;
    if request.related.len() > RELATED_LIMIT_WORDS {
        let problem = format!("has {} words, at most {RELATED_LIMIT_WORDS} are used", request.related.len());
        return Err(status::invalid("related", problem));
    }
    request.related.iter().try_for_each(|word| status::at_most("related", word, RELATED_LIMIT_BYTES))
}

fn judge(request: &pb::StrengthRequest) -> pb::StrengthResponse {
    let related: Vec<&str> = request.related.iter().map(String::as_str).collect();
    let entropy: Entropy = zxcvbn::zxcvbn(&request.password, &related);
    let times = entropy.crack_times();
    let feedback = entropy.feedback();
    pb::StrengthResponse {
        score: u32::from(u8::from(entropy.score())),
        guesses_log10: entropy.guesses_log10(),
        crack_time: times.offline_slow_hashing_1e4_per_second().to_string(),
        crack_time_online: times.online_throttling_100_per_hour().to_string(),
        warning: feedback
            .and_then(|feedback| feedback.warning())
            .map(|warning| warning.to_string())
            .unwrap_or_default(),
        suggestions: feedback
            .map(|feedback| feedback.suggestions().iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
    }
}

impl fmt::Debug for pb::GenerateResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GenerateResponse")
            .field("entropy_bits", &self.entropy_bits)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for pb::StrengthRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StrengthRequest").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_chosen_class_occurs_and_no_other() {
        for _ in 0..200 {
            let all =
                generate(&pb::GenerateRequest { length: 8, ..Default::default() }).expect("made").password;
            assert_eq!(all.len(), 8);
            assert!(all.bytes().any(|byte| byte.is_ascii_lowercase()), "{all}");
            assert!(all.bytes().any(|byte| byte.is_ascii_uppercase()), "{all}");
            assert!(all.bytes().any(|byte| byte.is_ascii_digit()), "{all}");
            assert!(all.bytes().any(|byte| byte.is_ascii_punctuation()), "{all}");
        }
        let request = pb::GenerateRequest {
            length: 256,
            symbols: Some(false),
            uppercase: Some(false),
            unambiguous: true,
            ..Default::default()
        };
        let plain = generate(&request).expect("made").password;
        assert!(plain.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{plain}");
        assert!(!plain.bytes().any(|byte| LOOKALIKES.contains(&byte)), "{plain}");
        assert_eq!(generate(&pb::GenerateRequest::default()).expect("made").password.len(), 20);
    }

    #[test]
    fn the_entropy_counts_the_passwords_that_can_come() {
        let digits = vec![(b'0'..=b'9').collect::<Vec<u8>>()];
        assert!((entropy_bits(&digits, 8) - 8.0 * 10_f64.log2()).abs() < 1e-9);
        // Of the 4 texts of two letters over {a, b}, two have both.
        assert!((entropy_bits(&[vec![b'a'], vec![b'b']], 2) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_wishes_are_refused() {
        for length in [7, 257] {
            let refused =
                generate(&pb::GenerateRequest { length, ..Default::default() }).expect_err("refused");
            assert!(refused.message().contains("8 to 256"), "{}", refused.message());
        }
        let none = Some(false);
        let request = pb::GenerateRequest {
            lowercase: none,
            uppercase: none,
            digits: none,
            symbols: none,
            ..Default::default()
        };
        assert!(generate(&request).is_err());
    }

    #[test]
    fn strength_tells_weak_from_strong() {
        let judge = |password: &str, related: &[&str]| {
            let related = related.iter().map(ToString::to_string).collect();
            judge(&pb::StrengthRequest { password: password.to_owned(), related })
        };
        let weak = judge("password1", &[]);
        assert_eq!(weak.score, 0);
        assert!(!weak.warning.is_empty() && !weak.suggestions.is_empty());
        let strong = judge("kV9#tq2!Lm_x4Rz", &[]);
        assert_eq!(strong.score, 4);
        assert!(strong.guesses_log10 > 10.0 && strong.suggestions.is_empty());
        let known = judge("annfromexample", &["annfromexample"]);
        assert!(known.guesses_log10 < judge("annfromexample", &[]).guesses_log10);
    }
}
