//! The card that readers who are not signed in see.

use super::icon::Icon;
use leptos::prelude::*;

/// A card under Micro's name.
#[component]
pub(crate) fn Gate(
    /// What is on it; its headline first.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="gate__card">
            <p class="gate__brand"><Icon name="logo"/>"Micro"</p>
            {children()}
        </div>
    }
}

/// What went wrong with the form below.
#[component]
pub(crate) fn Refusal(
    /// What, and what to do.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <p class="gate__error" role="alert"><Icon name="status-failing"/>{text}</p> }
}
