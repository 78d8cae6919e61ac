//! The catalog as a page of rows: filtering, sorting, keyset paging, and applying live changes to a page already shown.
//!
//! Plain functions, run by the server for the first page and by the browser for every change after it.

pub(crate) use micro_domain::view::ServiceRow as Row;

use micro_domain::catalog::{Catalog, Change, Event, Service, Status};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Rows of a page when the URL does not say.
pub(crate) const PAGE_ROWS: u16 = 50;
/// Most rows of a page.
pub(crate) const PAGE_ROWS_MAX: u16 = 100;
/// Longest search text used, in characters.
pub(crate) const SEARCH_MAX_CHARS: usize = 100;

/// What order the rows are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    /// By name.
    #[default]
    Name,
    /// What needs attention first, then by name.
    Status,
}

impl Sort {
    /// As in the URL; empty for the default.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Name => "",
            Self::Status => "status",
        }
    }
}

/// Which rows to show, as in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Query {
    /// Words that the name must contain.
    pub q: String,
    /// Only services with this status.
    pub health: Option<Status>,
    /// The order.
    pub sort: Sort,
    /// Where the page begins or ends; the first page when none.
    pub cursor: Option<Cursor>,
    /// Rows of a page; 0 means [`PAGE_ROWS`].
    pub size: u16,
}

/// The row just outside a page, by its sort key, so that a page stays put when rows before it come or go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The page lies before the row, not after it.
    before: bool,
    /// The row's rank by status; 0 when sorted by name.
    rank: u8,
    /// The row's name.
    name: String,
}

impl Cursor {
    /// `a0.name` for after, `b2.name` for before; anything else is no cursor.
    fn parse(text: &str) -> Option<Self> {
        let (head, name) = text.split_once('.')?;
        let (before, rank) = match head.split_at_checked(1)? {
            ("a", rank) => (false, rank),
            ("b", rank) => (true, rank),
            _ => return None,
        };
        Some(Self { before, rank: rank.parse().ok()?, name: name.to_owned() })
    }

    fn text(before: bool, row: &Row, sort: Sort) -> String {
        let (rank, name) = row.key(sort);
        format!("{}{rank}.{name}", if before { 'b' } else { 'a' })
    }
}

impl Query {
    /// The query a URL asks for; what it does not understand it ignores.
    pub(crate) fn from_url(get: impl Fn(&str) -> Option<String>) -> Self {
        let q: String = get("q").unwrap_or_default().trim().chars().take(SEARCH_MAX_CHARS).collect();
        Self {
            q,
            health: get("health").as_deref().and_then(status_from_word),
            sort: if get("sort").as_deref() == Some(Sort::Status.word()) { Sort::Status } else { Sort::Name },
            cursor: get("cursor").as_deref().and_then(Cursor::parse),
            size: get("size").and_then(|size| size.parse().ok()).unwrap_or(0),
        }
    }

    /// The URL that asks for this query, at `cursor`.
    pub(crate) fn url(&self, cursor: &str) -> String {
        let size = if self.size == 0 { String::new() } else { self.size.to_string() };
        crate::routes::with_query(
            crate::routes::SERVICES,
            &[
                ("q", &self.q),
                ("health", self.health.map_or("", Status::word)),
                ("sort", self.sort.word()),
                ("size", &size),
                ("cursor", cursor),
            ],
        )
    }

    /// The same query from its first page, for another status.
    pub(crate) fn with_health(&self, health: Option<Status>) -> Self {
        Self { health, cursor: None, ..self.clone() }
    }

    /// The same query from its first page, in another order.
    pub(crate) fn with_sort(&self, sort: Sort) -> Self {
        Self { sort, cursor: None, ..self.clone() }
    }

    /// Whether anything narrows the list.
    pub(crate) fn filters(&self) -> bool {
        !self.q.is_empty() || self.health.is_some()
    }

    fn rows_max(&self) -> usize {
        usize::from(if self.size == 0 { PAGE_ROWS } else { self.size.min(PAGE_ROWS_MAX) })
    }

    fn finds(&self, service: &Service) -> bool {
        let name = service.name.to_lowercase();
        self.q.to_lowercase().split_whitespace().all(|word| name.contains(word))
    }
}

/// The status called `word`.
pub(crate) fn status_from_word(word: &str) -> Option<Status> {
    [Status::Up, Status::Failing, Status::Unknown].into_iter().find(|status| status.word() == word)
}

/// Where a row stands in the list.
trait Placed {
    /// What it is sorted by.
    fn key(&self, sort: Sort) -> (u8, &str);

