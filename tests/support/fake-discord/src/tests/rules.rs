//! Which answers may follow which, and until when.

use super::{delivered, fake, message, text};
use crate::{
    answers::{alive, edit, find, follow_up, respond},
    records::Kind,
    state::State,
};
use serde_json::{Value, json};

const DEFER: u64 = 5;

fn modal() -> Value {
    let input = json!({"type": 4, "custom_id": "i", "label": "l", "style": 1});
    let rows = json!([{"type": 1, "components": [input]}]);
    json!({"type": 9, "data": {"custom_id": "m", "title": "t", "components": rows}})
}

fn defer(ephemeral: bool) -> Value {
    json!({"type": DEFER, "data": {"flags": if ephemeral { 64 } else { 0 }}})
}

fn code(state: &mut State, id: &str, body: &Value) -> u32 {
    respond(state, id, body, &[]).unwrap_err().code
}

#[test]
fn one_first_response() {
    let fake = fake();
    let mut state = fake.state();
    let interaction = delivered(&mut state, Kind::Command, None);
    respond(&mut state, &interaction.id, &defer(true), &[]).unwrap();
    assert_eq!(code(&mut state, &interaction.id, &text("again")), 40060);
    // Neither does a modal come after a deferral.
    assert_eq!(code(&mut state, &interaction.id, &modal()), 40060);
    assert!(state.modals.is_empty());
    assert_eq!(code(&mut state, "1", &text("who?")), 10062);
}

#[test]
fn each_kind_takes_its_own_types() {
    let deferred_update = json!({"type": 6});
    let rows: &[(Kind, bool, Value, bool)] = &[
        (Kind::Command, false, modal(), true),
        (Kind::Command, false, deferred_update.clone(), false),
        (Kind::Command, false, json!({"type": 8, "data": {"choices": []}}), false),
        (Kind::Command, false, json!({"type": 1}), false),
        (Kind::Command, false, json!({}), false),
        (Kind::Click, true, deferred_update.clone(), true),
        (Kind::Click, true, modal(), true),
        (Kind::Submit, true, deferred_update.clone(), true),
        (Kind::Submit, false, deferred_update, false),
        (Kind::Submit, true, modal(), false),
        (Kind::Submit, false, text("done"), true),
        (Kind::Autocomplete, false, text("no"), false),
    ];
    for (kind, in_message, body, allowed) in rows {
        let fake = fake();
        let mut state = fake.state();
        let command = delivered(&mut state, Kind::Command, None);
        respond(&mut state, &command.id, &text("before"), &[]).unwrap();
        let source = in_message.then(|| state.messages[0].id.clone());
        let interaction = delivered(&mut state, *kind, source.as_deref());
        let taken = respond(&mut state, &interaction.id, body, &[]);
        assert_eq!(taken.is_ok(), *allowed, "{kind:?} {body}: {taken:?}");
    }
}

#[test]
fn the_first_response_has_three_seconds() {
    for (seconds, in_time) in [(2.9, true), (3.1, false)] {
        let fake = fake();
        let mut state = fake.state();
        let interaction = delivered(&mut state, Kind::Command, None);
        state.clock.advance(seconds);
        let taken = respond(&mut state, &interaction.id, &text("late?"), &[]);
        assert_eq!(taken.is_ok(), in_time, "{seconds}");
        if let Err(refusal) = taken {
            assert_eq!((refusal.status.as_u16(), refusal.code), (404, 10062));
        }
    }
}

#[test]
fn a_token_lives_fifteen_minutes() {
    let fake = fake();
    let mut state = fake.state();
    let application = state.settings.application_id.clone();
    let interaction = delivered(&mut state, Kind::Command, None);
    // Nothing can be followed up before it is answered.
    assert_eq!(alive(&state, &application, &interaction.token).unwrap_err().code, 10015);
    respond(&mut state, &interaction.id, &text("now"), &[]).unwrap();
    state.clock.advance(14.9 * 60.0);
    assert!(alive(&state, &application, &interaction.token).is_ok());
    assert_eq!(alive(&state, "1", &interaction.token).unwrap_err().code, 10015);
    state.clock.advance(12.0);
    let refusal = alive(&state, &application, &interaction.token).unwrap_err();
    assert_eq!((refusal.status.as_u16(), refusal.code), (401, 50027));
}

#[test]
fn a_deferral_fixes_who_sees_it() {
    for (deferred, sent, broken) in [(true, 64, 0), (true, 0, 1), (false, 64, 1), (false, 0, 0)] {
        let fake = fake();
        let mut state = fake.state();
        let interaction = delivered(&mut state, Kind::Command, None);
        respond(&mut state, &interaction.id, &defer(deferred), &[]).unwrap();
        let interaction = state.interactions[&interaction.id].clone();
        let body = message(json!({"content": "c", "flags": sent}))["data"].clone();
        let id = follow_up(&mut state, &interaction, &body, &[]).unwrap();
        assert_eq!(Some(&id), interaction.original.as_ref(), "it takes the deferral's place");
        assert_eq!(state.violations.len(), broken, "{:?}", state.violations);
        assert_eq!(state.message(&id).unwrap().ephemeral, deferred);
        // The next one is a message of its own, seen by whom it says.
        let next = follow_up(&mut state, &interaction, &body, &[]).unwrap();
        assert_ne!(next, id);
        assert_eq!(state.message(&next).unwrap().ephemeral, sent == 64);
    }
}

#[test]
fn an_edit_keeps_what_was_there() {
    let fake = fake();
    let mut state = fake.state();
    let interaction = delivered(&mut state, Kind::Command, None);
    respond(&mut state, &interaction.id, &message(json!({"content": "a", "embeds": [{"title": "t"}]})), &[])
        .unwrap();
    let interaction = state.interactions[&interaction.id].clone();
    let id = find(&state, &interaction, "@original").unwrap();
    edit(&mut state, &id, &text("b")["data"], &[]).unwrap();
    let message = state.message(&id).unwrap();
    assert_eq!(
        (message.said.content.as_str(), message.said.embeds.len(), message.history.len()),
        ("b", 1, 1)
    );
    assert_eq!(message.history[0].content, "a");
    let empty = json!({"content": "", "embeds": [], "allowed_mentions": {"parse": []}});
    assert_eq!(edit(&mut state, &id, &empty, &[]).unwrap_err().code, 50006);
}

#[test]
fn whoever_would_be_notified_is_noted() {
    let rows = [
        (json!({"parse": []}), 0),
        (json!({"parse": [], "users": [], "roles": []}), 0),
        (Value::Null, 1),
        (json!({}), 1),
        (json!({"parse": ["everyone"]}), 1),
        (json!({"parse": [], "users": ["1"]}), 1),
        (json!({"parse": [], "roles": ["1"]}), 1),
    ];
    for (allowed, noted) in rows {
        let fake = fake();
        let mut state = fake.state();
        let interaction = delivered(&mut state, Kind::Command, None);
        let body = json!({"type": 4, "data": {"content": "c", "allowed_mentions": allowed}});
        respond(&mut state, &interaction.id, &body, &[]).unwrap();
        assert_eq!(state.violations.len(), noted, "{allowed}");
    }
}
