//! Deliveries to Micro: signed HTTP, or an event on the gateway.

use crate::{
    answers::respond,
    payload::Payload,
    records::{Delivery, Interaction, Parcel},
    refusal::Refusal,
    signing::Signature,
    state::Fake,
};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::{net::TcpStream, time};

/// Where Micro takes interactions.
const PATH: &str = "/chat/discord/interaction";
/// How long a first response may take, of real time.
const DEADLINE: Duration = Duration::from_millis(3_000);
/// The answer to a ping.
const PONG: u64 = 1;

/// What became of a delivery.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Outcome {
    /// Whether the first response was there and right within three seconds.
    pub(crate) acknowledged: bool,
    /// The HTTP status; 0 on the gateway, and where no answer came.
    pub(crate) status: u16,
    /// The first response; null where there was none.
    pub(crate) body: Value,
    /// How long it took.
    pub(crate) latency_ms: f64,
    /// The interaction.
    pub(crate) interaction: Option<String>,
    /// Its token.
    pub(crate) token: Option<String>,
    /// The message it was answered with, if that is there already.
    pub(crate) message: Option<String>,
    /// The modal it was answered with.
    pub(crate) modal: Option<String>,
    /// Why no answer came, or what was wrong with it.
    pub(crate) error: Option<String>,
}

/// What is delivered over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// `command`, `click`, `autocomplete`, `submit`, `ping`, `raw` or `replay`.
    pub(crate) kind: String,
    /// The interaction whose answer this one is; none where the answer is only shown.
    pub(crate) interaction: Option<String>,
    /// How it is signed.
    pub(crate) signature: Signature,
    /// The bytes.
    pub(crate) parcel: Parcel,
}

/// An answer over HTTP.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Sends an interaction over HTTP and applies the answer.
pub(crate) async fn over_http(fake: &Fake, app: &str, id: &str, signature: Signature) -> Outcome {
    let post = {
        let mut state = fake.state();
        let now_ms = state.now_ms();
        let interaction = state.interactions.get_mut(id).unwrap();
        let body = Bytes::from(interaction.payload.to_string());
        let parcel = Parcel { headers: fake.keys.signed(signature, &body), body };
        interaction.delivered_ms = now_ms;
        interaction.parcel = Some(parcel.clone());
        Post { kind: interaction.kind.name().to_owned(), interaction: Some(id.to_owned()), signature, parcel }
    };
    post_to(fake, app, post).await
}

/// Sends bytes over HTTP. The answer is applied if it is one to an interaction.
pub(crate) async fn post_to(fake: &Fake, app: &str, post: Post) -> Outcome {
    let at_ms = fake.state().now_ms();
    let started = Instant::now();
    let answer = time::timeout(DEADLINE, exchange(app, &post.parcel)).await;
    let answer = answer.unwrap_or_else(|_| Err(format!("no answer within {DEADLINE:?}")));
    let mut outcome = Outcome { interaction: post.interaction.clone(), ..Outcome::default() };
    outcome.latency_ms = milliseconds(started);
    match answer {
        // Accepted without a response: one may still come by callback.
        Ok(answer) if answer.status == StatusCode::ACCEPTED && post.interaction.is_some() => {
            outcome.status = answer.status.as_u16();
            wait(fake, post.interaction.as_deref().unwrap_or_default(), started, &mut outcome).await;
        }
        Ok(answer) => apply(fake, &post, &answer, &mut outcome),
        Err(why) => outcome.error = Some(why),
    }
    finish(fake, &mut outcome);
    note(fake, &post.kind, "http", at_ms, &outcome);
    outcome
}

/// Sends an interaction to the gateway's sessions and waits for the callback.
pub(crate) async fn over_gateway(fake: &Fake, id: &str, wait_for_it: bool) -> Result<Outcome, String> {
    let started = Instant::now();
    let (kind, at_ms) = {
        let mut state = fake.state();
        let now_ms = state.now_ms();
        let interaction = state.interactions.get_mut(id).unwrap();
        interaction.delivered_ms = now_ms;
        let (kind, payload) = (interaction.kind.name(), interaction.payload.clone());
        if state.gateway.dispatch("INTERACTION_CREATE", &payload) == 0 {
            return Err("nobody identified on the gateway; without one, name app_url".to_owned());
        }
        (kind, now_ms)
    };
    let mut outcome = Outcome { interaction: Some(id.to_owned()), ..Outcome::default() };
    if wait_for_it {
        wait(fake, id, started, &mut outcome).await;
    }
    finish(fake, &mut outcome);
    note(fake, kind, "gateway", at_ms, &outcome);
    Ok(outcome)
}

