//! From the name a caller used to one service, one method and the instances that may answer.
//!
//! What is not there is NOT_FOUND on every surface, gRPC paths included, with the nearest name there is. A gRPC server
//! would say UNIMPLEMENTED; a caller of Micro can so tell a name that leads nowhere from a service that answers
//! UNIMPLEMENTED itself. Services the caller may not see are answered exactly like those that do not exist.

use crate::core::Gateway;
use crate::table::{Description, InstanceEntry, MethodEntry, Route, ServiceEntry, Table};
use micro_domain::identity::{Permission, Principal};
use micro_domain::schema::Unresolved;
use micro_domain::{Code, Error, suggest};
use std::collections::HashMap;
use std::sync::Arc;

/// Where a call goes.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The service.
    pub(crate) service: Arc<ServiceEntry>,
    /// The method.
    pub(crate) method: Arc<MethodEntry>,
    /// The instances to choose from, never empty.
    pub(crate) candidates: Arc<[Arc<InstanceEntry>]>,
}

impl Gateway {
    /// Routes by the fully-qualified gRPC name; `micro_service` and `micro_version` are the caller's metadata that
    /// choose among several services. Waits for first descriptions under way when nothing fits yet.
    ///
    /// # Errors
    /// NOT_FOUND for what no service the caller may call offers and for an unknown `micro_service`,
    /// FAILED_PRECONDITION where several offer it, UNAUTHENTICATED without a principal (except for Micro's own API).
    pub(crate) async fn route_grpc(
        &self,
        principal: Option<&Principal>,
        grpc_service: &str,
        method: &str,
        micro_service: Option<&str>,
        micro_version: Option<&str>,
    ) -> Result<Plan, Error> {
        let find =
            |table: &Table| table.route_grpc(principal, grpc_service, method, micro_service, micro_version);
        match find(&self.table()) {
            Err(error) if self.settling(&error) => find(&*self.settled().await),
            result => result,
        }
    }

    /// Routes to a service of the catalog by name; `method` may be short where it is unique.
    ///
    /// # Errors
    /// NOT_FOUND with the nearest name, INVALID_ARGUMENT for a method name that means several, UNAVAILABLE for a
    /// service that could not be described, UNAUTHENTICATED without a principal.
    pub(crate) async fn route_named(
        &self,
        principal: Option<&Principal>,
        service: &str,
        method: &str,
        version: Option<&str>,
        instance: Option<&str>,
    ) -> Result<Plan, Error> {
        let find = |table: &Table| table.route_named(principal, service, method, version, instance);
        match find(&self.table()) {
            Err(error) if self.settling(&error) => find(&*self.settled().await),
            result => result,
        }
    }

    /// Whether waiting for descriptions could turn `error` into a route.
    fn settling(&self, error: &Error) -> bool {
        let missing = matches!(error.code, Code::NotFound | Code::Unavailable);
        missing && !self.is_settled()
    }
}

impl Table {
    /// See [`Gateway::route_grpc`].
    pub(crate) fn route_grpc(
        &self,
        principal: Option<&Principal>,
        grpc_service: &str,
        method: &str,
        micro_service: Option<&str>,
        micro_version: Option<&str>,
    ) -> Result<Plan, Error> {
        if let Some(platform) = &self.platform
            && let Some(methods) = platform.routes.get(grpc_service)
        {
            let route = methods.get(method).ok_or_else(|| unknown_method(methods, grpc_service, method))?;
            return Ok(plan(platform, route));
        }
        let principal = principal.ok_or_else(unauthenticated)?;
        if let Some(name) = micro_service {
            let full_name = format!("{grpc_service}.{method}");
            return self.route_named(Some(principal), name, &full_name, micro_version, None);
        }
        let offering = self.grpc.get(grpc_service).map(Vec::as_slice).unwrap_or_default();
        let mut callable = offering.iter().filter(|service| may_call(principal, &service.name));
        let Some(first) = callable.next() else {
            return Err(self.unknown_grpc_service(principal, grpc_service));
        };
        let others: Vec<&Arc<ServiceEntry>> = callable.collect();
        if !others.is_empty() {
            return Err(ambiguous(grpc_service, first, &others));
        }
        let routes = first.routes.get(grpc_service);
        let route = routes.and_then(|methods| methods.get(method)).ok_or_else(|| match routes {
            Some(methods) => unknown_method(methods, grpc_service, method),
            None => Error::not_found(format!("there is no gRPC service `{grpc_service}`")),
        })?;
        match micro_version {
            None => Ok(plan(first, route)),
            Some(_) => first.narrowed(route, micro_version, None),
        }
    }

