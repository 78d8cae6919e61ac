//! `micro services`: what there is and how it is.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Output, Services},
    output,
};
use micro_domain::{
    catalog::Service,
    clock,
    view::{self, View},
};
use serde::Serialize;

/// A service as scripts read it.
#[derive(Serialize)]
struct Row<'s> {
    name: &'s str,
    status: &'static str,
    versions: Vec<String>,
    instances: Vec<InstanceRow<'s>>,
}

#[derive(Serialize)]
struct InstanceRow<'s> {
    address: String,
    version: &'s str,
    status: &'static str,
    since: String,
    reason: &'s str,
}

pub(super) async fn run(globals: &Globals, options: Services) -> Result<(), Failure> {
    let session = globals.session()?;
    let catalog = session.client.registry().list().await?;
    let query = options.query.unwrap_or_default().to_lowercase();
    let found: Vec<&Service> =
        catalog.services.iter().filter(|service| service.name.to_lowercase().contains(&query)).collect();
    if globals.output == Output::Json {
        return output::json(&found.iter().map(|service| row(service)).collect::<Vec<_>>());
    }
    let View::Table(table) = view::services(&catalog, &query, 0, usize::MAX, clock::now_ms()) else {
        return Ok(());
    };
    if table.rows.is_empty() {
        say(&table.empty);
        return Ok(());
    }
    output::table(
        &table.columns,
        found.iter().zip(table.rows).map(|(service, row)| styled(service, row.cells)),
    )
}

/// The cells as they are, the status in its colour.
fn styled(service: &Service, mut cells: Vec<String>) -> Vec<String> {
    let status = output::status(service.status());
    if let Some(cell) = cells.iter_mut().find(|cell| *cell == service.status().word()) {
        *cell = status;
    }
    cells
}

fn row(service: &Service) -> Row<'_> {
    let instances = service.instances.iter().map(|instance| InstanceRow {
        address: instance.address.to_string(),
        version: &instance.version,
        status: instance.status.word(),
        since: output::time(instance.since_ms),
        reason: &instance.reason,
    });
    Row {
        name: &service.name,
        status: service.status().word(),
        versions: service.versions(),
        instances: instances.collect(),
    }
}
