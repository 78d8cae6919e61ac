//! The reader's past calls of the method, kept on the server.

use super::calling::Caller;
use super::comparison;
use super::request_of::ACTION;
use super::session::Session;
use crate::api::call::{Past, call_record, forget_calls};
use crate::routes;
use crate::ui::icon::Icon;
use crate::ui::once::Once;
use crate::ui::status::{StatusLabel, of_code};
use crate::ui::time::Moment;
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::when;

/// The history panel.
#[component]
pub(super) fn History(session: Session, caller: Caller) -> impl IntoView {
    let empty = move || session.history.with(Vec::is_empty);
    view! {
        <section class="past" aria-labelledby="past-title">
            <div class="past__head">
                <h2 class="panes__title" id="past-title">"History"</h2>
                {move || (!empty()).then(|| view! { <ForgetAll session caller/> })}
            </div>
            {move || empty().then(|| view! { <p class="answer__none">"Your calls of this method appear here."</p> })}
            <ul class="past__list">
                <For each=move || session.history.get() key=|past| past.id.clone() let(past)>
                    <Row session caller past/>
                </For>
            </ul>
        </section>
    }
}

#[component]
fn Row(session: Session, caller: Caller, past: Past) -> impl IntoView {
    let page = page(session);
    let url = routes::with_query(&page, &[("history", &past.id)]);
    let (opening, replaying, forgetting) = (past.id.clone(), past.id.clone(), past.id.clone());
    let open = move |event: MouseEvent| fill(session, caller, event, opening.clone(), false);
    let replay = move |event: MouseEvent| fill(session, caller, event, replaying.clone(), true);
    let forget = move |event: SubmitEvent| {
        event.prevent_default();
        forget(session, caller, Some(forgetting.clone()));
    };
    let (other, compared_page) = (past.id.clone(), page.clone());
    // Only beside another answer.
    let compare = move || {
        let shown = session.shown_record().filter(|shown| *shown != other)?;
        let url = routes::with_query(&compared_page, &[("history", &shown), ("compare", &other)]);
        let other = other.clone();
        let compare = move |event: MouseEvent| {
            if plain(&event) {
                event.prevent_default();
                comparison::compare(session, caller, shown.clone(), other.clone());
            }
        };
        Some(view! { <a class="button button--small button--quiet" href=url on:click=compare>"Compare"</a> })
    };
    view! {
        <li class="past__row">
            <a class="past__open" data-row="" href=url.clone() on:click=open>
                <StatusLabel tone=of_code(past.code)/>
                <span class="past__time"><Moment at_ms=past.at_ms/></span>
                <span class="past__latency">{when::duration(past.duration_us)}</span>
            </a>
            {compare}
            <a class="button button--small button--quiet" href=url title="Replay" on:click=replay>
                <Icon name="replay"/><span class="hidden">"Replay"</span>
            </a>
            <form method="post" action=page on:submit=forget>
                <Once/>
                <button class="button button--small button--quiet" type="submit" name=ACTION value=format!("forget:{}", past.id)>
                    <Icon name="close"/><span class="hidden">"Forget this call"</span>
                </button>
            </form>
        </li>
    }
}

#[component]
fn ForgetAll(session: Session, caller: Caller) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        forget(session, caller, None);
    };
    view! {
        <details class="confirm">
            <summary class="button button--small button--quiet">"Forget all"</summary>
            <form method="post" action=page(session) on:submit=submit>
                <Once/>
                <p>"This forgets your calls of every service."</p>
                <button class="button button--danger" type="submit" name=ACTION value="forget:all">"Forget all calls"</button>
            </form>
        </details>
    }
}

fn page(session: Session) -> String {
    let subject = session.subject();
    routes::method(&subject.service, &subject.url_name)
}

/// A click that is not to a new tab or window.
pub(super) fn plain(event: &MouseEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.shift_key()) && event.button() == 0
}

/// Fills the request from a past call, and sends it again if that was asked for; a click to a new tab is the browser's.
fn fill(session: Session, caller: Caller, event: MouseEvent, id: String, send: bool) {
    if !plain(&event) {
        return;
    }
    event.prevent_default();
    spawn_local(async move {
        match call_record(id).await {
            Ok((filled, outcome)) => {
                session.fill(filled, Some(outcome));
                if send {
                    caller.call();
                }
            }
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}

fn forget(session: Session, caller: Caller, id: Option<String>) {
    spawn_local(async move {
        match forget_calls(id.clone()).await {
            Ok(count) => {
                session
                    .history
                    .update(|history| history.retain(|past| id.as_ref().is_some_and(|id| past.id != *id)));
                caller.toasts().say(if count == 1 {
                    "One call is forgotten".to_owned()
                } else {
                    format!("{count} calls are forgotten")
                });
            }
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}
