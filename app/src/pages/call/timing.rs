//! Where the time of a call went, and what calls made several times came to.

use crate::ui::status::{StatusLabel, of_code};
use leptos::prelude::*;
use micro_domain::call::{Tally, Timing};
use micro_domain::when;

/// Width of the bar in its own units.
const BAR: u64 = 1_000;
/// The parts of a call: class, name, what it is.
const PARTS: [(&str, &str, &str); 3] = [
    ("micro", "Micro", "Until the request was on its way: checked, an instance chosen, a connection open"),
    ("service", "service", "Until the service began to answer, the network between included"),
    ("answer", "answer", "From the first byte of the answer to its end"),
];

/// The time by its parts, as a bar and in words.
#[component]
pub(super) fn Split(timing: Timing, duration_us: u64) -> impl IntoView {
    let parts = timing.split(duration_us);
    let whole = parts.iter().sum::<u64>().max(1);
    let mut start = 0;
    let bar = PARTS.iter().zip(parts).map(|((class, ..), us)| {
        let (x, width) = (start, us * BAR / whole);
        start += width;
        view! { <rect class=format!("split__bar split__bar--{class}") x=x.to_string() y="0" width=width.to_string() height="8"></rect> }
    });
    let bar = bar.collect::<Vec<_>>();
    let words = PARTS.iter().zip(parts).map(|((class, name, title), us)| {
        view! {
            <div class="split__part" title=*title>
                <dt><span class=format!("split__mark split__bar--{class}") aria-hidden="true"></span>{*name}</dt>
                <dd>{when::duration(us)}</dd>
            </div>
        }
    });
    view! {
        <div class="split">
            <svg class="split__chart" viewBox=format!("0 0 {BAR} 8") preserveAspectRatio="none" aria-hidden="true">{bar}</svg>
            <dl class="split__parts">{words.collect::<Vec<_>>()}</dl>
        </div>
    }
}

/// What the calls came to.
#[component]
pub(super) fn Repeated(tally: Tally) -> impl IntoView {
    let codes = tally.codes.iter().map(|(code, count)| {
        view! { <span class="tally__code"><StatusLabel tone=of_code(*code)/>" × "{*count}</span> }
    });
    let codes = codes.collect::<Vec<_>>();
    let times = [(0, "fastest"), (50, "median"), (95, "P95"), (100, "slowest")];
    let times = times.into_iter().filter_map(|(percent, name)| {
        let us = tally.percentile_us(percent)?;
        Some(view! { <div class="split__part"><dt>{name}</dt><dd>{when::duration(us)}</dd></div> })
    });
    let times = times.collect::<Vec<_>>();
    view! {
        <div class="tally" role="group" aria-label="Repeated calls">
            <p class="ending__status"><strong>{format!("{} of {} calls", tally.made(), tally.wanted)}</strong>{codes}</p>
            <dl class="split__parts">{times}</dl>
        </div>
    }
}
