//! Short messages about what just happened, shown and announced.

use super::icon::Icon;
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays.
const SHOWN_FOR: Duration = Duration::from_secs(6);
/// Messages shown at once; the oldest go first.
const SHOWN_MAX: usize = 4;

#[derive(Debug, Clone)]
struct Toast {
    id: u64,
    text: String,
    bad: bool,
    /// A button's word, and what it does.
    offer: Option<(&'static str, Callback<()>)>,
}

/// The messages shown now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    made: StoredValue<u64>,
}

impl Toasts {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), made: StoredValue::new(0) }
    }

    /// Shows that something worked.
    pub(crate) fn say(self, text: impl Into<String>) {
        self.push(text.into(), false, None);
    }

    /// Shows that something failed.
    pub(crate) fn warn(self, text: impl Into<String>) {
        self.push(text.into(), true, None);
    }

    /// Shows that something was done, with a button; stays until one is pressed.
    pub(crate) fn offer(
        self,
        text: impl Into<String>,
        word: &'static str,
        act: impl Fn() + Send + Sync + 'static,
    ) {
        self.push(text.into(), false, Some((word, Callback::new(move |()| act()))));
    }

    fn push(self, text: String, bad: bool, offer: Option<(&'static str, Callback<()>)>) {
        let id = self.made.get_value();
        self.made.set_value(id + 1);
        self.shown.update(|shown| {
            shown.push(Toast { id, text, bad, offer });
            let surplus = shown.len().saturating_sub(SHOWN_MAX);
            shown.drain(..surplus);
        });
        if offer.is_none() {
            set_timeout(move || self.drop(id), SHOWN_FOR);
        }
    }

    fn drop(self, id: u64) {
        // The page may be gone by the time a timer fires.
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the messages appear.
#[component]
pub(crate) fn ToastArea() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.id let(toast)>
                <p class=if toast.bad { "toast toast--bad" } else { "toast" }>
                    <Icon name=if toast.bad { "status-failing" } else { "check" }/>
                    <span class="toast__text">{toast.text}</span>
                    {toast.offer.map(|(word, act)| view! {
                        <button type="button" class="button button--small" on:click=move |_| { act.run(()); toasts.drop(toast.id) }>{word}</button>
                        <button type="button" class="button button--small button--quiet" on:click=move |_| toasts.drop(toast.id)>
                            <Icon name="close"/><span class="hidden">"Dismiss"</span>
                        </button>
                    })}
                </p>
            </For>
        </div>
    }
}
