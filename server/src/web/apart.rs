//! Draws each page in a task of its own, where nothing disturbs the reactive values it is drawn from.
//!
//! Leptos gives each request an arena of its own for them and finds the arena through a thread-local, which it sets when
//! it polls the view. It reads the page's title and the first chunk of a streamed page outside of that: after an `await`
//! the thread may be on another request's arena, the values are "already disposed", and the page is lost. The same
//! happens to what a page started in the background when its reader goes away and the page is dropped half drawn.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::StatusCode;
use leptos::reactive::owner::Owner;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::OnceLock;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

/// Chunks of a page drawn ahead of what its reader took.
const AHEAD_MAX: usize = 8;

tokio::task_local! {
    /// Owns the values of the page that the task draws.
    static PAGE: OnceLock<Owner>;
}

/// Draws a page to its end, even if its reader goes away.
pub(super) async fn draw(page: impl Future<Output = Response> + Send + 'static) -> Response {
    let (head, answer) = oneshot::channel();
    tokio::spawn(PAGE.scope(OnceLock::new(), with_its_values(pump(page, head))));
    answer.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Takes the page's values from where Leptos begins to draw it: in the function that provides context.
pub(super) fn began() {
    if let Some(owner) = Owner::current() {
        // Outside of `draw`, as while routes are listed, there is no other page to mistake it for.
        let _ = PAGE.try_with(|page| page.set(owner));
    }
}

/// Puts the page's values in reach whenever it goes on.
async fn with_its_values(page: impl Future<Output = ()>) {
    let mut page = pin!(page);
    poll_fn(move |context| {
        PAGE.with(|owner| {
            if let Some(owner) = owner.get() {
                owner.set();
            }
        });
        page.as_mut().poll(context)
    })
    .await;
}

async fn pump(page: impl Future<Output = Response>, head: oneshot::Sender<Response>) {
    let (parts, body) = page.await.into_parts();
    let (chunks, drawn) = mpsc::channel(AHEAD_MAX);
    // Sending fails once the reader is gone; the page is drawn on, and thrown away.
    let _ = head.send(Response::from_parts(parts, Body::from_stream(ReceiverStream::new(drawn))));
    let mut body = body.into_data_stream();
    while let Some(chunk) = body.next().await {
        let _ = chunks.send(chunk).await;
    }
}
