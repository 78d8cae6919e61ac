//! The request pane: form or JSON, metadata, deadline, where to, and the buttons that send.

use super::calling::{CONFIRM_ID, Caller};
use super::request_of::{self as names, Unready};
use super::session::{Phase, Session};
use super::{events, examples, form, share};
use crate::api::call::{Source, View};
use crate::routes;
use crate::ui::icon::Icon;
use crate::ui::once::Once;
use crate::ui::shortcut_sheet::close_dialog;
use crate::ui::textarea::TextArea;
use crate::ui::time::Moment;
use leptos::prelude::*;
use micro_domain::call::{Caller as DomainCaller, REPEAT_MAX};
use micro_domain::catalog::Service;
use micro_domain::form::json;

/// The id of the JSON's field.
const JSON_ID: &str = "request-json";

/// The request pane: one form, whose buttons work with scripts and without.
#[component]
pub(super) fn Request(
    session: Session,
    caller: Caller,
    service: Service,
    /// The reader's tokens, by id and name.
    tokens: Vec<(String, String)>,
) -> impl IntoView {
    let subject = session.subject();
    let url = routes::method(&subject.service, &subject.url_name);
    let problems = session.by_path();
    view! {
        <form class="panes__pane request" id=super::early::FORM_ID method="post" action=url novalidate=true aria-label="Request"
            on:submit=move |event| events::pressed(caller, session, &event)
            on:input=move |event| events::typed(session, &event)
            on:change=move |event| events::changed(session, &event)>
            // Enter in a field presses the first button of a form: this one, which only draws the page again.
            <button class="hidden" type="submit" name=names::ACTION value="update" tabindex="-1" aria-hidden="true">"Update"</button>
            <Once/>
            <Carried session/>
            <Tabs session/>
            <From session/>
            <Problems session/>
            <div class="request__body">
                {move || match session.view.get() {
                    View::Form => view! { <AsForm session problems/> }.into_any(),
                    View::Json => view! { <AsJson session/> }.into_any(),
                }}
            </div>
            <Options session service tokens/>
            <examples::Examples session caller/>
            <Buttons session/>
            <share::Share session/>
        </form>
    }
}

/// What the form carries along without scripts.
#[component]
fn Carried(session: Session) -> impl IntoView {
    let source = move || serde_json::to_string(&session.source.get()).unwrap_or_default();
    view! {
        <input type="hidden" name=names::VIEW value=move || session.view.get().word()/>
        <input type="hidden" name=names::SOURCE value=source/>
    }
}

#[component]
fn Tabs(session: Session) -> impl IntoView {
    let tab = move |view: View, action: &'static str, title: &'static str| {
        let pressed = move || if session.view.get() == view { "true" } else { "false" };
        view! {
            <button class="segments__part" type="submit" name=names::ACTION value=action aria-pressed=pressed>{title}</button>
        }
    };
    view! {
        <div class="request__head">
            <h2 class="panes__title">"Request"</h2>
            <div class="segments" role="group" aria-label="Edit as">
                {tab(View::Form, "view:form", "Form")}
                {tab(View::Json, "view:json", "JSON")}
            </div>
            <div class="request__tools">
                <button class="button button--small button--quiet" type="submit" name=names::ACTION value="sample" title="Fill in a value of each kind">"Sample"</button>
                <button class="button button--small button--quiet" type="submit" name=names::ACTION value="reset">"Clear"</button>
            </div>
        </div>
    }
}

/// Where the request was filled from; it was not sent.
#[component]
fn From(session: Session) -> impl IntoView {
    move || {
        match session.source.get() {
        Source::Fresh => ().into_any(),
        Source::Draft { author, at_ms } => view! {
            <p class="request__from"><Icon name="history"/>
                {format!("Filled from a draft by {author}, ")}<Moment at_ms/>". It was not sent."</p>
        }
        .into_any(),
        Source::Example { name } => view! {
            <p class="request__from"><Icon name="history"/>{format!("Filled from the example “{name}”. It was not sent.")}</p>
        }
        .into_any(),
        Source::Past { at_ms } => view! {
            <p class="request__from"><Icon name="history"/>"Filled from a call made "<Moment at_ms/>". It was not sent again."</p>
        }
        .into_any(),
    }
    }
}

