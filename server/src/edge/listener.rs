//! The accept loop. Our own rather than `axum::serve`: that one has no limit on how long a client may take over its
//! headers, and no bounds on connections and streams.

use axum::{body::Body, extract::Request, response::Response};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

/// Connections open at once; further ones wait in the system's backlog.
const CONNECTIONS_MAX: usize = 10_000;
/// Longest a client may take to send its request head, in seconds.
const HEADER_READ_TIMEOUT_S: u64 = 10;
/// Streams open at once on one HTTP/2 connection.
const STREAMS_PER_CONNECTION_MAX: u32 = 200;
/// Flow-control window of a stream and of a connection, in bytes: a whole message of the default limit need not wait.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Largest request head, in bytes.
const HEAD_MAX_BYTES: u32 = 64 * 1024;
/// How often an idle HTTP/2 peer is probed, and how long it may take to answer, in seconds.
const KEEP_ALIVE_S: u64 = 30;
const KEEP_ALIVE_TIMEOUT_S: u64 = 20;
/// Pause after an accept error such as exhausted descriptors, in milliseconds.
const ACCEPT_PAUSE_MS: u64 = 50;
/// How long open requests may finish after a shutdown, in seconds.
const DRAIN_S: u64 = 30;

/// Serves until `shutdown`; then stops accepting, tells open streams through `stopping`, and drains.
pub(crate) async fn serve<A, F>(
    listener: TcpListener,
    answer: A,
    shutdown: impl Future<Output = ()>,
    stopping: CancellationToken,
) where
    A: Fn(Request) -> F + Clone + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let builder = Arc::new(builder());
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut shutdown => break,
        };
        let Some((stream, slot)) = accepted else { continue };
        let answer = answer.clone();
        let builder = Arc::clone(&builder);
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let service =
                hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let answer = answer(request.map(Body::new));
                    async move { Ok::<_, Infallible>(answer.await) }
                });
            let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
            if let Err(error) = watcher.watch(connection.into_owned()).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    stopping.cancel();
    if tokio::time::timeout(Duration::from_secs(DRAIN_S), graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still open {DRAIN_S} s after the shutdown began; they are cut off");
    }
}

/// The next connection; none after an error, which must never end the loop.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY was refused");
            }
            Some((stream, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            None
        }
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_READ_TIMEOUT_S));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEAD_MAX_BYTES)
        .keep_alive_interval(Duration::from_secs(KEEP_ALIVE_S))
        .keep_alive_timeout(Duration::from_secs(KEEP_ALIVE_TIMEOUT_S));
    builder
}
