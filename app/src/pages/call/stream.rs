//! The messages of a stream: a list of which only the visible part is drawn.

use super::answer::Body;
use super::calling::Caller;
use super::log::{Direction, Message, ROW_PX};
use super::session::Session;
use crate::ui::icon::Icon;
use leptos::html::Div;
use leptos::prelude::*;
use micro_domain::form::mask;

/// Height of the list before it is measured, in CSS pixels.
const HEIGHT_PX: u32 = 384;
/// Characters of a message shown in its row.
const PREVIEW_MAX: usize = 160;

/// The messages of a stream, sent and received.
#[component]
pub(super) fn Messages(session: Session, caller: Caller) -> impl IntoView {
    let log = session.log;
    let _ = caller;
    let paused = RwSignal::new(false);
    let counting = RwSignal::new(false);
    let chosen = RwSignal::new(None::<u64>);
    let count = move |_| {
        counting.update(|counting| *counting = !*counting);
        log.write(|kept| kept.count_only(counting.get_untracked()));
    };
    let pause = move |_| {
        paused.update(|paused| *paused = !*paused);
        log.write(|kept| kept.pause(paused.get_untracked()));
    };
    view! {
        <div class="stream needs-script">
            <div class="stream__head">
                <h3>"Messages"</h3>
                <span class="stream__count" role="status">{move || log.read(|kept| kept.summary())}</span>
                <button class="button button--small" type="button" aria-pressed=move || paused.get().to_string() on:click=pause>"Pause"</button>
                <button class="button button--small" type="button" aria-pressed=move || counting.get().to_string() on:click=count
                    title="Count messages without keeping them">"Count only"</button>
                <button class="button button--small" type="button" on:click=move |_| { chosen.set(None); log.write(|kept| kept.clear()) }>"Clear"</button>
            </div>
            <List session chosen paused/>
            {move || chosen.get().and_then(|number| log.read(|kept| kept.find(number))).map(|message| {
                view! { <Chosen session message/> }
            })}
        </div>
    }
}

#[component]
fn List(session: Session, chosen: RwSignal<Option<u64>>, paused: RwSignal<bool>) -> impl IntoView {
    let log = session.log;
    let list = NodeRef::<Div>::new();
    let scroll = RwSignal::new((0_u32, HEIGHT_PX));
    // While the reader is at the end, the list follows; scrolled up, it holds still.
    let follows = StoredValue::new(true);
    let measure = move || {
        if let Some(list) = list.get_untracked() {
            let px = |value: i32| u32::try_from(value).unwrap_or_default();
            let (top, height, whole) =
                (px(list.scroll_top()), px(list.client_height()), px(list.scroll_height()));
            follows.set_value(top + height + ROW_PX >= whole);
            scroll.set((top, height.max(ROW_PX)));
        }
    };
    Effect::new(move || {
        log.changed.track();
        if let Some(list) = list.get()
            && follows.get_value()
            && !paused.get_untracked()
        {
            request_animation_frame(move || list.set_scroll_top(i32::MAX));
        }
    });
    let window = Memo::new(move |_| {
        let (top, height) = scroll.get();
        log.read(|kept| kept.window(top, height))
    });
    let space = move |rows: usize| (rows * usize::try_from(ROW_PX).unwrap_or(1)).to_string();
    view! {
        <div class="log" node_ref=list tabindex="0" role="region" aria-label="Messages of the stream" on:scroll=move |_| measure()>
            {move || log.read(|kept| kept.is_empty()).then(|| view! { <p class="log__none">"No message yet."</p> })}
            <svg class="log__space" width="1" height=move || space(window.with(|window| window.above)) aria-hidden="true"></svg>
            <For each=move || window.with(|window| window.messages.clone()) key=|message| message.number let(message)>
                <Row message chosen/>
            </For>
            <svg class="log__space" width="1" height=move || space(window.with(|window| window.below)) aria-hidden="true"></svg>
        </div>
    }
}

#[component]
fn Row(message: Message, chosen: RwSignal<Option<u64>>) -> impl IntoView {
    let number = message.number;
    let (icon, word) = match message.direction {
        Direction::Sent => ("sent", "sent"),
        Direction::Received => ("received", "received"),
    };
    let open = move || chosen.get() == Some(number);
    let preview: String = message.json.chars().take(PREVIEW_MAX).collect();
    view! {
        <button type="button" class=format!("log__row log__row--{word}") aria-expanded=move || open().to_string()
            on:click=move |_| chosen.update(|chosen| *chosen = if *chosen == Some(number) { None } else { Some(number) })>
            <span class="log__number">{number}</span>
            <Icon name=icon/><span class="hidden">{word}</span>
            <span class="log__time">{format!("+{}", micro_domain::when::duration(message.after_ms.saturating_mul(1_000)))}</span>
            <span class="log__size">{size(message.json.len())}</span>
            <code class="log__preview">{preview}</code>
        </button>
    }
}

#[component]
fn Chosen(session: Session, message: Message) -> impl IntoView {
    let subject = session.subject();
    let of = match message.direction {
        Direction::Sent => &subject.method.input,
        Direction::Received => &subject.method.output,
    };
    let masked = mask(&subject.schema, of, &message.json);
    view! { <Body name=format!("message {}", message.number) message=message.json.to_string() masked/> }
}

/// `812 B`, `1.2 kB`.
fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
