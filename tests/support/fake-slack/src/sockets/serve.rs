//! One socket, from `hello` to its end.

use crate::{
    refusal::Refusal,
    sockets::Order,
    state::{APP, Shared},
};
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};
use std::{future::pending, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep_until},
};

/// Between two pings.
const PING: Duration = Duration::from_secs(10);
/// How long a socket stays after it was told to disconnect.
const LINGER: Duration = Duration::from_secs(1);
/// The same after a mere warning.
const LINGER_WARNED: Duration = Duration::from_secs(10);
/// What `hello` says about how long the socket may live, in seconds.
const CONNECTION_S: u64 = 3_600;

/// What ends a socket.
enum End {
    /// It is closed, or gone.
    Now,
    /// Nothing yet.
    NotYet,
}

/// Serves a socket to its end.
pub(super) async fn run(slack: Shared, mut socket: WebSocket) {
    let (id, mut orders, count) = match slack.sockets.open() {
        Ok(opened) => opened,
        Err(refusal) => {
            slack.reject("socket", &refusal, &Value::Null);
            // The app may have gone by itself.
            let _ = socket.send(Message::text(disconnect(&refusal.error).to_string())).await;
            return;
        }
    };
    let hello = json!({
        "type": "hello",
        "num_connections": count,
        "connection_info": {"app_id": APP},
        "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": CONNECTION_S},
    });
    if socket.send(Message::text(hello.to_string())).await.is_ok() {
        slack.sockets.announce();
        carry(&slack, &mut socket, &mut orders).await;
    }
    slack.sockets.close(id);
}

fn disconnect(reason: &str) -> Value {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})
}

async fn carry(slack: &Shared, socket: &mut WebSocket, orders: &mut mpsc::Receiver<Order>) {
    let mut ping = interval(PING);
    let mut close_at: Option<Instant> = None;
    loop {
        let end = tokio::select! {
            order = orders.recv() => obey(socket, orders, order, &mut close_at).await,
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => acknowledged(slack, text.as_str()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => End::Now,
                Some(Ok(_)) => End::NotYet,
            },
            _ = ping.tick() => end_of(socket.send(Message::Ping("fake".into())).await),
            () = at(close_at) => {
                let _ = socket.send(Message::Close(None)).await;
                End::Now
            }
        };
        if matches!(end, End::Now) {
            return;
        }
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

fn end_of<E>(sent: Result<(), E>) -> End {
    if sent.is_ok() { End::NotYet } else { End::Now }
}

async fn obey(
    socket: &mut WebSocket,
    orders: &mut mpsc::Receiver<Order>,
    order: Option<Order>,
    close_at: &mut Option<Instant>,
) -> End {
    match order {
        Some(Order::Send(text)) => end_of(socket.send(Message::text(text)).await),
        Some(Order::Disconnect(reason)) => {
            let linger = if reason == "warning" { LINGER_WARNED } else { LINGER };
            *close_at = Some(Instant::now() + linger);
            end_of(socket.send(Message::text(disconnect(&reason).to_string())).await)
        }
        Some(Order::Silence) => {
            // Not reading is enough: pings stay unanswered and the connection open, until it is dropped.
            while !matches!(orders.recv().await, Some(Order::Drop) | None) {}
            End::Now
        }
        Some(Order::Drop) | None => End::Now,
    }
}

/// An acknowledgement, or something an app should not send.
fn acknowledged(slack: &Shared, text: &str) -> End {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    match frame["envelope_id"].as_str() {
        // A late one is ignored: the event was sent again.
        Some(id) => drop(slack.sockets.acknowledge(id, frame["payload"].clone())),
        None => slack.reject("socket", &Refusal::new("invalid_acknowledgement"), &json!(text)),
    }
    End::NotYet
}
