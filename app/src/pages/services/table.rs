//! The catalog's rows, updated in place as changes arrive.

use crate::api::catalog::catalog_page;
use crate::listing::{Applied, Page, Query, Row, apply};
use crate::live::{CATALOG_EVENT, Connection, PAINT_EVERY, follow, row_focused};
use crate::routes;
use crate::ui::status::{StatusLabel, of_status};
use crate::ui::time::Moment;
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use micro_domain::catalog::Event;

/// Changes held between two paints; beyond, the page is read again instead.
const PENDING_MAX: usize = 256;

/// A page of the catalog that follows the changes.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    page: RwSignal<Page>,
    /// A page whose rows differ, held back while a row has the focus: it must not move.
    held: RwSignal<Option<Page>>,
    query: StoredValue<Query>,
    pending: StoredValue<Vec<Event>>,
    /// A paint is due or a fresh page is under way.
    busy: StoredValue<bool>,
    stale: StoredValue<bool>,
}

impl Live {
    /// Shows `page` and, in the browser, follows its changes from there.
    pub(crate) fn start(page: Page, query: Query) -> Self {
        let live = Self {
            page: RwSignal::new(page),
            held: RwSignal::new(None),
            query: StoredValue::new(query),
            pending: StoredValue::new(Vec::new()),
            busy: StoredValue::new(false),
            stale: StoredValue::new(false),
        };
        let connection = expect_context::<Connection>();
        Effect::new(move || {
            let url = move || {
                let after = live.page.try_with_untracked(|page| page.revision).unwrap_or_default();
                routes::with_query(routes::LIVE_SERVICES, &[("after", &after.to_string())])
            };
            follow(connection, CATALOG_EVENT, url, move |data| live.heard(&data));
        });
        live
    }

    /// What is shown.
    pub(crate) fn page(self) -> RwSignal<Page> {
        self.page
    }

    fn heard(self, data: &str) {
        match serde_json::from_str::<Event>(data) {
            Ok(event) => self.pending.update_value(|pending| pending.push(event)),
            Err(_) => self.stale.set_value(true),
        }
        if self.pending.with_value(Vec::len) > PENDING_MAX {
            self.pending.set_value(Vec::new());
            self.stale.set_value(true);
        }
        self.schedule();
    }

    fn schedule(self) {
        if !self.busy.get_value() {
            self.busy.set_value(true);
            set_timeout(move || self.paint(), PAINT_EVERY);
        }
    }

    /// Applies what arrived since the last paint.
    fn paint(self) {
        let Some(events) = self.pending.try_update_value(std::mem::take) else { return };
        let query = self.query.get_value();
        let mut page = self.held.get_untracked().unwrap_or_else(|| self.page.get_untracked());
        for event in &events {
            if apply(&mut page, &query, event) == Applied::Stale {
                self.stale.set_value(true);
            }
        }
        if !self.stale.get_value() {
            self.busy.set_value(false);
            return self.show(page);
        }
        self.stale.set_value(false);
        spawn_local(async move {
            let fresh = catalog_page(query).await;
            if self.busy.try_set_value(false).is_some() {
                return;
            }
            match fresh {
                Ok(page) => self.show(page),
                Err(_) => self.stale.set_value(true),
            }
            if self.stale.get_value() || self.pending.with_value(|pending| !pending.is_empty()) {
                self.schedule();
            }
        });
    }

    /// Shows `page`; while a row has the focus only the rows that stay are changed.
    fn show(self, page: Page) {
        let same_rows = self.page.with_untracked(|shown| names(&shown.rows).eq(names(&page.rows)));
        if same_rows || !row_focused() {
            self.held.set(None);
            return self.page.set(page);
        }
        self.page.update(|shown| {
            for row in &mut shown.rows {
                if let Some(new) = page.rows.iter().find(|new| new.name == row.name) {
                    row.clone_from(new);
                }
            }
        });
        self.held.set(Some(page));
    }

    /// Shows what was held back.
    fn release(self) {
        if let Some(page) = self.held.get_untracked() {
            self.held.set(None);
            self.page.set(page);
        }
    }
}

fn names(rows: &[Row]) -> impl Iterator<Item = &str> {
    rows.iter().map(|row| row.name.as_str())
}

/// The table.
#[component]
pub(crate) fn Table(live: Live, query: Query) -> impl IntoView {
    let page = live.page();
    let held = move || live.held.with(Option::is_some);
    let caption = if query.filters() { "Services that match" } else { "All services" };
    view! {
        <Show when=held>
            <p class="pill" role="status">
                "Services came or went. "
                <button type="button" class="button" on:click=move |_| live.release()>"Show"</button>
            </p>
        </Show>
        <table class="table table--cards">
            <caption class="hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Status"</th>
                    <th scope="col">"Versions"</th>
                    <th scope="col" class="number">"Instances"</th>
                    <th scope="col">"Since"</th>
                </tr>
            </thead>
            <tbody>
                <For each=move || page.with(|page| page.rows.clone()) key=|row| row.name.clone() let(row)>
                    <ServiceRow page row/>
                </For>
            </tbody>
        </table>
    }
}

/// A row; its cells follow the page, the row itself stays.
#[component]
fn ServiceRow(page: RwSignal<Page>, row: Row) -> impl IntoView {
    let (name, url) = (row.name.clone(), routes::service(&row.name));
    let row = Memo::new(move |before: Option<&Row>| {
        let found = page.with(|page| page.rows.iter().find(|new| new.name == row.name).cloned());
        found.or_else(|| before.cloned()).unwrap_or_else(|| row.clone())
    });
    let tone = Signal::derive(move || of_status(row.with(|row| row.status)));
    let since = Signal::derive(move || row.with(|row| row.since_ms));
    let reason = move || row.with(|row| (!row.reason.is_empty()).then(|| row.reason.clone()));
    view! {
        <tr class=move || format!("row row--{}", tone.get().class)>
            <th scope="row" class="row__name">
                <a href=url data-row="">{name}</a>
                {row.get_untracked().base.then(|| view! { <span class="tag">"base"</span> })}
            </th>
            <td data-label="Status"><StatusLabel tone/></td>
            <td data-label="Versions">{move || row.with(|row| versions(&row.versions))}</td>
            <td data-label="Instances" class="number">{move || row.with(|row| format!("{} of {}", row.up, row.total))}</td>
            <td data-label="Since" class="row__since">
                <Moment at_ms=since/>
                {move || reason().map(|reason| view! { <span class="row__reason" title=reason.clone()>{reason.clone()}</span> })}
            </td>
        </tr>
    }
}

/// The versions in one cell: `1.2, 1.3`, or a dash.
fn versions(versions: &[String]) -> String {
    if versions.is_empty() { "–".to_owned() } else { versions.join(", ") }
}
