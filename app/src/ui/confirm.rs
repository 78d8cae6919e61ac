//! A question before what cannot be taken back. It works without scripts: the button opens it, and a form answers it.

use super::once::Once;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The button, and behind it what follows and the form that does it.
#[component]
pub(crate) fn Confirm(
    /// What the button says: `Revoke`.
    verb: &'static str,
    /// What is meant, for those who do not see where the button stands.
    what: String,
    /// Where the form is posted without scripts: this page.
    page: &'static str,
    /// What follows, in a sentence.
    effect: &'static str,
    /// What the form's button says.
    decision: String,
    /// What the form does where scripts run.
    decided: impl Fn() + Send + 'static,
    /// The form's hidden fields.
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        decided();
    };
    view! {
        <details class="confirm">
            <summary class="button button--quiet">{verb}<span class="hidden">{format!(" {what}")}</span></summary>
            <form method="post" action=page on:submit=submit>
                <Once/>
                {children()}
                <p>{effect}</p>
                <button class="button button--danger" type="submit">{decision}</button>
            </form>
        </details>
    }
}
