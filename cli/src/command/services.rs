//! `micro services`: what there is and how it is.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Output, Services},
    output,
};
use micro_domain::{
    catalog::{Instance, Service},
    clock, suggest,
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
    if found.is_empty() {
        let near = suggest::nearest(&query, catalog.services.iter().map(|service| service.name.as_str()));
        say(&match near {
            Some(near) => format!("No service is named like `{query}`. Did you mean {near}?"),
            None if query.is_empty() => {
                "No services yet. Add one: micro register NAME --grpc HOST:PORT".to_owned()
            }
            None => format!("No service is named like `{query}`."),
        });
        return Ok(());
    }
    let now = clock::now_ms();
    output::table(
        &["SERVICE", "STATUS", "SINCE", "VERSIONS", "INSTANCES", "REASON"],
        found.iter().map(|service| table_row(service, now)),
    )
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

fn table_row(service: &Service, now_ms: i64) -> Vec<String> {
    let status = service.status();
    // The instances that make the service what it is: since when, and why.
    let telling: Vec<&Instance> =
        service.instances.iter().filter(|instance| instance.status == status).collect();
    let since = telling.iter().map(|instance| instance.since_ms).min();
    let up = service
        .instances
        .iter()
        .filter(|instance| instance.status == micro_domain::catalog::Status::Up)
        .count();
    let failing = service
        .instances
        .iter()
        .find(|instance| !instance.reason.is_empty() && instance.status != micro_domain::catalog::Status::Up);
    vec![
        service.name.clone(),
        output::status(status),
        since.map(|ms| output::ago(ms, now_ms)).unwrap_or_default(),
        service.versions().join(", "),
        format!("{up}/{}", service.instances.len()),
        failing.map(|instance| instance.reason.clone()).unwrap_or_default(),
    ]
}
