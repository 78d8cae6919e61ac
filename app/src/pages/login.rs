//! Signing in with a link that was printed: opening it shows one button and spends nothing.

use crate::ui::icon::Icon;
use crate::ui::once::Once;
use crate::{api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The value of `error` for a link that is unknown, used or expired.
const BAD_CODE: &str = "code";
/// The value of `error` when too many attempts failed.
const BUSY: &str = "busy";

/// The sign-in page.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    page::no_store();
    let query = use_query_map();
    let value = move |key| query.with_untracked(|query| query.get(key)).unwrap_or_default();
    let (code, next, error) = (value("code"), value("next"), value("error"));
    let next = routes::local_path(&next).unwrap_or(routes::HOME).to_owned();
    let refused = (!error.is_empty()).then(|| view! { <Refused reason=error/> });
    let body = if code.is_empty() { help().into_any() } else { form(code, next).into_any() };
    view! {
        <Title text="Sign in"/>
        <div class="login">
            <p class="login__brand"><Icon name="logo"/>"Micro"</p>
            <h1 tabindex="-1">"Sign in"</h1>
            {refused}
            {body}
        </div>
    }
    .into_any()
}

#[component]
fn Refused(reason: String) -> impl IntoView {
    let text = match reason.as_str() {
        BAD_CODE => {
            "This link is no sign-in link, was used already or has expired. Links work once, for 15 minutes."
        }
        BUSY => "Too many attempts to sign in failed. Wait some minutes and try again.",
        _ => "Signing in failed. Try again, or get a new link.",
    };
    view! { <p class="login__error" role="alert"><Icon name="status-failing"/>{text}</p> }
}

fn form(code: String, next: String) -> impl IntoView {
    view! {
        <p>"This link signs this browser in to Micro."</p>
        <form method="post" action=routes::LOGIN class="login__form">
            <Once/>
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="next" value=next/>
            <button class="button button--primary" type="submit">"Sign in"</button>
        </form>
    }
}

fn help() -> impl IntoView {
    view! {
        <p>"A link signs you in. Get one in either of two ways:"</p>
        <ul class="login__ways">
            <li>
                "On the machine that runs Micro, type "
                <code class="command">"micro login --browser"</code>
            </li>
            <li>"Or open the link Micro printed when it started, within 15 minutes."</li>
        </ul>
    }
}
