//! One handler each for typing, changing and pressing buttons: a control's name says what it means, with scripts as
//! without.

use super::calling::Caller;
use super::examples;
use super::request_of as names;
use super::session::Session;
use crate::api::call::{View, share_call};
use crate::ui::time::now_ms;
use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::call::{Metadata, Target};
use micro_domain::form::{BytesFormat, Edit, json, path, type_url};
use micro_domain::snippet::sample;
use micro_domain::when;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{FileReader, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

/// The mark of a file chosen for bytes.
pub(super) const FILE: &str = "file";
/// The mark of the chooser that adds a path to a mask.
pub(super) const PICK: &str = "pick";
/// The mark of the button that sets a time to now.
pub(super) const NOW: &str = "now";

/// A control as an event found it.
struct Control {
    name: String,
    value: String,
    checked: bool,
    kind: String,
    input: Option<HtmlInputElement>,
}

fn control(event: &Event) -> Option<Control> {
    let target = event.target()?;
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        let (name, value) = (input.name(), input.value());
        return Some(Control {
            name,
            value,
            checked: input.checked(),
            kind: input.type_(),
            input: Some(input.clone()),
        });
    }
    let (name, value) = match target.dyn_ref::<HtmlTextAreaElement>() {
        Some(area) => (area.name(), area.value()),
        None => target.dyn_ref::<HtmlSelectElement>().map(|select| (select.name(), select.value()))?,
    };
    Some(Control { name, value, checked: false, kind: String::new(), input: None })
}

/// Takes typing.
pub(super) fn typed(session: Session, event: &Event) {
    let Some(control) = control(event) else { return };
    if matches!(control.kind.as_str(), "checkbox" | "radio" | "file") {
        return;
    }
    if control.name.starts_with(':') {
        return own(session, &control);
    }
    match path::split_mark(&control.name) {
        (at, None) => text(session, at, &control.value),
        (at, Some(path::KEY)) => {
            session.edit(|form, schema| form.set_key(schema, at, &control.value));
        }
        _ => {}
    }
}

/// Types a value; where that sets or unsets it, its checkbox is drawn again.
fn text(session: Session, at: &str, value: &str) {
    let before = session.presence();
    session.edit(|form, schema| form.set_text(schema, at, value));
    if session.presence() != before {
        session.redraw();
    }
}

/// Takes choices: they may change which inputs there are.
pub(super) fn changed(session: Session, event: &Event) {
    let Some(control) = control(event) else { return };
    if control.name == names::CONFIRMED {
        return session.confirmed.set(control.checked);
    }
    let (at, mark) = path::split_mark(&control.name);
    match mark {
        None if control.kind == "checkbox" => {
            session.edit(|form, schema| form.set_text(schema, at, if control.checked { "true" } else { "" }));
        }
        Some(path::SET) => {
            session.reshape(|form, schema| form.set_present(schema, at, control.checked));
        }
        Some(path::FORMAT) => {
            let format = if control.value == "base64" { BytesFormat::Base64 } else { BytesFormat::Text };
            session.edit(|form, schema| form.set_format(schema, at, format));
            // Drawn even if it could not be: the chooser goes back.
            session.redraw();
        }
        Some(path::TYPE) => {
            session.open(at);
            session.reshape(|form, schema| form.set_type(schema, at, &type_url(&control.value)));
        }
        Some(path::CHOICE) => choose(session, at, &control.value),
        Some(PICK) if !control.value.is_empty() => session.reshape(|form, schema| {
            let masks = form.text_at(schema, at);
            let joined =
                if masks.is_empty() { control.value.clone() } else { format!("{masks},{}", control.value) };
            form.set_text(schema, at, &joined)
        }),
        Some(FILE) => {
            if let Some(input) = control.input {
                read_file(session, at.to_owned(), &input);
            }
        }
        _ => {}
    }
}

fn choose(session: Session, at: &str, choice: &str) {
    let (parent, oneof) = at.rsplit_once('.').unwrap_or(("", at));
    let member = path::join(parent, choice);
    session.open(&member);
    session.reshape(|form, schema| {
        let Some(index) = form.oneof_at(schema, parent, oneof) else { return false };
        form.choose(schema, parent, index, Some(member.as_str()).filter(|_| !choice.is_empty()))
    });
}

/// Takes a file's content as the bytes.
fn read_file(session: Session, at: String, input: &HtmlInputElement) {
    let file = input.files().and_then(|files| files.get(0));
    let (Some(file), Ok(reader)) = (file, FileReader::new()) else { return };
    let done = reader.clone();
    let loaded = Closure::once_into_js(move || {
        // `data:TYPE;base64,CONTENT`, and `data:` alone for an empty file.
        let url = done.result().ok().and_then(|result| result.as_string()).unwrap_or_default();
        let content = url.split_once(',').map(|(_, content)| content.to_owned()).unwrap_or_default();
        session.reshape(|form, schema| form.set_content(schema, &at, content));
    });
    reader.set_onload(Some(loaded.unchecked_ref()));
    let _ = reader.read_as_data_url(&file);
}

