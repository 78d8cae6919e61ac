//! One service: its instances and what it offers.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::catalog::Service;
use micro_domain::schema::Description;
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// Methods a page lists at once.
pub(crate) const METHODS_SHOWN: usize = 100;
/// Types a page lists at once.
#[cfg(feature = "ssr")]
pub(crate) const TYPES_SHOWN: usize = 200;

/// Which part of a service to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    /// The service's name.
    pub service: String,
    /// The version to describe; the newest described one when none.
    pub version: Option<String>,
    /// Methods to skip: the page before ended there.
    pub skip: u32,
}

/// A service as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Described {
    /// Its instances.
    pub service: Service,
    /// What it offers, cut to what one page shows; or why that is not known.
    pub description: Result<Description, AppError>,
    /// Methods it has.
    pub methods: u32,
    /// Types its methods reach that the page leaves out.
    pub types_omitted: u32,
}

/// What a name in the URL turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Found {
    /// A service.
    Service(Box<Described>),
    /// Nothing the caller may see; the nearest name there is.
    Missing(Option<String>),
}

/// A service and one page of what it offers.
#[server(endpoint = "service", input = Json)]
pub(crate) async fn describe_service(subject: Subject) -> Result<Found, AppError> {
    let client = super::client()?;
    let (mut registry, mut gateway) = (client.registry(), client.gateway());
    let description = super::bounded(gateway.describe(&subject.service, subject.version.as_deref()));
    let (service, description) = futures::join!(super::bounded(registry.get(&subject.service)), description);
    let service = match service {
        Ok(service) => service,
        Err(error) if error.code() == micro_domain::Code::NotFound => {
            let catalog = super::bounded(registry.list()).await?;
            let names = catalog.services.iter().map(|service| service.name.as_str());
            let nearest = micro_domain::suggest::nearest(&subject.service, names);
            return Ok(Found::Missing(nearest.map(str::to_owned)));
        }
        Err(error) => return Err(error),
    };
    let skip = usize::try_from(subject.skip).unwrap_or(usize::MAX);
    Ok(Found::Service(Box::new(described(service, description, skip))))
}

#[cfg(feature = "ssr")]
fn described(service: Service, description: Result<Description, AppError>, skip: usize) -> Described {
    let mut described = Described { service, description, methods: 0, types_omitted: 0 };
    if let Ok(description) = &mut described.description {
        let schema = &description.schema;
        described.methods = u32::try_from(schema.methods().count()).unwrap_or(u32::MAX);
        let part = super::part::cut(schema, skip, METHODS_SHOWN, TYPES_SHOWN);
        described.types_omitted = part.types_omitted;
        description.schema = part.schema;
    }
    described
}
