//! `micro bot doctor`: whether the platforms take what is configured, and what to do where they do not.

use crate::{discord, options, slack};
use micro_domain::{chat::Platform, clock};

/// How far this machine's clock may be off before it is said, and before signatures fail, in milliseconds.
const SKEW_WARNING_MS: i64 = 30_000;
const SKEW_MAX_MS: i64 = 300_000;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Well.
    Good,
    /// Not well.
    Bad,
    /// It cannot be told from here.
    Unknown,
}

impl Verdict {
    /// In one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Bad => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// Where.
    pub platform: Platform,
    /// What: `bot token`.
    pub name: &'static str,
    /// What was found.
    pub verdict: Verdict,
    /// In words, with what to do.
    pub told: String,
}

impl Check {
    pub(crate) const fn new(name: &'static str, verdict: Verdict, told: String) -> Self {
        Self { platform: Platform::Slack, name, verdict, told }
    }

    /// How far this machine's clock is from a platform's.
    pub(crate) fn clock(theirs_ms: Option<i64>) -> Self {
        let Some(theirs_ms) = theirs_ms else {
            return Self::new(
                "clock",
                Verdict::Unknown,
                "the platform did not say what time it is".to_owned(),
            );
        };
        let skew_ms = clock::now_ms() - theirs_ms;
        let told = format!("{} s from the platform's", skew_ms / 1_000);
        match skew_ms.abs() {
            0..SKEW_WARNING_MS => Self::new("clock", Verdict::Good, told),
            SKEW_WARNING_MS..SKEW_MAX_MS => {
                Self::new("clock", Verdict::Unknown, format!("{told}; at 300 s requests are refused"))
            }
            _ => Self::new(
                "clock",
                Verdict::Bad,
                format!("{told}: every request is refused as too old. Set the clock"),
            ),
        }
    }
}

/// The time of a `Date` header (<https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats>), milliseconds since the Unix
/// epoch.
pub(crate) fn http_date_ms(text: &str) -> Option<i64> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// Asks both platforms, where they are configured.
pub async fn run(slack: Option<&options::Slack>, discord: Option<&options::Discord>) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(options) = slack {
        checks.extend(slack::doctor(options).await);
    }
    if let Some(options) = discord {
        let found = discord::doctor(options).await;
        checks.extend(found.into_iter().map(|check| Check { platform: Platform::Discord, ..check }));
    }
    checks
}
