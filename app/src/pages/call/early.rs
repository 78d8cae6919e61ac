//! What was filled in while the page's scripts were still on their way: the form was the browser's until then.

use super::session::Session;
use crate::api::call::{Filled, read};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{FormData, HtmlFormElement, js_sys};

/// The id of the request's form.
pub(super) const FORM_ID: &str = "request";

/// Takes what was filled in early into the session, once its form is drawn.
pub(super) fn adopt(session: Session) {
    // Read now: drawing sets each control to what the server knew.
    if let Some(filled) = found() {
        Effect::new(move || session.adopt(filled.clone()));
    }
}

/// What is in the form the server drew; none where the browser draws it, coming from another page.
fn found() -> Option<Filled> {
    if !Owner::current_shared_context()?.during_hydration() {
        return None;
    }
    let form = document().get_element_by_id(FORM_ID)?.dyn_into::<HtmlFormElement>().ok()?;
    let entries = js_sys::try_iter(&FormData::new_with_form(&form).ok()?.into()).ok()??;
    let pairs = entries.filter_map(|entry| {
        let pair = entry.ok()?.dyn_into::<js_sys::Array>().ok()?;
        // A file is none of them: it is read when it is chosen.
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    });
    Some(read::filled(&pairs.collect::<Vec<_>>()))
}