    /// See [`Gateway::route_named`].
    pub(crate) fn route_named(
        &self,
        principal: Option<&Principal>,
        service: &str,
        method: &str,
        version: Option<&str>,
        instance: Option<&str>,
    ) -> Result<Plan, Error> {
        let principal = principal.ok_or_else(unauthenticated)?;
        let entry = self.visible(principal, service)?;
        if !may_call(principal, service) {
            return Err(Error::new(
                Code::PermissionDenied,
                format!("you may see `{service}`, but not call it"),
            ));
        }
        let route = entry.find(method, version)?;
        entry.narrowed(route, version, instance)
    }

    /// The service of this name, as far as the caller may see it.
    ///
    /// # Errors
    /// NOT_FOUND, with the nearest name the caller may see.
    pub(crate) fn visible(&self, principal: &Principal, service: &str) -> Result<&Arc<ServiceEntry>, Error> {
        let seen = |name: &str| principal.may(Permission::ServicesRead, Some(name));
        if let Some(entry) = self.services.get(service)
            && seen(service)
        {
            return Ok(entry);
        }
        let names = self.services.keys().map(String::as_str).filter(|name| seen(name));
        Err(not_found(format!("there is no service `{service}`"), suggest::nearest(service, names)))
    }

    fn unknown_grpc_service(&self, principal: &Principal, grpc_service: &str) -> Error {
        let visible = self.grpc.iter().filter(|(_, services)| {
            services.iter().any(|service| principal.may(Permission::ServicesRead, Some(&service.name)))
        });
        let nearest = suggest::nearest(grpc_service, visible.map(|(name, _)| name.as_str()));
        let message = format!("no registered service offers the gRPC service `{grpc_service}`");
        not_found(message, nearest)
    }
}

impl ServiceEntry {
    /// The route `name` means, in one version or the newest that has it.
    fn find(&self, name: &str, version: Option<&str>) -> Result<&Route, Error> {
        if self.descriptions.is_empty() {
            return Err(self.not_described());
        }
        let newest_first = self.descriptions.iter().rev();
        let wanted: Vec<_> = newest_first.filter(|one| version.is_none_or(|v| v == one.version)).collect();
        if wanted.is_empty() {
            return Err(self.unknown_version(version.unwrap_or_default()));
        }
        let mut failure = None;
        for description in wanted {
            match description.schema.method(name) {
                Ok(method) => {
                    let methods = self.routes.get(&method.service);
                    if let Some(route) = methods.and_then(|methods| methods.get(&method.name)) {
                        return Ok(route);
                    }
                }
                Err(unresolved) => drop(failure.get_or_insert(unresolved)),
            }
        }
        Err(match failure {
            Some(Unresolved::Ambiguous(names)) => Error::invalid(format!(
                "several methods of `{}` are called `{name}`; name one of {}",
                self.name,
                names.join(", ")
            )),
            Some(Unresolved::Unknown(nearest)) => {
                not_found(format!("`{}` has no method `{name}`", self.name), nearest.as_deref())
            }
            None => not_found(format!("`{}` has no method `{name}`", self.name), None),
        })
    }

