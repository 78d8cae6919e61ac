//! The page of one method: fill in a request, send it, read the answer, come back to it later.

mod answer;
mod calling;
mod comparison;
pub(crate) mod deadline;
mod details;
mod early;
mod events;
mod examples;
mod form;
mod log;
mod past;
mod request;
pub(crate) mod request_of;
mod session;
mod share;
mod socket;
mod stream;
mod timing;
mod tree;

use crate::api::call::{Asked, Found, Prepared, View, call_page};
use crate::api::page::set_status;
use crate::routes;
use crate::ui::notice::{Empty, Failure};
use calling::Caller;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use micro_domain::Code;
use micro_domain::schema::Method;
use session::{Phase, Session};

/// The page of one method.
#[component]
pub(crate) fn CallPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let asked = Memo::new(move |_| {
        let param = |key| params.with(|params| params.get(key)).unwrap_or_default();
        let get = |key| query.with(|query| query.get(key)).unwrap_or_default();
        Asked {
            service: param("name"),
            method: param("method"),
            version: get("version"),
            instance: get("instance"),
            draft: get("draft"),
            history: get("history"),
            example: get("example"),
            compare: get("compare"),
            view: View::from_word(&get("view")),
        }
    });
    let fetched = Resource::new_blocking(move || asked.get(), call_page);
    let name = move || asked.with(|asked| asked.service.clone());
    view! {
        <Title text=move || asked.with(|asked| format!("{} of {}", asked.method, asked.service))/>
        <div class="page page--full call">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href=routes::SERVICES>"Services"</a>
                <span aria-hidden="true">" / "</span>
                <a href=move || routes::service(&name())>{name}</a>
            </nav>
            <Transition fallback=|| view! { <p role="status">"Loading the method"</p> }>
                {move || Suspend::new(async move {
                    let found = fetched.await;
                    let asked = asked.get_untracked();
                    match found {
                        Ok(found) => shown(found, &asked),
                        Err(error) => {
                            set_status(error.code());
                            let retry = routes::method(&asked.service, &asked.method);
                            view! { <h1 tabindex="-1">{asked.method}</h1><Failure error retry/> }.into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

fn shown(found: Found, asked: &Asked) -> AnyView {
    match found {
        Found::Method(prepared) => view! { <Panes prepared=*prepared/> }.into_any(),
        Found::NoService(nearest) => {
            let near = nearest.map(|name| (routes::service(&name), name)).into_iter().collect();
            missing(
                format!("There is no service called “{}”.", asked.service),
                near,
                routes::SERVICES.to_owned(),
            )
        }
        Found::NoMethod(near) => {
            let text = match near.as_slice() {
                [_, _, ..] => {
                    format!("Several gRPC services of {} have a method “{}”.", asked.service, asked.method)
                }
                _ => format!("{} has no method “{}”.", asked.service, asked.method),
            };
            let near = near.into_iter().map(|name| (routes::method(&asked.service, &name), name)).collect();
            missing(text, near, routes::service(&asked.service))
        }
        Found::Undescribed(error) => {
            set_status(error.code());
            let instances = routes::service_tab(&asked.service, "instances");
            view! {
                <h1 tabindex="-1">{asked.method.clone()}</h1>
                <Empty icon="status-unknown" title="What this service offers is not known yet">
                    <p>{error.0.message}</p>
                    <a class="button" href=instances>"See its instances"</a>
                </Empty>
            }
            .into_any()
        }
    }
}

/// Nothing here; what may have been meant.
fn missing(text: String, near: Vec<(String, String)>, all: String) -> AnyView {
    set_status(Code::NotFound);
    let question = if near.len() > 1 { "Which one do you mean?" } else { "Did you mean this one?" };
    let meant = (!near.is_empty()).then(|| {
        let links = near.into_iter().map(|(url, name)| view! { <li><a href=url>{name}</a></li> });
        view! { <p>{question}</p><ul class="missing__list">{links.collect_view()}</ul> }
    });
    view! {
        <div class="missing">
            <h1 tabindex="-1">{text}</h1>
            {meant}
            <p class="actions"><a class="button" href=all>"See all there are"</a></p>
        </div>
    }
    .into_any()
}

#[component]
fn Panes(prepared: Prepared) -> impl IntoView {
    let session = Session::new(&prepared);
    early::adopt(session);
    let caller = Caller::new(session);
    on_cleanup(move || session.socket.dispose());
    keys(caller, session);
    let Prepared { service, method, tree, tree_omitted, url_name, tokens, problem, .. } = prepared;
    let failure = problem.map(|error| {
        view! { <Failure error retry=routes::method(&service.name, &url_name)/> }
    });
    view! {
        <Head method=method.clone()/>
        {failure}
        <div class="panes">
            <tree::Tree service=service.name.clone() current=method.full_name() tree omitted=tree_omitted/>
            <request::Request session caller service=service.clone() tokens/>
            <div class="panes__pane">
                <answer::AnswerPane session caller/>
                <past::History session caller/>
            </div>
        </div>
        <request::Confirm session caller/>
    }
}

#[component]
fn Head(method: Method) -> impl IntoView {
    let kind = match (method.client_streaming, method.server_streaming) {
        (false, false) => "unary",
        (true, false) => "client stream",
        (false, true) => "server stream",
        (true, true) => "both stream",
    };
    let effect = if method.read_only { "read only" } else { "changes data" };
    let class = if method.read_only { "tag" } else { "tag tag--warn" };
    let old = method.deprecated.then(|| view! { <span class="tag">"deprecated"</span> });
    let comment = method.comment.trim().to_owned();
    let comment = (!comment.is_empty()).then(|| view! { <p class="comment">{comment}</p> });
    view! {
        <div class="call__head">
            <h1 tabindex="-1">{method.name.clone()}</h1>
            <span class="tag">{kind}</span>
            <span class=class>{effect}</span>
            {old}
            <code class="call__service">{method.service.clone()}</code>
        </div>
        {comment}
    }
}

/// Ctrl or ⌘ with Enter sends, Esc ends what is under way.
fn keys(caller: Caller, session: Session) {
    Effect::new(move || {
        let listener = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            let key = event.key();
            let dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
            if dialog || event.alt_key() || event.default_prevented() {
                return;
            }
            if key == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                if session.phase.get_untracked() == Phase::Open { caller.send() } else { caller.call() }
            } else if key == "Escape" && caller.cancel() {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}
