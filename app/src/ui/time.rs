//! Moments: absolute in the server's HTML, relative once the browser runs, absolute again on hover.

use super::TakenOver;
use leptos::leptos_dom::helpers::set_interval_with_handle;
use leptos::prelude::*;
use micro_domain::when;
use std::time::Duration;
use web_sys::js_sys::Date;

/// How often relative times are renewed.
const TICK: Duration = Duration::from_secs(10);

/// The browser's clock; none on the server and while the page is taken over, so that both render the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(RwSignal<Option<i64>>);

impl Clock {
    /// A clock that starts once the page is taken over.
    pub(crate) fn start() -> Self {
        let clock = Self(RwSignal::new(None));
        let taken_over = use_context::<TakenOver>().unwrap_or_default();
        Effect::new(move || {
            if !taken_over.get() {
                return;
            }
            clock.tick();
            let interval = set_interval_with_handle(move || clock.tick(), TICK).ok();
            on_cleanup(move || {
                if let Some(interval) = interval {
                    interval.clear();
                }
            });
        });
        clock
    }

    fn tick(self) {
        self.0.set(Some(now_ms()));
    }
}

/// The browser's time, milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    // A double holds milliseconds exactly for 285,000 years.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "see above")]
    let now = Date::now() as i64;
    now
}

/// A moment.
#[component]
pub(crate) fn Moment(
    /// Milliseconds since the Unix epoch.
    #[prop(into)]
    at_ms: Signal<i64>,
) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let text = move || match clock.0.get() {
        Some(now_ms) => when::relative(at_ms.get(), now_ms),
        None => when::absolute(at_ms.get()),
    };
    view! {
        <time class="moment" datetime=move || when::iso(at_ms.get()) title=move || when::absolute(at_ms.get())>
            {text}
        </time>
    }
}
