//! A URL that leads nowhere.

use crate::{api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use micro_domain::Code;

/// The page for URLs that lead nowhere.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    page::set_status(Code::NotFound);
    view! {
        <Title text="Not found"/>
        <div class="page">
            <h1 tabindex="-1">"There is no such page"</h1>
            <p>"The address may be mistyped, or what was here is gone."</p>
            <p class="actions">
                <a class="button" href=routes::SERVICES>"All services"</a>
                <a class="button button--quiet" href=routes::HOME>"Home"</a>
            </p>
        </div>
    }
    .into_any()
}
