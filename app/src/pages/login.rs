//! Signing in, with a name and a password or with a link that was printed: opening it shows one button and spends nothing.

use crate::routes::Refusal as Reason;
use crate::ui::field::{Field, Purpose};
use crate::ui::gate::{Gate, Refusal};
use crate::ui::once::Once;
use crate::{api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The sign-in page.
#[component]
pub(crate) fn LoginPage() -> impl IntoView {
    page::no_store();
    let query = use_query_map();
    let value = move |key| query.with_untracked(|query| query.get(key)).unwrap_or_default();
    let (code, next, error) = (value("code"), value("next"), value("error"));
    let next = routes::local_path(&next).unwrap_or(routes::HOME).to_owned();
    let refused = (!error.is_empty()).then(|| view! { <Refusal text=explained(Reason::from_word(&error))/> });
    let body = if code.is_empty() {
        view! { <PasswordForm name=value("name") next/>{help()} }.into_any()
    } else {
        view! { <LinkForm code next/> }.into_any()
    };
    view! {
        <Title text="Sign in"/>
        <Gate>
            <h1 tabindex="-1">"Sign in"</h1>
            {refused}
            {body}
        </Gate>
    }
    .into_any()
}

/// The reason in words. An unknown account and a wrong password read alike.
const fn explained(reason: Reason) -> &'static str {
    match reason {
        Reason::Link => {
            "This link is no sign-in link, was used already or has expired. Links work once, for 15 minutes."
        }
        Reason::Password => "Account and password do not fit together. Check both and try again.",
        Reason::Busy => "Too many attempts to sign in failed. Wait some minutes and try again.",
        Reason::Server => "Signing in failed. Try again, or get a new link.",
    }
}

#[component]
fn PasswordForm(name: String, next: String) -> impl IntoView {
    view! {
        <form method="post" action=routes::LOGIN class="gate__form">
            <Once/>
            <input type="hidden" name="next" value=next/>
            <Field name="name" label="Account name or address" purpose=Purpose::Account value=name/>
            <Field name="password" label="Password" purpose=Purpose::Password/>
            <button class="button button--primary" type="submit">"Sign in"</button>
        </form>
    }
}

#[component]
fn LinkForm(code: String, next: String) -> impl IntoView {
    view! {
        <p>"This link signs this browser in to Micro."</p>
        <form method="post" action=routes::LOGIN class="gate__form">
            <Once/>
            <input type="hidden" name="code" value=code/>
            <input type="hidden" name="next" value=next/>
            <button class="button button--primary" type="submit">"Sign in"</button>
        </form>
    }
}

fn help() -> impl IntoView {
    view! {
        <h2>"Without a password"</h2>
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
