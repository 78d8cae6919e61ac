//! Icons, from the one sprite.

use crate::Facts;
use leptos::prelude::*;

/// The icon `name` of the sprite; decoration, so always beside a word or in a named control.
#[component]
pub(crate) fn Icon(
    /// Its symbol's id.
    name: &'static str,
) -> impl IntoView {
    let sprite = expect_context::<Facts>().sprite;
    view! {
        <svg class="icon" aria-hidden="true" width="16" height="16">
            <use href=format!("{sprite}#{name}")></use>
        </svg>
    }
}
