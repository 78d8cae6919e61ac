//! What makes a form act once, however often it is sent.

use leptos::prelude::*;

/// The name of the hidden field. No field's path in a request begins with a colon.
pub const ONCE: &str = ":once";

/// The key of a form, in every form that is posted: the server answers the same form, sent again, with the first answer.
///
/// Where scripts run they send what the form says themselves, and not again while the first is on its way.
#[component]
pub(crate) fn Once() -> impl IntoView {
    view! { <input type="hidden" name=ONCE value=key()/> }
}

#[cfg(feature = "ssr")]
fn key() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(not(feature = "ssr"))]
const fn key() -> &'static str {
    ""
}
