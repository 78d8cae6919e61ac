//! The response pane: how the call ended, and what came back.

use super::calling::{ANSWER_ID, Caller};
use super::comparison::Compared;
use super::details::{Detail, decode};
use super::session::{Phase, Session};
use super::stream;
use super::timing::{Repeated, Split};
use crate::AppError;
use crate::api::call::{Answered, COLLECTED_MAX, Outcome};
use crate::ui::json::JsonBlock;
use crate::ui::status::{StatusLabel, of_code};
use crate::ui::time::Moment;
use leptos::prelude::*;
use micro_domain::Code;
use micro_domain::call::{Metadata, Opened};
use micro_domain::form::mask;
use micro_domain::when;

/// The response pane.
#[component]
pub(super) fn AnswerPane(session: Session, caller: Caller) -> impl IntoView {
    let streams = !session.subject().method.is_unary();
    view! {
        <section class="answer" aria-labelledby=ANSWER_ID>
            <h2 class="panes__title" id=ANSWER_ID>"Response"</h2>
            <p class="hidden" role="status" aria-live="polite">{move || announced(session)}</p>
            {move || match session.phase.get() {
                Phase::Waiting => view! { <p class="answer__busy"><span class="answer__pulse"></span>"Waiting for the answer. Esc cancels."</p> }.into_any(),
                Phase::Open => view! { <p class="answer__busy"><span class="answer__pulse"></span>"The stream is open."</p> }.into_any(),
                Phase::HalfClosed => view! { <p class="answer__busy"><span class="answer__pulse"></span>"Receiving. Nothing more is sent."</p> }.into_any(),
                Phase::Idle => ().into_any(),
            }}
            {move || session.tally.get().map(|tally| view! { <Repeated tally/> })}
            {move || match session.outcome.get() {
                Some(Outcome::Answered(answered)) => view! { <Ending session answered=*answered/> }.into_any(),
                Some(Outcome::Failed(error)) => view! { <NotReached error/> }.into_any(),
                None if session.phase.get() == Phase::Idle => {
                    view! { <p class="answer__none">"Nothing was called yet. The answer appears here."</p> }.into_any()
                }
                None => ().into_any(),
            }}
            <Compared session/>
            {streams.then(|| view! { <stream::Messages session caller/> })}
        </section>
    }
}

/// What a screen reader hears once the call is over.
fn announced(session: Session) -> String {
    match session.outcome.get() {
        Some(Outcome::Answered(answered)) if answered.at_ms.is_none() => {
            let ended = &answered.answer.ended;
            format!("{} after {}. {}", ended.code.name(), when::duration(ended.duration_us), ended.message)
        }
        Some(Outcome::Failed(error)) => error.0.message,
        _ => String::new(),
    }
}

#[component]
fn NotReached(error: AppError) -> impl IntoView {
    let code = error.code();
    view! {
        <div class="ending ending--bad">
            <p class="ending__status"><StatusLabel tone=of_code(code)/></p>
            <p class="ending__message">{error.0.message}</p>
            <p class="ending__meaning">"The call did not get an answer from the service. "{code.meaning()}</p>
        </div>
    }
}

