//! The fake's own tests: its limits, its deadlines, and that serenity understands it.

mod commands;
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
    signing::Keys,
    state::{Fake, Settings, State},
};
use serde_json::{Value, json};

/// A fake that listens nowhere.
fn fake() -> Fake {
    let settings = crate::settings(std::iter::empty(), "127.0.0.1:1".to_owned());
    Fake::new(Settings { bot_token: "token".to_owned(), ..settings }, Keys::from_seed(&[7; 32]))
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