    /// Where it stands to a cursor.
    fn compare_to(&self, cursor: &Cursor, sort: Sort) -> Ordering {
        self.key(sort).cmp(&(cursor.rank, cursor.name.as_str()))
    }
}

impl Placed for Row {
    fn key(&self, sort: Sort) -> (u8, &str) {
        let rank = match (sort, self.status) {
            (Sort::Name, _) | (Sort::Status, Status::Failing) => 0,
            (Sort::Status, Status::Unknown) => 1,
            (Sort::Status, Status::Up) => 2,
        };
        (rank, &self.name)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// How many services have each status, among those the search finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Up.
    pub up: u32,
    /// Failing.
    pub failing: u32,
    /// Unknown.
    pub unknown: u32,
}

impl Counts {
    /// Those with `status`, or all.
    pub(crate) const fn of(self, status: Option<Status>) -> u32 {
        match status {
            Some(Status::Up) => self.up,
            Some(Status::Failing) => self.failing,
            Some(Status::Unknown) => self.unknown,
            None => self.up + self.failing + self.unknown,
        }
    }

    fn slot(&mut self, status: Status) -> &mut u32 {
        match status {
            Status::Up => &mut self.up,
            Status::Failing => &mut self.failing,
            Status::Unknown => &mut self.unknown,
        }
    }
}

/// One page of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// The rows.
    pub rows: Vec<Row>,
    /// Services found by the search, by status, before the status filter.
    pub counts: Counts,
    /// Services there are at all.
    pub registered: u32,
    /// Position of the first row among those that match, from 1.
    pub first: u32,
    /// The cursor of the page before.
    pub previous: Option<String>,
    /// The cursor of the page after.
    pub next: Option<String>,
    /// The catalog's revision, for the live watch to resume from.
    pub revision: u64,
}

/// The page of `catalog` that `query` asks for.
pub(crate) fn page(catalog: &Catalog, query: &Query) -> Page {
    let mut counts = Counts::default();
    let mut rows: Vec<Row> = Vec::new();
    for service in catalog.services.iter().filter(|service| query.finds(service)) {
        let status = service.status();
        *counts.slot(status) += 1;
        if query.health.is_none_or(|wanted| wanted == status) {
            rows.push(Row::of(service));
        }
    }
    rows.sort_by(|one, other| one.key(query.sort).cmp(&other.key(query.sort)));
    let range = window(&rows, query);
    let cursor = |before, row: Option<&Row>| row.map(|row| Cursor::text(before, row, query.sort));
    let previous = if range.start > 0 { cursor(true, rows.get(range.start)) } else { None };
    let next =
        if range.end < rows.len() { cursor(false, rows.get(range.end.saturating_sub(1))) } else { None };
    let first = count(range.start + 1);
    let shown = rows.drain(range).collect();
    Page {
        rows: shown,
        counts,
        registered: count(catalog.services.len()),
        first,
        previous,
        next,
        revision: catalog.revision,
    }
}

/// Which of the sorted rows the page holds.
fn window(rows: &[Row], query: &Query) -> std::ops::Range<usize> {
    let size = query.rows_max();
    match &query.cursor {
        None => 0..size.min(rows.len()),
        Some(cursor) if cursor.before => {
            let end = rows.partition_point(|row| row.compare_to(cursor, query.sort).is_lt());
            // A first page is never shorter than the others.
            let start = end.saturating_sub(size);
            start..if start == 0 { size.min(rows.len()) } else { end }
        }
        Some(cursor) => {
            let start = rows.partition_point(|row| row.compare_to(cursor, query.sort).is_le());
            start..(start + size).min(rows.len())
        }
    }
}

/// What became of a page when a change reached it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applied {
    /// The page is current.
    Current,
    /// The page must be read again: rows came, went or moved.
    Stale,
}

/// Applies one live change to a page.
pub(crate) fn apply(page: &mut Page, query: &Query, event: &Event) -> Applied {
    match &event.change {
        Change::Snapshot(catalog) => {
            *page = self::page(catalog, query);
            Applied::Current
        }
        Change::Removed(_) => Applied::Stale,
        Change::Upserted(service) => {
            let new = Row::of(service);
            let Some(row) = page.rows.iter_mut().find(|row| row.name == new.name) else {
                return Applied::Stale;
            };
            let moved = query.sort == Sort::Status && row.status != new.status;
            if moved || query.health.is_some_and(|wanted| wanted != new.status) {
                return Applied::Stale;
            }
            let counted = page.counts.slot(row.status);
            *counted = counted.saturating_sub(1);
            *page.counts.slot(new.status) += 1;
            *row = new;
            page.revision = event.revision;
            Applied::Current
        }
    }
}

#[cfg(test)]
mod tests;
