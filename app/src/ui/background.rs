//! Forms of few words, posted without leaving the page.

use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, UrlSearchParams};

/// Posts `body`, such as `theme=dark`, as the form at `path` would. What it changes is shown already; should it not
/// arrive, the next page shows it as it was.
pub(crate) fn post(path: &str, body: &str) {
    let Ok(fields) = UrlSearchParams::new_with_str(body) else { return };
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&fields);
    let sent = JsFuture::from(window().fetch_with_str_and_init(path, &request));
    spawn_local(async move {
        let _ = sent.await;
    });
}