/// Takes typing in the page's own controls.
fn own(session: Session, control: &Control) {
    let row =
        |prefix: &str| control.name.strip_prefix(prefix)?.trim_matches(['[', ']']).parse::<usize>().ok();
    match control.name.as_str() {
        names::JSON => session.type_json(control.value.clone()),
        names::DEADLINE => session.deadline.set(control.value.clone()),
        names::VERSION => session.version.set(control.value.clone()),
        names::INSTANCE => session.instance.set(control.value.clone()),
        names::CALLER => session.caller.set(names::caller(&control.value)),
        names::REPEAT => session.repeat.set(control.value.clone()),
        names::EXAMPLE_NAME => {}
        _ => session.metadata.update(|rows| {
            if let Some(row) = row(names::METADATA_NAME).and_then(|row| rows.get_mut(row)) {
                row.name.clone_from(&control.value);
            } else if let Some(row) = row(names::METADATA_VALUE).and_then(|row| rows.get_mut(row)) {
                row.value.clone_from(&control.value);
            }
        }),
    }
}

/// Takes a pressed button. Enter in a field presses the first button, which does nothing.
pub(super) fn pressed(caller: Caller, session: Session, event: &SubmitEvent) {
    event.prevent_default();
    let button = event.submitter();
    let attribute =
        |name: &str| button.as_ref().and_then(|button| button.get_attribute(name)).unwrap_or_default();
    let (name, value) = (attribute("name"), attribute("value"));
    if name == names::ACTION { act(caller, session, &value) } else { reshape(session, &name) }
}

fn reshape(session: Session, name: &str) {
    if let (at, Some(NOW)) = path::split_mark(name) {
        let now = when::iso(now_ms());
        return session.reshape(|form, schema| form.set_text(schema, at, &now));
    }
    let Some(edit) = Edit::parse(name) else { return };
    if let Edit::Add(at) = &edit {
        session.open(at);
        if let Some(row) = session.next_row(at) {
            session.open(&row);
            focus_below(row);
        } else {
            focus_below(at.clone());
        }
    }
    session.reshape(|form, schema| form.apply(schema, &edit));
}

/// Focuses the first control of what was just added.
fn focus_below(at: String) {
    request_animation_frame(move || {
        request_animation_frame(move || {
            crate::ui::shortcut_sheet::focus_first(&format!(
                "[id^=\"f-{at}\"]:is(input, textarea, select, summary)"
            ));
        });
    });
}

fn act(caller: Caller, session: Session, action: &str) {
    match action {
        "call" => caller.call(),
        "send" => caller.send(),
        "half-close" => caller.half_close(),
        "cancel" => {
            caller.cancel();
        }
        "view:form" => {
            if session.json_problem.with_untracked(Option::is_none) {
                session.view.set(View::Form);
            } else {
                crate::ui::shortcut_sheet::focus_first("#request-json");
            }
        }
        "view:json" => session.view.set(View::Json),
        "sample" => {
            let subject = session.subject();
            session.type_json(json::pretty(&sample(&subject.schema, &subject.method.input).to_string()));
        }
        "reset" => session.type_json("{}".to_owned()),
        "add-metadata" => {
            session.metadata.update(|rows| rows.push(Metadata { name: String::new(), value: String::new() }));
            let row = session.metadata.with_untracked(Vec::len).saturating_sub(1);
            request_animation_frame(move || {
                crate::ui::shortcut_sheet::focus_first(&format!("#metadata-name-{row}"));
            });
        }
        "share" => share(caller, session),
        "save-example" => examples::save(caller, session),
        other => {
            if let Some(id) = other.strip_prefix("remove-example:") {
                return examples::remove(caller, session, id.to_owned());
            }
            let row = other.strip_prefix("remove-metadata:").and_then(|row| row.parse::<usize>().ok());
            session.metadata.update(|rows| {
                if let Some(row) = row.filter(|row| *row < rows.len()) {
                    rows.remove(row);
                }
            });
        }
    }
}

/// The call as it is filled in, to be kept; none where it is wrong, which is said.
pub(super) fn kept(caller: Caller, session: Session) -> Option<(Target, Vec<String>)> {
    let subject = session.subject();
    let target = names::target(&subject.service, &subject.method, &session.filled());
    let messages = json::split(&session.json.get_untracked());
    match (target, messages) {
        (Ok(target), Ok(messages)) => return Some((target, messages)),
        (Err(error), _) => caller.toasts().warn(error.message),
        (_, Err(error)) => caller.toasts().warn(format!("The request is no JSON. {error}")),
    }
    None
}

fn share(caller: Caller, session: Session) {
    let Some((target, messages)) = kept(caller, session) else { return };
    spawn_local(async move {
        match share_call(target, messages).await {
            Ok(id) => {
                let _ = session.shared.try_set(Some(id));
                crate::ui::shortcut_sheet::focus_first("#shared");
            }
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}
