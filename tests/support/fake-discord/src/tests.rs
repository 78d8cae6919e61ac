//! The fake's own tests: its limits, its deadlines, and that serenity understands it.

mod commands;
mod http_delivery;
mod limits;
mod rules;
mod serenity;
mod signatures;
mod wire;

use crate::{
    answers,
    check::choices::STRING,
    model,
    records::{Interaction, Kind, Place, User},
    refusal::Refusal,
    router, settings,
    signing::Keys,
    state::{Fake, State},
};
use axum::Router;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

/// A fake that listens nowhere.
fn fake() -> Fake {
    Fake::new(settings(std::iter::empty(), "127.0.0.1:1".to_owned()), Keys::from_seed(&[7; 32]))
}

/// A fake that listens, and the test's own way to its state.
async fn start() -> Arc<Fake> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(std::iter::empty(), listener.local_addr().unwrap().to_string());
    let fake = Arc::new(Fake::new(settings, Keys::random()));
    serve(listener, router(Arc::clone(&fake)));
    fake
}

/// Serves in the background.
#[expect(clippy::disallowed_methods, reason = "its only client is the test")]
fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
}

/// `POST /control/{path}`, over HTTP as tests do it.
async fn control(fake: &Fake, path: &str, body: Value) -> Value {
    let address = &fake.settings.address;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post(format!("/control/{path}")).header("host", address);
    let request = request.header("content-type", "application/json");
    let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&body)))
}

/// An interaction that was delivered now.
fn delivered(state: &mut State, kind: Kind, source: Option<&str>) -> Interaction {
    let id = state.clock.next_id();
    let place =
        Place { channel: "1".to_owned(), dm: false, locale: "en-US".to_owned(), permissions: "0".to_owned() };
    let mut interaction = Interaction {
        token: format!("token-{id}"),
        id: id.clone(),
        kind,
        user: User { id: "2".to_owned(), name: "ann".to_owned() },
        place,
        delivered_ms: state.now_ms(),
        source: source.map(str::to_owned),
        option_kind: STRING,
        payload: Value::Null,
        parcel: None,
        response: None,
        original: None,
        modal: None,
    };
    interaction.payload = model::interaction(state, &interaction, json!({}));
    state.interactions.insert(id, interaction.clone());
    interaction
}

/// Answers an interaction of this kind as the first to do so.
fn answer(kind: Kind, body: &Value) -> Result<(), Refusal> {
    let fake = fake();
    let mut state = fake.state();
    let source = (kind == Kind::Click).then(|| {
        let command = delivered(&mut state, Kind::Command, None);
        answers::respond(&mut state, &command.id, &text("before"), &[]).unwrap();
        state.messages[0].id.clone()
    });
    let interaction = delivered(&mut state, kind, source.as_deref());
    answers::respond(&mut state, &interaction.id, body, &[])
}

/// An answer with a message that says this.
fn text(content: &str) -> Value {
    message(json!({"content": content}))
}

/// An answer with this message, which notifies nobody.
fn message(mut data: Value) -> Value {
    data["allowed_mentions"] = json!({"parse": []});
    json!({"type": 4, "data": data})
}

/// So many letters.
fn letters(count: usize) -> String {
    // Discord counts characters, not bytes.
    "ä".repeat(count)
}
