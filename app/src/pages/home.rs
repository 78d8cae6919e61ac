//! Home: what is broken, what to do next, where I was.

mod onboarding;

use crate::api::home::{Expiring, Home, Recent, home_facts};
use crate::listing::{Query, Row};
use crate::live::Refresh;
use crate::routes;
use crate::ui::icon::Icon;
use crate::ui::notice::{Empty, Failure};
use crate::ui::status::{StatusLabel, of_code, of_status};
use crate::ui::time::Moment;
use leptos::prelude::*;
use leptos_meta::Title;
use micro_domain::catalog::Status;
use micro_domain::when;
use onboarding::Checklist;

/// The home page.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    let facts = Resource::new(|| (), |()| home_facts());
    let revision = StoredValue::new(0_u64);
    let url = move || {
        let after = revision.try_get_value().unwrap_or_default();
        routes::with_query(routes::LIVE_SERVICES, &[("after", &after.to_string())])
    };
    Refresh::start(url, |_| true, move || facts.refetch());
    view! {
        <Title text="Home"/>
        <div class="page home">
            <h1 tabindex="-1">"Home"</h1>
            <Transition fallback=|| view! { <p role="status">"Loading"</p> }>
                {move || Suspend::new(async move {
                    match facts.await {
                        Ok(home) => {
                            revision.set_value(home.revision);
                            view! { <Bands home/> }.into_any()
                        }
                        Err(error) => view! { <Failure error retry=routes::HOME/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn Bands(home: Home) -> impl IntoView {
    view! {
        <Broken rows=home.failing total=home.failing_total services=home.services/>
        <Waiting expiring=home.expiring/>
        <Checklist onboarding=home.onboarding/>
        <RecentCalls recent=home.recent/>
    }
}

/// What is broken now.
#[component]
fn Broken(rows: Vec<Row>, total: u32, services: u32) -> impl IntoView {
    let all = Query::default().with_health(Some(Status::Failing)).url("");
    if total == 0 {
        let text = match services {
            0 => "No service is registered yet.".to_owned(),
            1 => "The one service there is does not fail.".to_owned(),
            many => format!("None of {many} services fails."),
        };
        return view! {
            <section class="band band--calm" aria-labelledby="broken">
                <h2 id="broken">"Broken now"</h2>
                <p class="band__calm"><Icon name="status-up"/>{text}" "<a href=routes::SERVICES>"All services"</a></p>
            </section>
        }
        .into_any();
    }
    let items = rows.into_iter().map(|row| {
        view! {
            <li class="band__item row--bad">
                <StatusLabel tone=of_status(row.status)/>
                <a class="band__name" data-row="" href=routes::service(&row.name)>{row.name.clone()}</a>
                <span class="band__reason">{row.reason}</span>
                <Moment at_ms=row.since_ms/>
            </li>
        }
    });
    view! {
        <section class="band" aria-labelledby="broken">
            <h2 id="broken">"Broken now"<a class="count" href=all>{total}<span class="hidden">" failing services"</span></a></h2>
            <ul class="band__list">{items.collect_view()}</ul>
        </section>
    }
    .into_any()
}

/// What waits on the reader: tokens that expire soon. Without any there is no band.
#[component]
fn Waiting(expiring: Vec<Expiring>) -> impl IntoView {
    (!expiring.is_empty()).then(|| {
        let items = expiring.into_iter().map(|token| {
            view! {
                <li class="band__item">
                    <span class="status status--warn"><Icon name="token"/><span class="status__word">"Token"</span></span>
                    <a class="band__name" data-row="" href=routes::TOKENS>{token.name}</a>
                    <span class="band__reason">"Expires "<Moment at_ms=token.expires_ms/></span>
                </li>
            }
        });
        view! {
            <section class="band" aria-labelledby="waiting">
                <h2 id="waiting">"Waits on you"</h2>
                <ul class="band__list">{items.collect_view()}</ul>
            </section>
        }
    })
}

/// Where I was.
#[component]
fn RecentCalls(recent: Vec<Recent>) -> impl IntoView {
    let body = if recent.is_empty() {
        view! {
            <Empty icon="history" title="You called nothing yet">
                <p>"Choose a method of any service and send it a message."</p>
                <a class="button" href=routes::SERVICES>"Choose a service"</a>
            </Empty>
        }
        .into_any()
    } else {
        let items = recent.into_iter().map(|call| view! { <RecentCall call/> });
        view! { <ul class="band__list">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="band" aria-labelledby="recent">
            <h2 id="recent">"Recent calls"</h2>
            {body}
        </section>
    }
}

#[component]
fn RecentCall(call: Recent) -> impl IntoView {
    let url = routes::with_query(&routes::method(&call.service, &call.method), &[("history", &call.id)]);
    let short = call.method.rsplit(['.', '/']).next().unwrap_or(&call.method).to_owned();
    view! {
        <li class="band__item">
            <StatusLabel tone=of_code(call.code)/>
            <a class="band__name" data-row="" href=url title=call.method.clone()>{format!("{} {short}", call.service)}</a>
            <span class="band__reason">{when::duration(call.duration_us)}</span>
            <Moment at_ms=call.at_ms/>
        </li>
    }
}
