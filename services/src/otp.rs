//! otp: the codes of authenticator apps, time-based one-time passwords after RFC 6238.

use std::fmt;

use jiff::Timestamp;
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use totp_rs::{Builder, Secret, Totp};

use self::pb::otp_server::{Otp, OtpServer};
use crate::{Base, clock, random, status};

crate::generated!("otp");

/// How long a code is good for; with six digits and SHA-1 the default of RFC 6238, which every app understands.
const STEP_SECONDS: u64 = 30;
const DIGITS: u8 = 6;
/// The length of a fresh secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// The shortest secret RFC 4226 allows, and the longest we take.
const SECRET_RANGE_BYTES: std::ops::RangeInclusive<usize> = 16..=128;
/// The longest secret as text, with separators.
const SECRET_TEXT_LIMIT_BYTES: usize = 512;
/// The longest account, and the longest issuer.
const LABEL_LIMIT_BYTES: usize = 256;
/// The longest code as text, with separators.
const CODE_TEXT_LIMIT_BYTES: usize = 32;
/// How many steps a clock may be off where the caller does not say, as RFC 6238 recommends.
const SKEW_DEFAULT_STEPS: u32 = 1;
/// How many steps a clock may be off at most.
const SKEW_LIMIT_STEPS: u32 = 10;

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("otp", DESCRIPTORS, Routes::new(OtpServer::new(Authenticator)))
}

struct Authenticator;

#[tonic::async_trait]
impl Otp for Authenticator {
    async fn generate(
        &self,
        request: Request<pb::GenerateRequest>,
    ) -> Result<Response<pb::GenerateResponse>, Status> {
        Ok(Response::new(generate(request.get_ref(), clock::now())?))
    }

    async fn validate(
        &self,
        request: Request<pb::ValidateRequest>,
    ) -> Result<Response<pb::ValidateResponse>, Status> {
        Ok(Response::new(validate(request.get_ref(), clock::now())?))
    }
}

fn generate(request: &pb::GenerateRequest, now: Timestamp) -> Result<pb::GenerateResponse, Status> {
    label("account", &request.account)?;
    label("issuer", &request.issuer)?;
    if request.account.is_empty() {
        return Err(status::invalid(
            "account",
            "is empty; say whose code it is, such as \"ann@example.com\"",
        ));
    }
    let secret = match request.secret.is_empty() {
        true => Secret::from(random::bytes::<SECRET_BYTES>()?),
        false => parse_secret(&request.secret)?,
    };
    let text = secret.to_base32();
    let issuer = Some(request.issuer.as_str()).filter(|issuer| !issuer.is_empty());
    let totp = totp(builder(secret, 0).with_account_name(request.account.as_str()).with_issuer(issuer))?;
    let url = totp.to_url().map_err(|error| status::internal("The address could not be made.", &error))?;
    let seconds = seconds(now);
    let expires = i64::try_from(totp.next_step(seconds)).unwrap_or(i64::MAX);
    Ok(pb::GenerateResponse {
        secret: text,
        url,
        code: totp.generate(seconds).to_string(),
        expires_at: Some(prost_types::Timestamp { seconds: expires, nanos: 0 }),
    })
}

fn validate(request: &pb::ValidateRequest, now: Timestamp) -> Result<pb::ValidateResponse, Status> {
    let skew = request.skew.unwrap_or(SKEW_DEFAULT_STEPS);
    if skew > SKEW_LIMIT_STEPS {
        return Err(status::invalid(
            "skew",
            format!("is {skew}, at most {SKEW_LIMIT_STEPS} steps are allowed"),
        ));
    }
    if request.secret.is_empty() {
        return Err(status::invalid("secret", "is empty; give the one that Generate answered"));
    }
    let secret = parse_secret(&request.secret)?;
    status::at_most("code", &request.code, CODE_TEXT_LIMIT_BYTES)?;
    let code: String = request.code.chars().filter(|character| !character.is_whitespace()).collect();
    if code.len() != usize::from(DIGITS) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(status::invalid("code", format!("is not made of {DIGITS} digits")));
    }
    let totp = totp(builder(secret, u16::try_from(skew).unwrap_or(u16::MAX)))?;
    let step = totp.check(&code, seconds(now));
    Ok(pb::ValidateResponse { valid: step.is_some(), step })
}

fn builder(secret: Secret, skew_steps: u16) -> Builder {
    Builder::new()
        .with_secret(secret)
        .with_digits(DIGITS)
        .with_step_duration(STEP_SECONDS)
        .with_skew(skew_steps)
}

fn totp(builder: Builder) -> Result<Totp, Status> {
    builder.build().map_err(|error| status::internal("The one-time password could not be set up.", &error))
}