/// What is wrong, each leading to its field.
#[component]
fn Problems(session: Session) -> impl IntoView {
    move || {
        let told = !session.told.with(Vec::is_empty);
        let shown = session.attempted.get() || told;
        let problems = if shown { session.problems() } else { Vec::new() };
        if problems.is_empty() {
            return ().into_any();
        }
        let title = match problems.len() {
            1 => "One field is wrong".to_owned(),
            count => format!("{count} fields are wrong"),
        };
        let as_json = session.view.get() == View::Json;
        let rows = problems.into_iter().map(|problem| {
            let id = if as_json { JSON_ID.to_owned() } else { form::id(&problem.field) };
            let url = format!("#{}", routes::encode(&id));
            let field = if problem.field.is_empty() { "request".to_owned() } else { problem.field };
            view! { <li><a href=url rel="external">{field}</a>": "{problem.description}</li> }
        });
        view! {
            <div class="problems" role="alert" tabindex="-1">
                <p class="problems__title">{title}</p>
                <ul>{rows.collect_view()}</ul>
            </div>
        }
        .into_any()
    }
}

#[component]
fn AsForm(session: Session, problems: Memo<std::collections::BTreeMap<String, String>>) -> impl IntoView {
    move || {
        session.drawn.track();
        session.form.with_untracked(|shown| form::draw(session, shown, problems))
    }
}

#[component]
fn AsJson(session: Session) -> impl IntoView {
    let several = session.subject().method.client_streaming;
    let label = if several { "Messages as JSON, one after the other" } else { "Message as JSON" };
    let wrong = move || session.json_problem.with(Option::is_some).then_some("true");
    view! {
        <div class="editor">
            <label class="hidden" for=JSON_ID>{label}</label>
            <TextArea id=JSON_ID name=names::JSON text=move || session.json.get() rows=14
                attr:aria-describedby="json-problem" attr:aria-invalid=wrong/>
            <div class="editor__problem" id="json-problem" role="status">
                {move || session.json_problem.get().map(|problem| json_problem(&problem, &session.json.get_untracked(), several))}
            </div>
        </div>
    }
}

fn json_problem(problem: &Unready, text: &str, several: bool) -> AnyView {
    match problem {
        Unready::Json(error) => {
            let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
            let line: String = line.chars().take(120).collect();
            view! {
                <p class="editor__error"><Icon name="status-failing"/>{error.to_string()}</p>
                <pre class="editor__line"><code>{line}</code></pre>
                <p>"The form keeps its values until this is JSON again."</p>
            }
            .into_any()
        }
        Unready::Count(count) if several => {
            view! { <p>{format!("{count} messages; each is sent on its own. The form edits one at a time.")}</p> }.into_any()
        }
        Unready::Count(count) => {
            view! { <p class="editor__error"><Icon name="status-failing"/>{format!("This method takes one message, not {count}.")}</p> }
                .into_any()
        }
        Unready::Fields(_) => ().into_any(),
    }
}

/// Metadata, deadline, version, instance and how often.
#[component]
fn Options(session: Session, service: Service, tokens: Vec<(String, String)>) -> impl IntoView {
    let set = !session.metadata.with_untracked(Vec::is_empty)
        || !session.repeat.with_untracked(String::is_empty)
        || session.caller.get_untracked() != DomainCaller::Me;
    let unary = session.subject().method.is_unary();
    view! {
        <details class="request__options" open=set>
            <summary>{if unary { "Metadata, deadline, instance and repeat" } else { "Metadata, deadline and instance" }}</summary>
            <div class="request__choices">
                <label class="field">
                    <span class="field__label">"Deadline"</span>
                    <input type="text" name=names::DEADLINE value=session.deadline.get_untracked() prop:value=session.deadline
                        placeholder=if session.subject().method.is_unary() { "30s" } else { "none" } autocomplete="off" spellcheck="false"/>
                </label>
                <Where session service/>
                <AsWhom session tokens/>
                {unary.then(|| view! { <Repeat session/> })}
            </div>
            <fieldset class="rows">
                <legend class="entry__label">"Metadata"</legend>
                <MetadataRows session/>
                <button class="button button--small" type="submit" name=names::ACTION value="add-metadata">
                    <Icon name="add"/>"Add"<span class="hidden">" metadata"</span>
                </button>
            </fieldset>
        </details>
    }
}

