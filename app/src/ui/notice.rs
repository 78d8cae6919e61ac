//! What a page shows instead of its content: nothing there, or something failed.

use super::icon::Icon;
use crate::{AppError, routes};
use leptos::prelude::*;
use micro_domain::Code;

/// An empty state: what is missing and what to do.
#[component]
pub(crate) fn Empty(
    /// Its icon.
    icon: &'static str,
    /// One line: what is missing.
    #[prop(into)]
    title: String,
    /// What to do about it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty__icon"><Icon name=icon/></span>
            <p class="empty__title">{title}</p>
            <div class="empty__body">{children()}</div>
        </div>
    }
}

/// What failed, whose side it is, and what to do.
#[component]
pub(crate) fn Failure(
    /// What failed.
    error: AppError,
    /// Where trying again leads: this page.
    #[prop(into)]
    retry: String,
) -> impl IntoView {
    let code = error.code();
    let signed_out = code == Code::Unauthenticated;
    let action = if signed_out {
        view! { <a class="button" href=routes::login(&retry) rel="external">"Sign in"</a> }
    } else {
        view! { <a class="button" href=retry rel="external">"Try again"</a> }
    };
    view! {
        <div class="failure" role="alert">
            <Icon name="status-failing"/>
            <div>
                <p class="failure__title">{error.0.message}</p>
                <p class="failure__meaning"><code>{code.name()}</code>" "{code.meaning()}</p>
                {action}
            </div>
        </div>
    }
}

/// Why what was asked for was not done; the rest of the page stays.
#[component]
pub(crate) fn Problem(
    /// What went wrong, and what to do.
    text: String,
) -> impl IntoView {
    view! {
        <div class="failure" role="alert">
            <Icon name="status-failing"/>
            <p class="failure__title">{text}</p>
        </div>
    }
}