/// Waits for a callback, until the real time is over.
async fn wait(fake: &Fake, id: &str, started: Instant, outcome: &mut Outcome) {
    loop {
        let changed = fake.changed.notified();
        let answered = fake.state().interactions.get(id).map(|interaction| interaction.response.is_some());
        match answered {
            Some(false) => {}
            Some(true) => break,
            None => {
                outcome.error = Some("the fake was reset meanwhile".to_owned());
                break;
            }
        }
        let left = DEADLINE.saturating_sub(started.elapsed());
        if time::timeout(left, changed).await.is_err() {
            outcome.error = Some(format!("no callback within {DEADLINE:?}"));
            break;
        }
    }
    outcome.latency_ms = milliseconds(started);
    outcome.acknowledged = outcome.error.is_none();
}

async fn exchange(app: &str, parcel: &Parcel) -> Result<Answer, String> {
    let why = |error: &dyn std::error::Error| error.to_string();
    let host = app.trim_start_matches("http://").trim_end_matches('/');
    let mut request = Request::post(PATH)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Discord-Interactions/1.0 (+https://discord.com)");
    if let Some((timestamp, signature)) = &parcel.headers {
        request = request.header("x-signature-timestamp", timestamp).header("x-signature-ed25519", signature);
    }
    let request = request.body(Full::new(parcel.body.clone())).map_err(|error| why(&error))?;
    let stream = TcpStream::connect(host).await.map_err(|error| why(&error))?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| why(&error))?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(|error| why(&error))?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| why(&error))?.to_bytes();
    Ok(Answer { status: head.status, headers: head.headers, body })
}

/// Takes the answer to an interaction or a ping; of anything else it is only shown.
fn apply(fake: &Fake, post: &Post, answer: &Answer, outcome: &mut Outcome) {
    outcome.status = answer.status.as_u16();
    let text = || String::from_utf8_lossy(&answer.body).into_owned().into();
    outcome.body = serde_json::from_slice(&answer.body).unwrap_or_else(|_| text());
    let mut state = fake.state();
    if post.signature != Signature::Good {
        // Discord probes for this, and drops an address that lets it pass.
        if answer.status != StatusCode::UNAUTHORIZED {
            let detail = format!("{:?} {} was answered {}", post.signature, post.kind, answer.status);
            state.violation("signature", detail);
        }
        return;
    }
    if post.kind == "ping" {
        outcome.acknowledged = answer.status == StatusCode::OK && outcome.body["type"] == PONG;
        return;
    }
    let Some(id) = &post.interaction else { return };
    let taken = if answer.status == StatusCode::OK {
        let payload = Payload::read(&answer.headers, &answer.body);
        payload.and_then(|payload| respond(&mut state, id, &payload.json, &payload.files))
    } else {
        Err(Refusal::unknown_interaction())
    };
    match taken {
        Ok(()) => outcome.acknowledged = true,
        Err(refusal) => {
            let place = format!("HTTP answer {} to {} {id}", answer.status, post.kind);
            state.reject(&place, &refusal);
            outcome.error = Some(refusal.body().to_string());
        }
    }
}

/// Fills in what the interaction says by now.
fn finish(fake: &Fake, outcome: &mut Outcome) {
    let state = fake.state();
    let id = outcome.interaction.as_ref();
    let Some(interaction) = id.and_then(|id| state.interactions.get(id)) else { return };
    let Interaction { token, original, modal, response, .. } = interaction;
    outcome.token = Some(token.clone());
    (outcome.message, outcome.modal) = (original.clone(), modal.clone());
    if let Some((_, body, _)) = response {
        outcome.body = body.clone();
    }
}

fn note(fake: &Fake, kind: &str, via: &'static str, at_ms: i64, outcome: &Outcome) {
    fake.state().deliveries.push(Delivery {
        interaction: outcome.interaction.clone(),
        kind: kind.to_owned(),
        via,
        acknowledged: outcome.acknowledged,
        status: outcome.status,
        latency_ms: outcome.latency_ms,
        at_ms,
    });
}

fn milliseconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}
