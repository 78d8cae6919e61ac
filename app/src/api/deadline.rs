//! How long a page waits for what it shows: a slow answer must not hold the rest of the page back.

use crate::AppError;
use leptos::prelude::use_context;
use leptos_meta::ServerMetaContext;
use micro_domain::{Code, Error};
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for the data of a page while it is rendered, in milliseconds. A request from the browser may take as long
/// as the platform allows: the page is there already.
const RENDER_MAX_MS: u64 = 1_000;

/// What `work` gives, unless a page being rendered waits for it in vain.
pub(super) async fn bounded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, AppError> {
    if use_context::<ServerMetaContext>().is_none() {
        return Ok(work.await?);
    }
    let answer = timeout(Duration::from_millis(RENDER_MAX_MS), work).await;
    Ok(answer.unwrap_or_else(|_| {
        Err(Error::new(Code::DeadlineExceeded, "Micro is still working on this. Try again in a moment."))
    })?)
}