fn label(field: &str, text: &str) -> Result<(), Status> {
    status::at_most(field, text, LABEL_LIMIT_BYTES)?;
    if text.contains(':') {
        return Err(status::invalid(field, "contains a colon, which separates issuer and account in apps"));
    }
    Ok(())
}

/// Reads base 32 as people copy it: in groups, in lower case, with padding. Errors never repeat the secret.
fn parse_secret(text: &str) -> Result<Secret, Status> {
    status::at_most("secret", text, SECRET_TEXT_LIMIT_BYTES)?;
    let bare: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '-' | '='))
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let secret = Secret::try_from_base32(&bare).map_err(|_| {
        status::invalid("secret", "is not base 32: only the letters A to Z and the digits 2 to 7")
    })?;
    let (length, (shortest, longest)) = (secret.as_ref().len(), SECRET_RANGE_BYTES.into_inner());
    if !SECRET_RANGE_BYTES.contains(&length) {
        return Err(status::invalid(
            "secret",
            format!("has {length} bytes when decoded, {shortest} to {longest} are expected"),
        ));
    }
    Ok(secret)
}

/// Seconds since 1970; 0 before.
fn seconds(now: Timestamp) -> u64 {
    u64::try_from(now.as_second()).unwrap_or(0)
}

impl fmt::Debug for pb::GenerateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("GenerateRequest");
        fields.field("account", &self.account).field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl fmt::Debug for pb::GenerateResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GenerateResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for pb::ValidateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ValidateRequest").field("skew", &self.skew).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use tonic::Code;

    /// "12345678901234567890", the secret of the test values in RFC 6238, appendix B.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn check(code: &str, skew: Option<u32>, second: i64) -> pb::ValidateResponse {
        let request = pb::ValidateRequest { secret: RFC_SECRET.to_owned(), code: code.to_owned(), skew };
        validate(&request, at(second)).expect("valid input")
    }

    #[test]
    fn the_test_values_of_the_rfc() {
        // The RFC prints eight digits; six are their end.
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert!(check(code, Some(0), second).valid, "{code} at {second}");
        }
        assert_eq!(check("287082", Some(0), 59).step, Some(1));
    }

    #[test]
    fn a_code_is_good_within_the_skew_and_not_beyond() {
        assert!(check("287082", None, 89).valid);
        assert!(!check("287082", Some(0), 89).valid);
        assert!(!check("287082", None, 120).valid);
        assert!(check("28 70 82", Some(3), 120).valid);
        assert_eq!(check("000000", None, 59), pb::ValidateResponse { valid: false, step: None });
    }

    #[test]
    fn a_fresh_secret_has_an_address_and_a_code_that_checks() {
        let request = pb::GenerateRequest {
            account: "ann@example.com".to_owned(),
            issuer: "Example Ltd".to_owned(),
            secret: String::new(),
        };
        let made = generate(&request, at(61)).expect("made");
        assert_eq!(made.secret.len(), 32);
        assert!(made.url.starts_with("otpauth://totp/Example%20Ltd:ann%40example.com?"), "{}", made.url);
        assert!(made.url.contains(&made.secret) && made.url.contains("issuer=Example%20Ltd"), "{}", made.url);
        assert_eq!(made.expires_at, Some(prost_types::Timestamp { seconds: 90, nanos: 0 }));
        let back =
            pb::ValidateRequest { secret: made.secret.clone(), code: made.code.clone(), skew: Some(0) };
        assert!(validate(&back, at(89)).expect("valid input").valid);
        assert!(!format!("{made:?}{back:?}").contains(&made.secret), "Debug leaves secrets out");
        let again = generate(&pb::GenerateRequest { secret: made.secret.clone(), ..request }, at(61));
        assert_eq!(again.expect("made"), made);
    }

    #[test]
    fn bad_input_names_the_field_and_never_the_secret() {
        let account = |account: &str, secret: &str| {
            let request = pb::GenerateRequest {
                account: account.to_owned(),
                secret: secret.to_owned(),
                ..Default::default()
            };
            generate(&request, at(0)).expect_err("refused")
        };
        assert!(account("", "").message().starts_with("account: is empty"));
        assert!(account("a:b", "").message().contains("colon"));
        assert!(account("ann", "ABCDEFGH").message().contains("has 5 bytes"));
        let refused = account("ann", "hunter189hunter189");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(!refused.message().contains("hunter"));
        let spaced = pb::ValidateRequest {
            secret: "gezd gnbv gy3t qojq gezd gnbv gy3t qojq".to_owned(),
            code: "287082".to_owned(),
            skew: None,
        };
        assert!(validate(&spaced, at(59)).expect("valid input").valid);
    }
}
