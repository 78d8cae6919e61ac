//! Keys at work: the binding, and the sheet that lists them.

use super::frame::{PALETTE_ID, SEARCH_ID, SHEET_ID};
use super::icon::Icon;
use super::shortcut::{self, Action, Outcome, Press};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlDialogElement, HtmlElement};

/// Within what time the second key of a sequence counts, in milliseconds.
const SEQUENCE_MS: f64 = 1_500.0;
/// Where the browser remembers that shortcuts without Ctrl are off.
const SINGLES_KEY: &str = "single-key-shortcuts";
/// The value that means off.
const OFF: &str = "off";
/// What `j` and `k` step through.
const ROWS: &str = "main [data-row]";

/// Shortcuts without Ctrl are on; the reader can switch them off.
fn singles() -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.and_then(|storage| storage.get_item(SINGLES_KEY).ok().flatten()).as_deref() != Some(OFF)
}

fn set_singles(on: bool) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        // A full or forbidden storage only forgets the choice.
        let _ = if on { storage.remove_item(SINGLES_KEY) } else { storage.set_item(SINGLES_KEY, OFF) };
    }
}

/// Binds the keys.
#[component]
pub(crate) fn ShortcutKeys() -> impl IntoView {
    let navigate = use_navigate();
    let before = StoredValue::new(None::<(String, f64)>);
    Effect::new(move || {
        let navigate = navigate.clone();
        let listener = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            if event.alt_key() || event.default_prevented() {
                return;
            }
            let now = event.time_stamp();
            let recent = before.get_value().filter(|(_, at)| now - at < SEQUENCE_MS).map(|(key, _)| key);
            let key = event.key();
            let control = event.ctrl_key() || event.meta_key();
            let press = Press { key: &key, control, typing: typing(), singles: singles() };
            let outcome = shortcut::press(recent.as_deref(), press);
            before.set_value((outcome == Outcome::Begun).then(|| (key.clone(), now)));
            if let Outcome::Do(action) = outcome {
                event.prevent_default();
                act(action, |url| navigate(url, NavigateOptions::default()));
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Whether the focus is where keys are text, or a dialog is open.
fn typing() -> bool {
    let dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
    let field = document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.has_attribute("contenteditable")
    });
    dialog || field
}

fn act(action: Action, go: impl Fn(&str)) {
    match action {
        Action::Palette => open_dialog(PALETTE_ID),
        Action::Sheet => open_dialog(SHEET_ID),
        Action::Search => {
            focus_first(&format!("#{SEARCH_ID}"));
        }
        Action::NextRow => step(1),
        Action::PreviousRow => step(-1),
        Action::Go(url) => go(url),
    }
}

/// Focuses the row after or before the focused one.
fn step(by: i32) {
    let Ok(rows) = document().query_selector_all(ROWS) else { return };
    let rows: Vec<HtmlElement> =
        (0..rows.length()).filter_map(|index| rows.item(index)?.dyn_into().ok()).collect();
    let active = document().active_element();
    let current = rows.iter().position(|row| active.as_ref() == Some(row.as_ref()));
    let next = match current {
        None => 0,
        Some(current) if by < 0 => current.saturating_sub(1),
        Some(current) => current + 1,
    };
    if let Some(row) = rows.get(next) {
        let _ = row.focus();
    }
}

/// Opens the dialog with this id; its first field gets the focus.
pub(crate) fn open_dialog(id: &str) {
    let dialog =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
        let _ = dialog.show_modal();
    }
}

/// Closes the dialog with this id; the focus returns to where it was.
pub(crate) fn close_dialog(id: &str) {
    if let Some(dialog) =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok())
    {
        dialog.close();
    }
}

/// Closes the popover with this id, if it is open.
pub(crate) fn close_popover(id: &str) {
    if let Some(popover) =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        // Fails when it is not open, which is as well.
        let _ = popover.hide_popover();
    }
}

/// Focuses the first element `selector` finds; false where there is none.
pub(crate) fn focus_first(selector: &str) -> bool {
    let found = document().query_selector(selector).ok().flatten();
    let element = found.and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// The list of all keys.
#[component]
pub(crate) fn ShortcutSheet() -> impl IntoView {
    let rows = shortcut::all().map(|shortcut| {
        view! {
            <div class="shortcuts__row">
                <dt>{shortcut.title}</dt>
                <dd><kbd>{shortcut::label(&shortcut)}</kbd></dd>
            </div>
        }
    });
    let on = RwSignal::new(true);
    Effect::new(move || on.set(singles()));
    let toggle = move |event| {
        let checked = event_target_checked(&event);
        on.set(checked);
        set_singles(checked);
    };
    view! {
        <dialog id=SHEET_ID class="dialog" aria-labelledby="shortcuts-title" closedby="any">
            <div class="dialog__head">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <button type="button" class="button button--quiet" aria-label="Close" on:click=move |_| close_dialog(SHEET_ID)>
                    <Icon name="close"/>
                </button>
            </div>
            <dl class="shortcuts">{rows.collect_view()}</dl>
            <label class="check">
                <input type="checkbox" prop:checked=on on:change=toggle/>
                "Shortcuts without Ctrl"
            </label>
        </dialog>
    }
}
