//! Events that HTTP did not bring: again at once, after a minute, after five more.

use crate::{
    deliver::http::{self, Request},
    records::Attempt,
    state::{Shared, Slack},
};
use std::time::Duration;

/// When each retry follows the failure before it, in milliseconds of the moved clock.
const RETRIES_MS: [u64; 3] = [0, 60_000, 300_000];
/// Between two looks at what is due.
const LOOK: Duration = Duration::from_millis(20);

/// An event that is due again.
#[derive(Debug, Clone)]
pub(crate) struct Retry {
    delivery: String,
    request: Request,
    /// From 1.
    number: usize,
    reason: &'static str,
    due_ms: u64,
}

/// Plans the first retry.
pub(crate) fn schedule(slack: &Slack, delivery: &str, request: &Request, failed: &Attempt) {
    plan(slack, delivery, request, 1, failed);
}

fn plan(slack: &Slack, delivery: &str, request: &Request, number: usize, failed: &Attempt) {
    let Some(after_ms) = RETRIES_MS.get(number - 1) else { return };
    let reason = match (failed.status, failed.error.as_deref()) {
        (Some(_), _) => "http_error",
        (None, Some("timeout")) => "http_timeout",
        _ => "connection_failed",
    };
    let due_ms = slack.clock.now_ms() + after_ms;
    let retry = Retry { delivery: delivery.to_owned(), request: request.clone(), number, reason, due_ms };
    slack.state().retries.push(retry);
}

/// Retries what is due, for ever.
pub(crate) async fn run(slack: Shared) {
    loop {
        tokio::time::sleep(LOOK).await;
        let now_ms = slack.clock.now_ms();
        let (due, later) = std::mem::take(&mut slack.state().retries)
            .into_iter()
            .partition::<Vec<_>, _>(|retry| retry.due_ms <= now_ms);
        slack.state().retries.extend(later);
        for retry in due {
            tokio::spawn(again(slack.clone(), retry));
        }
    }
}

async fn again(slack: Shared, retry: Retry) {
    let request = retry.request.with("x-slack-retry-num", &retry.number.to_string());
    let attempt = http::attempt(&request.with("x-slack-retry-reason", retry.reason)).await;
    if !attempt.acknowledged && !attempt.last {
        plan(&slack, &retry.delivery, &retry.request, retry.number + 1, &attempt);
    }
    let mut state = slack.state();
    let Some(delivery) = state.deliveries.iter_mut().find(|delivery| delivery.id == retry.delivery) else {
        return;
    };
    delivery.acknowledged |= attempt.acknowledged;
    delivery.attempts.push(attempt);
}