/// As whom: to see what a token's holder, or anybody, would be answered.
#[component]
fn AsWhom(session: Session, tokens: Vec<(String, String)>) -> impl IntoView {
    let chosen = session.caller.get_untracked();
    let me = [(DomainCaller::Me, "me".to_owned()), (DomainCaller::Nobody, "nobody".to_owned())];
    let tokens = tokens.into_iter().map(|(id, name)| (DomainCaller::Token(id), format!("my token “{name}”")));
    let choices = me.into_iter().chain(tokens).map(|(caller, title)| {
        let selected = caller == chosen;
        view! { <option value=names::caller_word(&caller) selected=selected>{title}</option> }
    });
    view! {
        <label class="field">
            <span class="field__label">"As"</span>
            <select name=names::CALLER prop:value=move || names::caller_word(&session.caller.get())>{choices.collect::<Vec<_>>()}</select>
        </label>
    }
}

#[component]
fn Repeat(session: Session) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field__label">"Repeat"</span>
            <input type="number" name=names::REPEAT min="1" max=REPEAT_MAX.to_string() placeholder="1" autocomplete="off"
                value=session.repeat.get_untracked() prop:value=session.repeat/>
        </label>
    }
}

#[component]
fn Where(session: Session, service: Service) -> impl IntoView {
    let mut versions: Vec<String> =
        service.instances.iter().map(|instance| instance.version.clone()).collect();
    versions.retain(|version| !version.is_empty());
    versions.sort_unstable();
    versions.dedup();
    let (version, instance) = (session.version.get_untracked(), session.instance.get_untracked());
    let versions = versions.into_iter().map(|known| {
        let selected = known == version;
        view! { <option value=known.clone() selected=selected>{known.clone()}</option> }
    });
    let instances = service.instances.iter().map(|known| {
        let selected = known.id == instance;
        let title = format!("{} ({})", known.address, known.status.word());
        view! { <option value=known.id.clone() selected=selected>{title}</option> }
    });
    view! {
        <label class="field">
            <span class="field__label">"Version"</span>
            <select name=names::VERSION prop:value=session.version>
                <option value="" selected=version.is_empty()>"any"</option>
                {versions.collect::<Vec<_>>()}
            </select>
        </label>
        <label class="field">
            <span class="field__label">"Instance"</span>
            <select name=names::INSTANCE prop:value=session.instance>
                <option value="" selected=instance.is_empty()>"any healthy one"</option>
                {instances.collect::<Vec<_>>()}
            </select>
        </label>
    }
}

#[component]
fn MetadataRows(session: Session) -> impl IntoView {
    // Typing changes the rows without drawing them again.
    let count = Memo::new(move |_| session.metadata.with(Vec::len));
    move || {
        let rows = (0..count.get()).map(|index| view! { <MetadataRow session index/> });
        view! { <ol class="rows__list">{rows.collect_view()}</ol> }
    }
}

