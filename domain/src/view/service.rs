//! Services: the list, and one of them.

use super::{Action, Card, Does, Field, Row, Table, Text, Tone, View, plain};
use crate::{
    Error,
    arguments::kebab,
    catalog::{Address, Catalog, Service, Status},
    command::chat,
    schema::{Description, Method},
    suggest, when,
};
use serde::{Deserialize, Serialize};

/// Services on one page of a list.
pub const SERVICES_PAGE_MAX: usize = 20;
/// Methods named on a service's card.
const METHODS_MAX: usize = 12;
/// Instances named on a service's card.
const INSTANCES_MAX: usize = 3;

/// What every list tells of a service: in the terminal, on the dashboard and in chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// Its name.
    pub name: String,
    /// How it is.
    pub status: Status,
    /// The versions its instances run.
    pub versions: Vec<String>,
    /// Instances that are up.
    pub up: u32,
    /// Instances there are.
    pub total: u32,
    /// Since when it has that status, milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Why, one sentence; empty when there is nothing to say.
    pub reason: String,
    /// It comes with Micro.
    pub base: bool,
}

impl ServiceRow {
    /// The row of a service.
    #[must_use]
    pub fn of(service: &Service) -> Self {
        let status = service.status();
        let alike = || service.instances.iter().filter(|instance| instance.status == status);
        // Up since the first instance was; failing since the last one failed.
        let since = match status {
            Status::Up => alike().map(|instance| instance.since_ms).min(),
            Status::Failing | Status::Unknown => alike().map(|instance| instance.since_ms).max(),
        };
        let up = service.instances.iter().filter(|instance| instance.status == Status::Up).count();
        Self {
            name: service.name.clone(),
            status,
            versions: service.versions(),
            up: count(up),
            total: count(service.instances.len()),
            since_ms: since.unwrap_or_default(),
            reason: reason(service, status),
            base: service.instances.iter().all(|instance| instance.address == Address::InProcess),
        }
    }

    /// How many instances answer, of how many: `2/3`.
    #[must_use]
    pub fn answering(&self) -> String {
        format!("{}/{}", self.up, self.total)
    }
}

/// Why a service is as it is; a service that is up says how many of its instances fail and why the first does.
fn reason(service: &Service, status: Status) -> String {
    let wanted = if status == Status::Up { Status::Failing } else { status };
    let mut alike = service.instances.iter().filter(|instance| instance.status == wanted);
    let reason = alike.find(|instance| !instance.reason.is_empty()).map(|instance| plain(&instance.reason));
    let failing = service.instances.iter().filter(|instance| instance.status == Status::Failing).count();
    match (status, failing, reason) {
        (Status::Up, 1, Some(reason)) => format!("1 instance fails: {reason}"),
        (Status::Up, 2.., Some(reason)) => format!("{failing} instances fail: {reason}"),
        (_, _, reason) => reason.unwrap_or_default(),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The services whose name contains `query`, `from` the given one on, at most `most`.
#[must_use]
pub fn services(catalog: &Catalog, query: &str, from: usize, most: usize, now_ms: i64) -> View {
    let wanted = query.to_lowercase();
    let found: Vec<&Service> =
        catalog.services.iter().filter(|service| service.name.to_lowercase().contains(&wanted)).collect();
    let rows: Vec<Row> = found.iter().skip(from).take(most).map(|service| row(service, now_ms)).collect();
    let (total, shown) = (found.len(), rows.len());
    let mut actions = Vec::new();
    if from > 0 {
        actions.push(page("Previous", query, from.saturating_sub(most)));
    }
    if from + shown < total {
        actions.push(page("Next", query, from + shown));
    }
    let range = (shown < total && shown > 0).then(|| format!("{} to {} of {total}", from + 1, from + shown));
    View::Table(Table {
        title: "Services".to_owned(),
        columns: vec!["SERVICE", "STATUS", "SINCE", "VERSIONS", "INSTANCES", "REASON"],
        rows,
        empty: none(catalog, query),
        notes: range.into_iter().collect(),
        actions,
        opens: chat::parse("service").ok().map(Box::new),
    })
}

fn page(label: &str, query: &str, from: usize) -> Action {
    Action::new(label, Does::Page { query: query.to_owned(), from })
}

fn row(service: &Service, now_ms: i64) -> Row {
    let row = ServiceRow::of(service);
    let (versions, instances) = (plain(&row.versions.join(", ")), row.answering());
    Row {
        tone: row.status.into(),
        cells: vec![
            row.name,
            row.status.word().to_owned(),
            when::relative(row.since_ms, now_ms),
            versions,
            instances,
            row.reason,
        ],
    }
}

fn none(catalog: &Catalog, query: &str) -> String {
    let near = suggest::nearest(query, catalog.services.iter().map(|service| service.name.as_str()));
    match near {
        Some(near) => format!("No service is named like `{query}`. Did you mean {near}?"),
        None if query.is_empty() => {
            "No services yet. Add one: micro register NAME --grpc HOST:PORT".to_owned()
        }
        None => format!("No service is named like `{query}`."),
    }
}

/// One service: how it is and what it offers.
#[must_use]
pub fn service(service: &Service, described: &Result<Description, Error>, now_ms: i64) -> View {
    let row = ServiceRow::of(service);
    let mut fields = vec![Field::new("Status", status(&row, now_ms))];
    if !row.versions.is_empty() {
        fields.push(Field::new("Versions", plain(&row.versions.join(", "))));
    }
    fields.push(Field::new("Instances", instances(service)));
    let mut text = Vec::new();
    let mut notes = Vec::new();
    let mut actions = Vec::new();
    match described {
        Ok(description) => {
            let methods: Vec<&Method> = description.schema.methods().collect();
            text.extend(methods.iter().take(METHODS_MAX).map(|method| command(description, method)));
            if methods.len() > METHODS_MAX {
                notes.push(format!("and {} more methods", methods.len() - METHODS_MAX));
            }
            if let Some(first) = methods.iter().find(|method| !method.client_streaming) {
                actions.push(Action::primary(
                    format!("Call {}", first.name),
                    Does::Form {
                        service: row.name.clone(),
                        method: first.full_name(),
                        request: String::new(),
                    },
                ));
            }
        }
        Err(error) => notes.push(format!("What it offers is not known: {}", plain(&error.message))),
    }
    actions.push(Action::new("Open", Does::Open(format!("/services/{}", row.name))));
    View::Card(Card {
        tone: row.status.into(),
        title: row.name,
        text,
        fields,
        notes,
        actions,
        ..Card::default()
    })
}

fn status(row: &ServiceRow, now_ms: i64) -> String {
    let since = when::relative(row.since_ms, now_ms);
    let reason = if row.reason.is_empty() { String::new() } else { format!(": {}", row.reason) };
    format!("{} {}, {since}{reason}", Tone::from(row.status).glyph(), row.status.word())
}

fn instances(service: &Service) -> String {
    let mut told: Vec<String> = service
        .instances
        .iter()
        .take(INSTANCES_MAX)
        .map(|instance| format!("{} ({})", instance.address, instance.status.word()))
        .collect();
    if service.instances.len() > INSTANCES_MAX {
        told.push(format!("and {} more", service.instances.len() - INSTANCES_MAX));
    }
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

fn command(description: &Description, method: &Method) -> Text {
    let unique = description.schema.methods().filter(|other| other.name == method.name).count() == 1;
    let name = if unique { kebab(&method.name) } else { method.full_name() };
    let about = method.comment.lines().next().unwrap_or_default();
    Text::Command(format!("run {} {name}", description.service), plain(about))
}
