//! How much Micro may ask: buckets, the global limit, and the count of invalid answers. Faults that tests ask for.

use crate::limits;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};

/// A fault to answer with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Calls whose path contains this.
    #[serde(default)]
    pub(crate) path_contains: String,
    /// Calls of this method only.
    #[serde(default)]
    pub(crate) method: Option<String>,
    /// How often.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// The status; without one the call is only slow.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    /// Seconds to wait, with 429.
    #[serde(default = "one_second")]
    pub(crate) retry_after: f64,
    /// Whether 429 is of the whole bot.
    #[serde(default)]
    pub(crate) global: bool,
    /// How long the answer waits.
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

fn once() -> u32 {
    1
}

fn one_second() -> f64 {
    1.0
}

/// An answer in place of the real one.
#[derive(Debug)]
pub(crate) struct Instead {
    /// The status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body; none where something before Discord answers.
    pub(crate) body: Option<Value>,
}

/// How many requests a route takes in how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// Requests.
    pub(crate) requests: u32,
    /// Milliseconds.
    pub(crate) window_ms: i64,
}

/// The use of a bucket.
#[derive(Debug, Clone, Copy)]
struct Used {
    requests: u32,
    until_ms: i64,
}

/// What was used, and the faults still to come.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    buckets: HashMap<String, Used>,
    global: Option<Used>,
    invalid_ms: VecDeque<i64>,
    faults: Vec<Fault>,
    limited: u32,
}

impl Budget {
    /// Remembers a fault.
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The fault this call meets, which is then used up once.
    pub(crate) fn fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        let meant = |fault: &&mut Fault| {
            let method_fits = fault.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            fault.times > 0 && method_fits && path.contains(&fault.path_contains)
        };
        let fault = self.faults.iter_mut().find(meant)?;
        fault.times -= 1;
        Some(fault.clone())
    }

    /// Takes one from a bucket. Returns the bucket's headers, and the answer in place of the real one if it is empty.
    pub(crate) fn take(&mut self, bucket: &str, limit: Limit, now_ms: i64) -> (HeaderMap, Option<Instead>) {
        let used = self.buckets.entry(bucket.to_owned()).or_insert(Used { requests: 0, until_ms: 0 });
        let allowed = spend(used, limit, now_ms);
        let (requests, until_ms) = (used.requests, used.until_ms);
        let mut headers = HeaderMap::new();
        put(&mut headers, "x-ratelimit-limit", &limit.requests.to_string());
        put(&mut headers, "x-ratelimit-remaining", &limit.requests.saturating_sub(requests).to_string());
        put(&mut headers, "x-ratelimit-reset", &seconds(until_ms));
        put(&mut headers, "x-ratelimit-reset-after", &seconds(until_ms - now_ms));
        put(&mut headers, "x-ratelimit-bucket", &short_hash(bucket));
        let instead = (!allowed).then(|| self.limit(wait_s(until_ms - now_ms), false));
        (headers, instead)
    }

    /// Takes one from what the whole bot may ask.
    pub(crate) fn take_global(&mut self, now_ms: i64) -> Option<Instead> {
        let limit = Limit { requests: limits::GLOBAL_PER_SECOND, window_ms: 1_000 };
        let used = self.global.get_or_insert(Used { requests: 0, until_ms: 0 });
        if spend(used, limit, now_ms) {
            return None;
        }
        let left_ms = used.until_ms - now_ms;
        Some(self.limit(wait_s(left_ms), true))
    }

    /// The answer of an injected fault.
    pub(crate) fn instead(&mut self, fault: &Fault, status: u16) -> Instead {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (code, message) = match status {
            StatusCode::TOO_MANY_REQUESTS => return self.limit(fault.retry_after, fault.global),
            StatusCode::FORBIDDEN => (50001, "Missing Access".to_owned()),
            _ => (0, format!("{}: {}", status.as_u16(), status.canonical_reason().unwrap_or_default())),
        };
        Instead { status, headers: HeaderMap::new(), body: Some(json!({"code": code, "message": message})) }
    }

    /// The answer to an address that was shut out, which does not come from Discord itself: no JSON.
    pub(crate) fn shut_out(&self, now_ms: i64) -> Option<Instead> {
        let mut headers = HeaderMap::new();
        put(&mut headers, "retry-after", "600");
        let instead = Instead { status: StatusCode::TOO_MANY_REQUESTS, headers, body: None };
        (self.invalid_answers(now_ms) >= limits::INVALID_MAX).then_some(instead)
    }

    /// Counts an answer if it is an invalid one.
    pub(crate) fn count(&mut self, status: StatusCode, now_ms: i64) {
        let invalid = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS];
        if invalid.contains(&status) {
            self.invalid_ms.push_back(now_ms);
        }
    }

    /// Invalid answers of the last ten minutes.
    pub(crate) fn invalid_answers(&self, now_ms: i64) -> usize {
        self.invalid_ms.iter().filter(|at| now_ms - **at < limits::INVALID_WINDOW_MS).count()
    }

    /// Answers of 429 so far.
    pub(crate) fn limited(&self) -> u32 {
        self.limited
    }

    fn limit(&mut self, retry_after: f64, global: bool) -> Instead {
        self.limited += 1;
        let mut headers = HeaderMap::new();
        // Whole seconds here, exact ones in the body.
        put(&mut headers, "retry-after", &format!("{:.0}", retry_after.ceil().max(1.0)));
        put(&mut headers, "x-ratelimit-scope", if global { "global" } else { "user" });
        if global {
            put(&mut headers, "x-ratelimit-global", "true");
        }
        let message = "You are being rate limited.";
        let body = json!({"message": message, "retry_after": retry_after, "global": global});
        Instead { status: StatusCode::TOO_MANY_REQUESTS, headers, body: Some(body) }
    }
}

/// Takes one; says whether there was one left.
fn spend(used: &mut Used, limit: Limit, now_ms: i64) -> bool {
    if now_ms >= used.until_ms {
        *used = Used { requests: 0, until_ms: now_ms + limit.window_ms };
    }
    let left = used.requests < limit.requests;
    used.requests += u32::from(left);
    left
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).unwrap());
}

/// Milliseconds as seconds with three digits.
fn seconds(ms: i64) -> String {
    format!("{}.{:03}", ms.max(0) / 1_000, ms.max(0) % 1_000)
}

fn wait_s(ms: i64) -> f64 {
    i32::try_from(ms.max(1)).map_or(1.0, |ms| f64::from(ms) / 1_000.0)
}

/// Buckets have opaque names.
fn short_hash(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}
