//! Copying a text with one click.

use super::icon::Icon;
use super::toast::Toasts;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::Reflect;

/// A button that copies `text`; it appears once scripts run.
#[component]
pub(crate) fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What it is, for its name: "Copy NAME".
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            if write(&text).await {
                toasts.say("Copied")
            } else {
                toasts.warn("The browser did not allow copying")
            }
        });
    };
    let label = format!("Copy {name}");
    view! {
        <button type="button" class="copy needs-script" aria-label=label.clone() title=label on:click=copy>
            <Icon name="copy"/>
        </button>
    }
}

/// Writes to the clipboard; false where the browser has none, as over plain http from afar, or refuses.
async fn write(text: &str) -> bool {
    let navigator = window().navigator();
    let present =
        Reflect::get(&navigator, &JsValue::from_str("clipboard")).is_ok_and(|found| found.is_object());
    if !present {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
