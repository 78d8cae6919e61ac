//! How the answer shown differs from another call's.

use super::calling::Caller;
use super::session::Session;
use crate::api::call::{Comparison, Line, compare_calls};
use crate::ui::status::{StatusLabel, of_code};
use crate::ui::time::Moment;
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::when;

/// The id of the comparison's heading.
const TITLE_ID: &str = "compared-title";

/// The comparison, once one is asked for.
#[component]
pub(super) fn Compared(session: Session) -> impl IntoView {
    move || {
        session.comparison.get().map(|comparison| {
            let Comparison { other, lines } = comparison;
            let body = if lines.is_empty() {
                view! { <p>"Both answers are the same."</p> }.into_any()
            } else {
                view! { <Lines lines/> }.into_any()
            };
            view! {
                <section class="compared" aria-labelledby=TITLE_ID>
                    <div class="past__head">
                        <h3 id=TITLE_ID tabindex="-1">"Compared with the call made "<Moment at_ms=other.at_ms/></h3>
                        <button class="button button--small button--quiet needs-script" type="button"
                            on:click=move |_| session.comparison.set(None)>"Close"</button>
                    </div>
                    <p class="ending__status">
                        <StatusLabel tone=of_code(other.code)/>
                        <span class="ending__fact">{when::duration(other.duration_us)}</span>
                    </p>
                    {body}
                </section>
            }
        })
    }
}

#[component]
fn Lines(lines: Vec<Line>) -> impl IntoView {
    let lines = lines.into_iter().map(|line| match line {
        Line::Same(text) => view! { <span class="diff__line">{format!("  {text}\n")}</span> }.into_any(),
        Line::Theirs(text) => {
            view! { <del class="diff__line diff__line--theirs">{format!("− {text}\n")}</del> }.into_any()
        }
        Line::Ours(text) => {
            view! { <ins class="diff__line diff__line--ours">{format!("+ {text}\n")}</ins> }.into_any()
        }
        Line::Gap(1) => view! { <span class="diff__gap">"  1 line alike\n"</span> }.into_any(),
        Line::Gap(count) => {
            view! { <span class="diff__gap">{format!("  {count} lines alike\n")}</span> }.into_any()
        }
    });
    view! {
        <p class="diff__legend"><del>"− that call"</del>" "<ins>"+ this answer"</ins></p>
        <pre class="code__text diff" tabindex="0" role="region" aria-label="Differences"><code>{lines.collect_view()}</code></pre>
    }
}

/// Compares the answer shown with the recorded call `other`.
pub(super) fn compare(session: Session, caller: Caller, shown: String, other: String) {
    spawn_local(async move {
        match compare_calls(shown, other).await {
            Ok(comparison) => {
                // The page may be gone by then.
                let _ = session.comparison.try_set(Some(comparison));
                request_animation_frame(|| {
                    crate::ui::shortcut_sheet::focus_first(&format!("#{TITLE_ID}"));
                });
            }
            Err(error) => caller.toasts().warn(error.0.message),
        }
    });
}
