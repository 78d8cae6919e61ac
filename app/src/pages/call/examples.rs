//! Examples of the method, kept on the server: filled in by a click, saved under a name.

use super::calling::Caller;
use super::events::kept;
use super::past::plain;
use super::request_of::{ACTION, EXAMPLE_NAME};
use super::session::Session;
use crate::api::call::{Listed, call_example, remove_example, save_example};
use crate::routes;
use crate::ui::icon::Icon;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::call::EXAMPLE_NAME_MAX;

/// The id of the field a new example's name is typed into.
const NAME_ID: &str = "example-name";

/// The examples, and the field that saves one more.
#[component]
pub(super) fn Examples(session: Session, caller: Caller) -> impl IntoView {
    let count = move || session.examples.with(Vec::len);
    view! {
        <details class="request__options examples">
            <summary>"Examples "<span class="count">{count}</span></summary>
            {move || (count() == 0).then(|| view! {
                <p class="answer__none">"None yet. Everyone who may see this service finds what is saved here."</p>
            })}
            <ul class="examples__list">
                <For each=move || session.examples.get() key=|example| example.id.clone() let(example)>
                    <Row session caller example/>
                </For>
            </ul>
            <div class="examples__save">
                <label class="field">
                    <span class="field__label">"Save the request as"</span>
                    <input type="text" id=NAME_ID name=EXAMPLE_NAME maxlength=EXAMPLE_NAME_MAX.to_string() placeholder="What it shows"
                        autocomplete="off"/>
                </label>
                <button class="button button--small" type="submit" name=ACTION value="save-example">"Save example"</button>
            </div>
            <p class="entry__help">"Masked fields and secret metadata are left out."</p>
        </details>
    }
}

#[component]
fn Row(session: Session, caller: Caller, example: Listed) -> impl IntoView {
    let subject = session.subject();
    let page = routes::method(&subject.service, &subject.url_name);
    let Listed { id, name, author, own } = example;
    let opening = id.clone();
    let open = move |event: MouseEvent| fill(session, caller, &event, opening.clone());
    let remove = own.then(|| {
        view! {
            <button class="button button--small button--quiet" type="submit" name=ACTION value=format!("remove-example:{id}")>
                <Icon name="close"/><span class="hidden">{format!("Remove example {name}")}</span>
            </button>
        }
    });
    view! {
        <li class="past__row">
            <a class="past__open" data-row="" href=routes::with_query(&page, &[("example", &id)]) on:click=open>
                <span>{name.clone()}</span>
                <span class="past__time">{format!("by {author}")}</span>
            </a>
            {remove}
        </li>
    }
}

/// Fills the request from an example; a click to a new tab is the browser's.
fn fill(session: Session, caller: Caller, event: &MouseEvent, id: String) {
    if !plain(event) {
        return;
    }
    event.prevent_default();
    let subject = session.subject();
    spawn_local(async move {
        match call_example(subject.service.clone(), subject.method.full_name(), id).await {
            Ok(filled) => session.fill(filled, None),
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}

/// Saves the request under the name that is typed.
pub(super) fn save(caller: Caller, session: Session) {
    let Some((target, messages)) = kept(caller, session) else { return };
    let Some(field) = field() else { return };
    let name = field.value();
    spawn_local(async move {
        match save_example(name.clone(), target, messages).await {
            Ok(examples) => {
                // The page may be gone by then.
                let _ = session.examples.try_set(examples);
                field.set_value("");
                caller.toasts().say(format!("Saved as “{}”", name.trim()));
            }
            Err(error) => {
                let _ = field.focus();
                caller.toasts().warn(error.0.message);
            }
        }
    });
}

fn field() -> Option<web_sys::HtmlInputElement> {
    use wasm_bindgen::JsCast as _;
    document().get_element_by_id(NAME_ID)?.dyn_into().ok()
}

/// Removes an example, and offers to save it again.
pub(super) fn remove(caller: Caller, session: Session, id: String) {
    let subject = session.subject();
    spawn_local(async move {
        let removed = remove_example(subject.service.clone(), subject.method.full_name(), id.clone()).await;
        match removed {
            Ok((name, target, messages)) => {
                let _ = session.examples.try_update(|examples| examples.retain(|one| one.id != id));
                let text = format!("The example “{name}” is removed");
                caller.toasts().offer(text, "Undo", move || {
                    let saving = save_example(name.clone(), target.clone(), messages.clone());
                    spawn_local(async move {
                        match saving.await {
                            Ok(examples) => drop(session.examples.try_set(examples)),
                            Err(error) => caller.toasts().warn(error.0.message),
                        }
                    });
                });
            }
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}
