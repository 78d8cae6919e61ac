//! The catalog: every service the reader may see, live.

mod table;

use crate::api::catalog::catalog_page;
use crate::listing::{Counts, Page, Query, Sort};
use crate::ui::icon::Icon;
use crate::ui::notice::{Empty, Failure};
use crate::ui::status::of_status;
use crate::{Facts, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_query_map, use_url};
use micro_domain::catalog::Status;
use table::{Live, Table};

/// The catalog page.
#[component]
pub(crate) fn ServicesPage() -> impl IntoView {
    let url_query = use_query_map();
    let query = Memo::new(move |_| url_query.with(|map| Query::from_url(|key| map.get(key))));
    let fetched = Resource::new(move || query.get(), catalog_page);
    let url = use_url();
    view! {
        <Title text="Services"/>
        <div class="page page--wide services">
            <div class="page__head">
                <h1 tabindex="-1">"Services"</h1>
            </div>
            <Transition fallback=|| view! { <Skeleton/> }>
                {move || Suspend::new(async move {
                    match fetched.await {
                        Ok(page) => view! { <Catalog page query=query.get_untracked()/> }.into_any(),
                        Err(error) => {
                            let url = url.get_untracked();
                            view! { <Failure error retry=format!("{}?{}", url.path(), url.search())/> }.into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// Where rows will be.
#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            {(0..8).map(|_| view! { <div class="skeleton__row"></div> }).collect_view()}
        </div>
        <p class="hidden" role="status">"Loading services"</p>
    }
}

#[component]
fn Catalog(page: Page, query: Query) -> impl IntoView {
    let live = Live::start(page, query.clone());
    let shown = live.page();
    let body = {
        let query = query.clone();
        move || {
            let (registered, rows) = shown.with(|page| (page.registered, page.rows.len()));
            match (registered, rows) {
                (0, _) => view! { <NothingRegistered/> }.into_any(),
                (_, 0) => view! { <NothingMatches query=query.clone()/> }.into_any(),
                _ => view! { <Table live query=query.clone()/> }.into_any(),
            }
        }
    };
    // The body changes between three forms only; its rows change inside the table.
    let form = Memo::new(move |_| shown.with(|page| (page.registered == 0, page.rows.is_empty())));
    view! {
        <Facets query=query.clone() counts=Signal::derive(move || shown.with(|page| page.counts))/>
        {move || {
            // Read, not only tracked: a memo that was never read hears of no change.
            form.get();
            untrack(&body)
        }}
        <Pager page=shown query=query/>
    }
}

/// The status filter, with counts; links, so that it works without scripts.
#[component]
fn Facets(query: Query, counts: Signal<Counts>) -> impl IntoView {
    let choices = [None, Some(Status::Up), Some(Status::Failing), Some(Status::Unknown)];
    let parts = choices.map(|health| {
        let chosen = query.health == health;
        let tone = health.map(of_status);
        view! {
            <li>
                <a class="segments__part" href=query.with_health(health).url("") aria-current=chosen.then_some("true")>
                    {tone.map(|tone| view! {
                        <span class=format!("status status--{}", tone.class)><Icon name=tone.icon/></span>
                    })}
                    {tone.map_or("All", |tone| tone.word)}
                    <span class="count">{move || counts.get().of(health)}</span>
                </a>
            </li>
        }
    });
    let orders = [(Sort::Name, "By name"), (Sort::Status, "By status")].map(|(sort, title)| {
        let chosen = (query.sort == sort).then_some("true");
        view! { <li><a class="segments__part" href=query.with_sort(sort).url("") aria-current=chosen>{title}</a></li> }
    });
    let clear = query.filters().then(|| {
        let text =
            if query.q.is_empty() { "Clear filter".to_owned() } else { format!("Clear “{}”", query.q) };
        view! { <a class="chip" href=routes::SERVICES>{text}<Icon name="close"/></a> }
    });
    view! {
        <div class="toolbar">
            <nav aria-label="Status">
                <ul class="segments">{parts.into_iter().collect_view()}</ul>
            </nav>
            {clear}
            <nav class="toolbar__end" aria-label="Order">
                <ul class="segments">{orders.into_iter().collect_view()}</ul>
            </nav>
        </div>
    }
}

#[component]
fn Pager(page: RwSignal<Page>, query: Query) -> impl IntoView {
    let health = query.health;
    let position = move || {
        page.with(|page| {
            let rows = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
            let last = page.first.saturating_add(rows).saturating_sub(1);
            (rows > 0).then(|| format!("{} to {last} of {}", page.first, page.counts.of(health)))
        })
    };
    let link = move |rel: &'static str, title: &'static str, cursor: fn(&Page) -> Option<&str>| {
        let query = query.clone();
        move || {
            let url = page.with(|page| cursor(page).map(|cursor| query.url(cursor)));
            url.map(|url| view! { <a class="button" rel=rel href=url>{title}</a> })
        }
    };
    let previous = link("prev", "Previous", |page| page.previous.as_deref());
    let next = link("next", "Next", |page| page.next.as_deref());
    view! {
        <nav class="pager" aria-label="Pages">
            <span class="pager__position">{position}</span>
            {previous}
            {next}
        </nav>
    }
}

#[component]
fn NothingMatches(query: Query) -> impl IntoView {
    let what = match (query.q.as_str(), query.health) {
        ("", Some(status)) => format!("No service is {} now", status.word()),
        (q, None) => format!("No service is called “{q}”"),
        (q, Some(status)) => format!("No service called “{q}” is {} now", status.word()),
    };
    view! {
        <Empty icon="search" title=what>
            <a class="button" href=routes::SERVICES>"Clear filters"</a>
        </Empty>
    }
}

/// How to register the first service.
#[component]
fn NothingRegistered() -> impl IntoView {
    let url = expect_context::<Facts>().public_url;
    let register = "micro register greeter --grpc 127.0.0.1:50051".to_owned();
    let descriptors = "micro register greeter --grpc 127.0.0.1:50051 --descriptors greeter.binpb".to_owned();
    view! {
        <Empty icon="services" title="No service is registered yet">
            <p>{format!("Any gRPC service can be registered with Micro at {url}. In a terminal:")}</p>
            <crate::ui::code::CodeBlock code=register name="command"/>
            <p>"A service without server reflection brings its descriptors along:"</p>
            <crate::ui::code::CodeBlock code=descriptors name="command"/>
        </Empty>
    }
}
