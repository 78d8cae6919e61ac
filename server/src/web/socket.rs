//! `/live/call`: one WebSocket is one call. Closing it cancels the call; the browser needs it because it cannot stream a
//! request body otherwise.

use super::{Web, caller::Caller};
use crate::edge::text;
use axum::{
    Extension,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use futures::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use http::{HeaderMap, StatusCode, header};
use micro_client::Client;
use micro_domain::{
    Error,
    call::{Frame, MESSAGE_MAX_BYTES, SocketReply, SocketRequest, Target},
};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

/// Frames waiting to be sent upstream; a browser that sends faster waits.
const FRAMES_MAX: usize = 16;
/// Largest frame, in bytes: a message of the default limit, escaped as JSON in JSON.
const FRAME_MAX_BYTES: usize = 2 * MESSAGE_MAX_BYTES;
/// How long a browser may take to say what it calls, in seconds.
const OPEN_TIMEOUT_S: u64 = 10;

/// Upgrades a request of this server's own pages to a call's socket.
pub(super) async fn call(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if caller.principal.is_none() {
        return text(StatusCode::UNAUTHORIZED, "Sign in first.\n");
    }
    if !same_origin(&headers) {
        return text(StatusCode::FORBIDDEN, "A call's socket opens from this server's own pages only.\n");
    }
    let client = caller.client(&web.client);
    let stopping = web.stopping.clone();
    upgrade
        .max_message_size(FRAME_MAX_BYTES)
        .max_frame_size(FRAME_MAX_BYTES)
        .on_upgrade(move |socket| run(socket, client, stopping))
}

/// WebSockets are exempt from the browser's same-origin rules, so the handshake checks for itself.
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    origin.is_some() && origin == text(header::HOST)
}

async fn run(socket: WebSocket, client: Client, stopping: CancellationToken) {
    let (mut sink, mut source) = socket.split();
    let opening = tokio::time::timeout(Duration::from_secs(OPEN_TIMEOUT_S), next(&mut source));
    let Ok(Some(SocketRequest::Open(target))) = opening.await else {
        let error = Error::invalid("The first message must open the call.");
        return finish(sink, error).await;
    };
    tokio::select! {
        result = exchange(&mut sink, source, client, target) => {
            if let Err(error) = result {
                finish(sink, error).await;
            }
        }
        () = stopping.cancelled() => finish(sink, Error::unavailable("The server is shutting down.")).await,
    }
}

/// Passes frames up and replies down until the call ends or the browser goes away.
async fn exchange(
    sink: &mut SplitSink<WebSocket, Message>,
    mut source: SplitStream<WebSocket>,
    client: Client,
    target: Target,
) -> Result<(), Error> {
    let (frames, queue) = mpsc::channel::<Frame>(FRAMES_MAX);
    let mut replies = client.gateway().call(target, ReceiverStream::new(queue)).await?;
    let mut frames = Some(frames);
    loop {
        tokio::select! {
            reply = replies.next() => match reply {
                Some(reply) => send(sink, &SocketReply::Reply(reply?)).await?,
                None => return Ok(()),
            },
            request = next(&mut source) => match (request, &frames) {
                (Some(SocketRequest::Frame(Frame::HalfClose)), _) => frames = None,
                (Some(SocketRequest::Frame(frame)), Some(queue)) => {
                    // A call that ended takes no more; its end is among the replies.
                    let _ = queue.send(frame).await;
                }
                (Some(_), _) => return Err(Error::invalid("This call is open and half-closed; nothing more can be sent.")),
                (None, _) => return Ok(()),
            },
        }
    }
}

/// The browser's next message; none when it closed, or sent what is none.
async fn next(source: &mut SplitStream<WebSocket>) -> Option<SocketRequest> {
    loop {
        match source.next().await?.ok()? {
            Message::Text(text) => return serde_json::from_str(&text).ok(),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

async fn send(sink: &mut SplitSink<WebSocket, Message>, reply: &SocketReply) -> Result<(), Error> {
    let text = serde_json::to_string(reply).map_err(|_| Error::internal("The answer cannot be shown."))?;
    sink.send(Message::Text(text.into()))
        .await
        .map_err(|_| Error::new(micro_domain::Code::Cancelled, "The page is gone."))
}

async fn finish(mut sink: SplitSink<WebSocket, Message>, error: Error) {
    if send(&mut sink, &SocketReply::Failed(error)).await.is_ok() {
        let _ = sink.close().await;
    }
}
