//! One service: what it offers, where it runs, how to call it.

mod instances;
mod methods;
mod types;
pub(crate) mod usage;

use crate::api::describe::{Described, Found, Subject, describe_service};
use crate::api::page::set_status;
use crate::listing::Row;
use crate::live::Refresh;
use crate::routes;
use crate::ui::copy::CopyButton;
use crate::ui::icon::Icon;
use crate::ui::notice::Failure;
use crate::ui::status::{StatusLabel, of_status};
use crate::ui::time::Moment;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use micro_domain::Code;
use micro_domain::catalog::{self, Change, Event};

/// A tab of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Methods,
    Instances,
    Call,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Methods, Self::Instances, Self::Call];

    const fn word(self) -> &'static str {
        match self {
            Self::Methods => "methods",
            Self::Instances => "instances",
            Self::Call => "call",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Methods => "Methods",
            Self::Instances => "Instances",
            Self::Call => "How to call it",
        }
    }

    fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.word() == word).unwrap_or_default()
    }
}

/// What the URL asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    subject: Subject,
    tab: Tab,
    /// The method the snippets call.
    method: Option<String>,
}

/// The service page.
#[component]
pub(crate) fn ServicePage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let name = move || params.with(|params| params.get("name")).unwrap_or_default();
    let asked = Memo::new(move |_| {
        let get = |key| query.with(|query| query.get(key)).filter(|value: &String| !value.is_empty());
        let skip = get("skip").and_then(|skip| skip.parse().ok()).unwrap_or_default();
        let subject = Subject { service: name(), version: get("version"), skip };
        Asked { subject, tab: Tab::from_word(&get("tab").unwrap_or_default()), method: get("method") }
    });
    let fetched = Resource::new_blocking(move || asked.with(|asked| asked.subject.clone()), describe_service);
    let known = StoredValue::new(None::<catalog::Service>);
    let url = move || {
        let name = params.with_untracked(|params| params.get("name")).unwrap_or_default();
        routes::with_query(routes::LIVE_SERVICES, &[("service", &name)])
    };
    let concerns = move |event: &Event| {
        let changed = |now: Option<&catalog::Service>| known.with_value(|known| known.as_ref() != now);
        match &event.change {
            Change::Snapshot(catalog) => changed(catalog.services.first()),
            Change::Upserted(service) => changed(Some(service)),
            Change::Removed(_) => changed(None),
        }
    };
    Refresh::start(url, concerns, move || fetched.refetch());
    view! {
        <Title text=name/>
        <div class="page page--wide service">
            <nav class="crumbs" aria-label="Breadcrumb"><a href=routes::SERVICES>"Services"</a></nav>
            <h1 tabindex="-1" class="service__name">{name}</h1>
            <Transition fallback=|| view! { <p role="status">"Loading the service"</p> }>
                {move || Suspend::new(async move {
                    let found = fetched.await;
                    let asked = asked.get();
                    known.set_value(match &found {
                        Ok(Found::Service(described)) => Some(described.service.clone()),
                        _ => None,
                    });
                    match found {
                        Ok(Found::Service(described)) => view! { <Service described=*described asked/> }.into_any(),
                        Ok(Found::Missing(nearest)) => missing(&asked.subject.service, nearest).into_any(),
                        Err(error) => failed(error, &asked.subject.service).into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

fn failed(error: crate::AppError, service: &str) -> impl IntoView + use<> {
    set_status(error.code());
    view! { <Failure error retry=routes::service(service)/> }
}

/// The service does not exist, or the reader may not know of it.
fn missing(service: &str, nearest: Option<String>) -> impl IntoView + use<> {
    set_status(Code::NotFound);
    let text = format!("There is no service called “{service}”.");
    let nearest = nearest.map(|name| {
        let url = routes::service(&name);
        view! { <p>"Did you mean "<a href=url>{name}</a>"?"</p> }
    });
    view! {
        <div class="missing">
            <p>{text}</p>
            {nearest}
            <p class="actions"><a class="button" href=routes::SERVICES>"All services"</a></p>
        </div>
    }
}

#[component]
fn Service(described: Described, asked: Asked) -> impl IntoView {
    let (tab, name) = (asked.tab, described.service.name.clone());
    let body = match tab {
        Tab::Methods => view! { <methods::Methods described=described.clone() asked/> }.into_any(),
        Tab::Instances => view! { <instances::Instances service=described.service.clone()/> }.into_any(),
        Tab::Call => view! { <usage::Usage described=described.clone() method=asked.method/> }.into_any(),
    };
    view! {
        <Head described/>
        <nav class="tabs" aria-label="About the service">
            {Tab::ALL.map(|entry| view! {
                <a class="tabs__tab" href=routes::service_tab(&name, entry.word())
                    aria-current=(entry == tab).then_some("page")>{entry.title()}</a>
            }).into_iter().collect_view()}
        </nav>
        {body}
    }
}

/// Status, versions and address in one line.
#[component]
fn Head(described: Described) -> impl IntoView {
    let row = Row::of(&described.service);
    let version =
        described.description.as_ref().map(|description| description.version.clone()).unwrap_or_default();
    let versions = row.versions.iter().map(|known| {
        let url = routes::with_query(&routes::service(&row.name), &[("version", known)]);
        view! { <a class="chip" href=url aria-current=(*known == version).then_some("true")>{known.clone()}</a> }
    });
    let reason =
        (!row.reason.is_empty()).then(|| view! { <p class="service__reason">{row.reason.clone()}</p> });
    view! {
        <div class="service__head">
            <StatusLabel tone=of_status(row.status)/>
            <span class="service__since">"since "<Moment at_ms=row.since_ms/></span>
            <span>{format!("{} of {} instances up", row.up, row.total)}</span>
            <span class="service__versions">{versions.collect_view()}</span>
            <CopyButton text=row.name.clone() name="service name"/>
        </div>
        {reason}
        {(row.base).then(|| view! { <p class="service__base"><Icon name="logo"/>"Comes with Micro."</p> })}
    }
}
