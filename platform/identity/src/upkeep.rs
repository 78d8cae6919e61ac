//! What identity does by itself once a minute: writes down uses, removes what has ended.

use crate::{Error, Inner, link_request, session, sign_in};
use std::{sync::Weak, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How often, in seconds.
const PERIOD_S: u64 = 60;

/// Runs until the last handle is gone.
pub(crate) async fn run(inner: Weak<Inner>) {
    let mut ticks = interval(Duration::from_secs(PERIOD_S));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once, when a start has better things to do.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = once(&inner).await {
            // Converting logs the cause; the next round tries again.
            let _ = micro_domain::Error::from(error);
        }
    }
}

pub(crate) async fn once(inner: &Inner) -> Result<(), Error> {
    inner.resolver.flush().await?;
    // In case that the reading after a change failed.
    inner.publish_policy().await?;
    let now_ms = inner.now_ms();
    inner
        .database
        .write(move |txn| {
            Box::pin(async move {
                session::prune(txn, now_ms).await?;
                sign_in::prune(txn, now_ms).await?;
                link_request::prune(txn, now_ms).await
            })
        })
        .await
}
