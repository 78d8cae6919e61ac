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
    #[prop(into)]
    page: String,
    /// What follows, in a sentence.
    effect: &'static str,
    /// What the form's button says.
    decision: String,
    /// Nothing is lost by it: its button is not one of danger.
    #[prop(optional)]
    harmless: bool,
    /// What the form does where scripts run.
    decided: impl Fn() + Send + 'static,
    /// The form's hidden fields.
    children: Children,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        decided();
    };
    let button = if harmless { "button" } else { "button button--danger" };
    view! {
        <details class="confirm">
            <summary class="button button--quiet">{verb}<span class="hidden">{format!(" {what}")}</span></summary>
            <form method="post" action=page on:submit=submit>
                <Once/>
                {children()}
                <p>{effect}</p>
                <button class=button type="submit">{decision}</button>
            </form>
        </details>
    }
}