#[component]
fn MetadataRow(session: Session, index: usize) -> impl IntoView {
    // Closures, not signals: they must outlive their row by the moment in which the rows are drawn again.
    let get = move |read: fn(&micro_domain::call::Metadata) -> String| {
        move || session.metadata.with(|rows| rows.get(index).map(read)).unwrap_or_default()
    };
    let (name, value) = (get(|row| row.name.clone()), get(|row| row.value.clone()));
    let masked = move || if micro_domain::call::sensitive_metadata(&name()) { "password" } else { "text" };
    let (first_name, first_value) = (untrack(name), untrack(value));
    view! {
        <li class="rows__row rows__row--metadata">
            <input type="text" id=format!("metadata-name-{index}") name=format!("{}[{index}]", names::METADATA_NAME)
                aria-label=format!("Metadata name {}", index + 1) placeholder="name" autocomplete="off" spellcheck="false"
                value=first_name prop:value=name/>
            <input type=masked name=format!("{}[{index}]", names::METADATA_VALUE) aria-label=format!("Metadata value {}", index + 1)
                placeholder="value; base64 for -bin" autocomplete="off" spellcheck="false" value=first_value prop:value=value/>
            <button class="button button--small button--quiet" type="submit" name=names::ACTION value=format!("remove-metadata:{index}") title="Remove">
                <Icon name="close"/><span class="hidden">{format!("Remove metadata {}", index + 1)}</span>
            </button>
        </li>
    }
}

/// The buttons that send, by how far the call is.
#[component]
fn Buttons(session: Session) -> impl IntoView {
    let method = session.subject().method.clone();
    let (unary, feeds) = (method.is_unary(), method.client_streaming);
    let phase = move || session.phase.get();
    let idle = move || phase() == Phase::Idle;
    let button = move |action: &'static str,
                       title: &'static str,
                       class: &'static str,
                       shown: Signal<bool>| {
        view! { <button class=class type="submit" name=names::ACTION value=action hidden=move || !shown.get()>{title}</button> }
    };
    let title = if unary { "Call" } else { "Open" };
    let unusual =
        session.source.get_untracked() != Source::Fresh || !session.repeat.with_untracked(String::is_empty);
    let confirm = (!method.read_only && unusual).then(|| {
        view! {
            <label class="check without-script">
                <input type="checkbox" name=names::CONFIRMED value="1"/>
                "Yes, this may change data"
            </label>
        }
    });
    view! {
        <div class="request__send">
            {confirm}
            {button("call", title, "button button--primary", Signal::derive(idle))}
            {feeds.then(|| button("send", "Send", "button button--primary", Signal::derive(move || phase() == Phase::Open)))}
            {feeds.then(|| button("half-close", "Half-close", "button", Signal::derive(move || phase() == Phase::Open)))}
            {button("cancel", "Cancel", "button", Signal::derive(move || !idle()))}
            <kbd class="needs-script">"Ctrl Enter"</kbd>
            <button class="button button--quiet request__share" type="submit" name=names::ACTION value="share">
                <Icon name="share"/>"Share"
            </button>
        </div>
    }
}

/// Asks once before a request that was not typed here changes data.
#[component]
pub(super) fn Confirm(session: Session, caller: Caller) -> impl IntoView {
    let method = session.subject().method.name.clone();
    let text = move || match names::repeat(&session.filled()) {
        Ok(times @ 2..) => format!("{method} changes data, and the request is sent {times} times."),
        _ => format!(
            "{method} changes data, and the request was filled in from elsewhere. Read it before it is sent."
        ),
    };
    let text = move || {
        session.repeat.track();
        text()
    };
    let shown = move || json::pretty(&session.json.get());
    let go = move |_| {
        close_dialog(CONFIRM_ID);
        session.confirmed.set(true);
        caller.call();
    };
    view! {
        <dialog id=CONFIRM_ID class="dialog" aria-labelledby="confirm-title" closedby="any">
            <div class="dialog__head"><h2 id="confirm-title">"Send this request?"</h2></div>
            <p>{text}</p>
            <pre class="code__text confirm__request" tabindex="0" role="region" aria-label="Request"><code>{shown}</code></pre>
            <div class="actions">
                <button class="button button--primary" type="button" on:click=go>"Send it"</button>
                <button class="button" type="button" on:click=move |_| close_dialog(CONFIRM_ID)>"Keep editing"</button>
            </div>
        </dialog>
    }
}
