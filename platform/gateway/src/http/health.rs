//! `grpc.health.v1.Health`: Micro itself under the empty name, and every service the caller may see, by the names of its
//! gRPC services and by its own.

use super::own::{self, Limits, Requests};
use super::status::WireError;
use crate::table::{ServiceEntry, Table};
use crate::{Body, Gateway};
use http::Response;
use micro_domain::catalog::Status;
use micro_domain::identity::{Permission, Principal};
use micro_domain::{Error, suggest};
use std::collections::HashMap;
use std::sync::Arc;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

/// Asks for the health of everything.
#[derive(Clone, PartialEq, prost::Message)]
struct ListRequest {}

/// The health of everything.
#[derive(Clone, PartialEq, prost::Message)]
struct ListResponse {
    #[prost(map = "string, message", tag = "1")]
    statuses: HashMap<String, HealthCheckResponse>,
}

/// Answers a call of one of its methods.
pub(super) async fn serve(
    gateway: &Gateway,
    method: &str,
    principal: Option<&Principal>,
    body: Body,
    limits: Limits,
) -> Result<Response<Body>, WireError> {
    let mut requests = Requests::new(body);
    match method {
        "List" => {
            let ListRequest {} = requests.only().await?;
            let principal = principal.ok_or_else(own::unauthenticated)?;
            let statuses = all(&*gateway.settled().await, principal);
            Ok(own::answer(once(ListResponse { statuses }), limits))
        }
        "Watch" => {
            let HealthCheckRequest { service } = requests.only().await?;
            if !service.is_empty() && principal.is_none() {
                return Err(own::unauthenticated().into());
            }
            Ok(own::answer(watch(gateway.clone(), principal.cloned(), service), limits))
        }
        _ => {
            let HealthCheckRequest { service } = requests.only().await?;
            let status = check(&*gateway.settled().await, principal, &service)?;
            Ok(own::answer(once(response(status)), limits))
        }
    }
}

fn once<M: Send + 'static>(message: M) -> impl futures::Stream<Item = Result<M, WireError>> + Send + 'static {
    futures::stream::iter([Ok(message)])
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// The health of `name`, as far as the caller may see it.
fn check(table: &Table, principal: Option<&Principal>, name: &str) -> Result<ServingStatus, Error> {
    if name.is_empty() {
        return Ok(ServingStatus::Serving);
    }
    let principal = principal.ok_or_else(own::unauthenticated)?;
    find(table, principal, name).ok_or_else(|| {
        let seen = all(table, principal);
        let mut message = format!("no service `{name}` is registered");
        if let Some(nearest) = suggest::nearest(name, seen.keys().map(String::as_str)) {
            message = format!("{message}; did you mean `{nearest}`?");
        }
        Error::not_found(message)
    })
}

fn find(table: &Table, principal: &Principal, name: &str) -> Option<ServingStatus> {
    if name == own::HEALTH || own::REFLECTION.contains(&name) {
        return Some(ServingStatus::Serving);
    }
    if table.platform.as_ref().is_some_and(|platform| platform.routes.contains_key(name)) {
        return Some(ServingStatus::Serving);
    }
    let offering = table.grpc.get(name).map(Vec::as_slice).unwrap_or_default();
    let named = table.services.get(name);
    let seen = offering.iter().chain(named).filter(|service| may_see(principal, service));
    seen.map(|service| serving(service)).reduce(better)
}

fn may_see(principal: &Principal, service: &ServiceEntry) -> bool {
    principal.may(Permission::ServicesRead, Some(&service.name))
}

/// Up while one instance is up, like the service in the catalog.
fn serving(service: &ServiceEntry) -> ServingStatus {
    let statuses = service.instances.iter().map(|entry| match entry.instance.status {
        Status::Up => ServingStatus::Serving,
        Status::Failing => ServingStatus::NotServing,
        Status::Unknown => ServingStatus::Unknown,
    });
    statuses.reduce(better).unwrap_or(ServingStatus::Unknown)
}

/// The one that says more: serving, then not serving, then unknown.
fn better(one: ServingStatus, other: ServingStatus) -> ServingStatus {
    match (one, other) {
        (ServingStatus::Serving, _) | (_, ServingStatus::Serving) => ServingStatus::Serving,
        (ServingStatus::NotServing, _) | (_, ServingStatus::NotServing) => ServingStatus::NotServing,
        _ => ServingStatus::Unknown,
    }
}

/// Every name the caller may ask for, with its health.
fn all(table: &Table, principal: &Principal) -> HashMap<String, HealthCheckResponse> {
    let platform = table.platform.iter().flat_map(|platform| platform.routes.keys()).map(String::as_str);
    let own = [own::HEALTH].into_iter().chain(own::REFLECTION);
    let services = table.services.keys().map(String::as_str);
    let names = services.chain(table.grpc.keys().map(String::as_str)).chain(platform).chain(own).chain([""]);
    let status = |name: &str| {
        if name.is_empty() { Some(ServingStatus::Serving) } else { find(table, principal, name) }
    };
    names.filter_map(|name| Some((name.to_owned(), response(status(name)?)))).collect()
}

/// The health of `name` now and whenever it changes.
fn watch(
    gateway: Gateway,
    principal: Option<Principal>,
    name: String,
) -> impl futures::Stream<Item = Result<HealthCheckResponse, WireError>> + Send + 'static {
    let changed = gateway.0.changed.subscribe();
    let state = (gateway, changed, None);
    futures::stream::unfold(state, move |(gateway, mut changed, told)| {
        let (principal, name) = (principal.clone(), name.clone());
        async move {
            loop {
                changed.borrow_and_update();
                let table: Arc<Table> = gateway.0.table.load_full();
                let status =
                    check(&table, principal.as_ref(), &name).unwrap_or(ServingStatus::ServiceUnknown);
                if told != Some(status) {
                    return Some((Ok(response(status)), (gateway, changed, Some(status))));
                }
                changed.changed().await.ok()?;
            }
        }
    })
}