#[component]
fn Ending(session: Session, answered: Answered) -> impl IntoView {
    let Answered { answer, at_ms, cut, .. } = answered;
    let (ended, opened) = (answer.ended, answer.opened);
    let tone = of_code(ended.code);
    let class = format!("ending ending--{}", tone.class);
    let message =
        (!ended.message.is_empty()).then(|| view! { <p class="ending__message">{ended.message.clone()}</p> });
    let meaning =
        (ended.code != Code::Ok).then(|| view! { <p class="ending__meaning">{ended.code.meaning()}</p> });
    let instance =
        opened.as_ref().map(|opened| opened.instance.clone()).filter(|instance| !instance.is_empty());
    let split = ended.timing.map(|timing| view! { <Split timing duration_us=ended.duration_us/> });
    let cut = cut.then(|| view! { <p class="ending__meaning">{format!("There may be more: the first {COLLECTED_MAX} messages are shown.")}</p> });
    view! {
        <div class=class>
            <p class="ending__status">
                <StatusLabel tone=tone/>
                <span class="ending__fact" title="From the call's beginning at Micro to its end">{(ended.duration_us > 0).then(|| when::duration(ended.duration_us))}</span>
                {instance.map(|instance| view! { <span class="ending__fact">"by "<code>{instance}</code></span> })}
                {at_ms.map(|at_ms| view! { <span class="ending__fact"><Moment at_ms/></span> })}
            </p>
            {message}
            {meaning}
            {cut}
            {split}
        </div>
        <Details details=decode(&ended.details)/>
        <Bodies session messages=answer.messages/>
        <MetadataTables opened trailers=ended.trailers trace_id=ended.trace_id/>
    }
}

#[component]
fn Details(details: Vec<Detail>) -> impl IntoView {
    let shown = details.into_iter().map(|detail| {
        let lines = detail.lines.into_iter().map(|(key, value)| view! { <div class="facts__row"><dt>{key}</dt><dd>{value}</dd></div> });
        let name = format!("{} as JSON", detail.title);
        view! {
            <details class="detail" open=true>
                <summary>{detail.title}</summary>
                <dl class="facts">{lines.collect_view()}</dl>
                <details class="detail__json"><summary>"JSON"</summary><JsonBlock json=detail.json name=name/></details>
            </details>
        }
    });
    shown.collect_view()
}

/// The messages of the answer; what the schema marks is masked until asked for.
#[component]
fn Bodies(session: Session, messages: Vec<String>) -> impl IntoView {
    let subject = session.subject();
    let count = messages.len();
    let shown = messages.into_iter().enumerate().map(|(index, message)| {
        let name = if count > 1 { format!("message {}", index + 1) } else { "response".to_owned() };
        let masked = mask(&subject.schema, &subject.method.output, &message);
        view! { <Body name message masked/> }
    });
    shown.collect_view()
}

/// One message.
#[component]
pub(super) fn Body(name: String, message: String, masked: Option<String>) -> impl IntoView {
    let revealed = RwSignal::new(false);
    match masked {
        None => view! { <JsonBlock json=message name=name/> }.into_any(),
        Some(masked) => {
            let block = move || {
                let json = if revealed.get() { message.clone() } else { masked.clone() };
                view! { <JsonBlock json=json name=name.clone()/> }
            };
            let word = move || if revealed.get() { "Hide masked values" } else { "Show masked values" };
            view! {
                {block}
                <button class="button button--small needs-script" type="button" on:click=move |_| revealed.update(|shown| *shown = !*shown)>{word}</button>
            }
            .into_any()
        }
    }
}

#[component]
fn MetadataTables(opened: Option<Opened>, trailers: Vec<Metadata>, trace_id: String) -> impl IntoView {
    let headers = opened.map(|opened| opened.headers).unwrap_or_default();
    let trace = (!trace_id.is_empty()).then(|| {
        view! { <p class="answer__trace">"Trace "<code>{trace_id.clone()}</code><crate::ui::copy::CopyButton text=trace_id name="trace id"/></p> }
    });
    view! {
        <MetadataTable title="Headers" rows=headers/>
        <MetadataTable title="Trailers" rows=trailers/>
        {trace}
    }
}

#[component]
fn MetadataTable(title: &'static str, rows: Vec<Metadata>) -> impl IntoView {
    (!rows.is_empty()).then(|| {
        let count = rows.len();
        let rows = rows
            .into_iter()
            .map(|row| view! { <div class="facts__row"><dt>{row.name}</dt><dd>{row.value}</dd></div> });
        view! {
            <details class="detail">
                <summary>{title}" "<span class="count">{count}</span></summary>
                <dl class="facts">{rows.collect_view()}</dl>
            </details>
        }
    })
}
