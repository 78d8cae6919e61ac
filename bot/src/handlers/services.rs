//! `/micro services [QUERY]` and `/micro service NAME`.

use super::{Answer, Asking};
use micro_domain::{
    Error, clock, suggest,
    view::{self, SERVICES_PAGE_MAX},
};

/// A page of the services whose name contains `query`.
pub(crate) async fn list(asking: &Asking<'_>, query: &str, from: usize) -> Result<Answer, Error> {
    let catalog = asking.client().registry().list().await?;
    Ok(Answer::View(view::services(&catalog, query, from, SERVICES_PAGE_MAX, clock::now_ms())))
}

/// One service.
pub(super) async fn one(asking: &Asking<'_>, name: &str) -> Result<Answer, Error> {
    let client = asking.client();
    let catalog = client.registry().list().await?;
    let Some(service) = catalog.spelled(name) else {
        let near = suggest::nearest(name, catalog.services.iter().map(|service| service.name.as_str()));
        let hint = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
        return Err(Error::not_found(format!("There is no service `{name}`.{hint}")));
    };
    let described = client.gateway().describe(&service.name, None).await;
    Ok(Answer::View(view::service(service, &described, clock::now_ms())))
}