    /// The route through instances of one version, or one instance.
    fn narrowed(
        self: &Arc<Self>,
        route: &Route,
        version: Option<&str>,
        instance: Option<&str>,
    ) -> Result<Plan, Error> {
        if version.is_none() && instance.is_none() {
            return Ok(plan(self, route));
        }
        let fits = |entry: &Arc<InstanceEntry>| {
            version.is_none_or(|version| entry.instance.version == version)
                && instance.is_none_or(|id| entry.instance.id == id)
        };
        let candidates: Arc<[_]> = route.instances.iter().filter(|entry| fits(entry)).cloned().collect();
        let Some(first) = candidates.first() else {
            return Err(match (version, instance) {
                (_, Some(id)) => {
                    not_found(format!("no instance `{id}` of `{}` offers this method", self.name), None)
                }
                (version, None) => self.unknown_version(version.unwrap_or_default()),
            });
        };
        let schema = &route.method.schema;
        let own =
            first.description.as_ref().and_then(|one| one.methods.get(&schema.service)?.get(&schema.name));
        let method = Arc::clone(own.unwrap_or(&route.method));
        Ok(Plan { service: Arc::clone(self), method, candidates })
    }

    /// The description of `version`, or the newest.
    ///
    /// # Errors
    /// NOT_FOUND for an unknown version, UNAVAILABLE without any description.
    pub(crate) fn description(&self, version: Option<&str>) -> Result<&Arc<Description>, Error> {
        if self.descriptions.is_empty() {
            return Err(self.not_described());
        }
        let wanted = |one: &&Arc<Description>| version.is_none_or(|version| version == one.version);
        self.descriptions
            .iter()
            .rev()
            .find(wanted)
            .ok_or_else(|| self.unknown_version(version.unwrap_or_default()))
    }

    fn unknown_version(&self, version: &str) -> Error {
        let known: Vec<&str> = self.descriptions.iter().map(|one| one.version.as_str()).collect();
        let named: Vec<&str> = known.iter().copied().filter(|version| !version.is_empty()).collect();
        let message = format!("no instance of `{}` that offers this runs version `{version}`", self.name);
        if named.is_empty() {
            return Error::not_found(format!("{message}; its instances name no version"));
        }
        Error::not_found(format!("{message}; there is {}", named.join(", ")))
    }

    /// UNAVAILABLE: what this service offers is not known.
    pub(crate) fn not_described(&self) -> Error {
        let why = self.undescribed.as_deref().unwrap_or("none of its instances has answered yet");
        Error::unavailable(format!(
            "what `{}` offers is not known: {why}; enable gRPC server reflection in it, or register it with --descriptors",
            self.name
        ))
    }
}

fn may_call(principal: &Principal, service: &str) -> bool {
    principal.may(Permission::ServicesCall, Some(service))
}

fn plan(service: &Arc<ServiceEntry>, route: &Route) -> Plan {
    Plan {
        service: Arc::clone(service),
        method: Arc::clone(&route.method),
        candidates: Arc::clone(&route.instances),
    }
}

/// Nobody, or nobody known.
pub(crate) fn unauthenticated() -> Error {
    Error::unauthenticated(
        "no valid credential was given; send `authorization: Bearer mu_pat_...` with a token from `micro token create`",
    )
}

fn not_found(message: String, nearest: Option<&str>) -> Error {
    match nearest {
        Some(nearest) => Error::not_found(format!("{message}; did you mean `{nearest}`?")),
        None => Error::not_found(message),
    }
}

fn unknown_method(methods: &HashMap<String, Route>, grpc_service: &str, method: &str) -> Error {
    let nearest = suggest::nearest(method, methods.keys().map(String::as_str));
    let message = format!("`{grpc_service}` has no method `{method}`");
    not_found(message, nearest)
}

fn ambiguous(grpc_service: &str, first: &ServiceEntry, others: &[&Arc<ServiceEntry>]) -> Error {
    let mut names: Vec<&str> = others.iter().map(|service| service.name.as_str()).collect();
    names.push(&first.name);
    names.sort_unstable();
    Error::new(
        Code::FailedPrecondition,
        format!(
            "several services offer `{grpc_service}`: {}; choose one with the metadata `micro-service: NAME`",
            names.join(", ")
        ),
    )
}
