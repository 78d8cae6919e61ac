//! Registering and deregistering: what is asked for is checked, kept where it must outlive the process, then shown.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use micro_domain::address::HostPort;
use micro_domain::catalog::{Address, Catalog, Instance, Registered, Registration, Service, valid_name};
use micro_domain::clock::now_ms;
use micro_domain::identity::{Permission, Principal};
use micro_domain::{Code, Error as Refusal, suggest};
use tokio::sync::{Mutex, oneshot};

use crate::descriptors::Descriptors;
use crate::keeper::Command;
use crate::lease::{TTL_MAX_MS, TTL_MIN_MS};
use crate::state::Put;
use crate::{Error, Registry, address, store};

/// Instances of one service.
pub const INSTANCES_PER_SERVICE_MAX: usize = 1_000;
/// Services in the catalog.
pub const SERVICES_MAX: usize = 10_000;
/// Longest version, in bytes.
pub const VERSION_MAX_BYTES: usize = 128;
/// The platform's own name, which no service may take.
const RESERVED_NAME: &str = "micro";
/// Locks that registrations of services share, so that those of one service happen one after the other.
const TURNS: usize = 64;

/// One lock per group of services.
#[derive(Debug)]
pub(crate) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    fn of(&self, service: &str) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        service.hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or(0);
        &self.0[index]
    }
}

/// A registration whose every part was checked.
#[derive(Debug)]
struct Accepted {
    service: String,
    version: String,
    address: HostPort,
    ttl: Option<Duration>,
    descriptors: Option<Descriptors>,
}

fn wrong(field: &str, why: impl Into<String>) -> Refusal {
    let why = why.into();
    Refusal::invalid(why.clone()).with_violation(field, why)
}

/// PERMISSION_DENIED for who may see a service but not register instances of it.
pub(crate) fn may_not_register(service: &str) -> Refusal {
    Refusal::new(Code::PermissionDenied, format!("you may not register instances of `{service}`"))
}

fn accept_name(name: &str) -> Result<(), Refusal> {
    if !valid_name(name) {
        let rule = "a service's name is a letter, then letters, digits, `-`, `_` or `.`, at most 63 bytes";
        return Err(wrong("service", rule));
    }
    if name.eq_ignore_ascii_case(RESERVED_NAME) {
        return Err(wrong("service", "the name `micro` is reserved for the platform itself"));
    }
    Ok(())
}

fn accept_version(version: &str) -> Result<(), Refusal> {
    if version.len() > VERSION_MAX_BYTES || !version.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("version", "a version is up to 128 visible ASCII characters without spaces"));
    }
    Ok(())
}

fn accept_ttl(ttl_ms: Option<u64>) -> Result<Option<Duration>, Refusal> {
    match ttl_ms {
        Some(ms) if !(TTL_MIN_MS..=TTL_MAX_MS).contains(&ms) => {
            Err(wrong("ttl", "a lease lasts from 1 s to 1 h; leave `ttl` out to register statically"))
        }
        ttl_ms => Ok(ttl_ms.map(Duration::from_millis)),
    }
}

/// Finds the instance a registration updates, or checks that there is room for a new one.
fn admit<'a>(catalog: &'a Catalog, name: &str, address: &HostPort) -> Result<Option<&'a Instance>, Refusal> {
    let full = |what: String| Err(Refusal::new(Code::ResourceExhausted, what));
    let Some(service) = catalog.service(name) else {
        if catalog.services.len() >= SERVICES_MAX {
            return full(format!("there are {SERVICES_MAX} services already; deregister one first"));
        }
        return Ok(None);
    };
    if is_in_process(service) {
        let taken = format!("`{name}` is one of Micro's base services; choose another name");
        return Err(Refusal::new(Code::AlreadyExists, taken));
    }
    let known = at_address(service, &address.to_string());
    if known.is_none() && service.instances.len() >= INSTANCES_PER_SERVICE_MAX {
        return full(format!(
            "`{name}` has {INSTANCES_PER_SERVICE_MAX} instances already; deregister one first"
        ));
    }
    Ok(known)
}

fn is_in_process(service: &Service) -> bool {
    service.instances.iter().any(|instance| instance.address == Address::InProcess)
}

fn at_address<'a>(service: &'a Service, address: &str) -> Option<&'a Instance> {
    service
        .instances
        .iter()
        .find(|instance| matches!(&instance.address, Address::Network(known) if known == address))
}

/// NOT_FOUND, naming the most similar service the caller may see.
pub(crate) fn no_such_service(catalog: &Catalog, by: &Principal, name: &str) -> Refusal {
    let visible = catalog.services.iter().map(|service| service.name.as_str());
    let visible = visible.filter(|known| by.may(Permission::ServicesRead, Some(known)));
    let hint = match suggest::nearest(name, visible) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => String::new(),
    };
    Refusal::not_found(format!("there is no service `{name}`{hint}"))
}

impl Registry {
    /// Enters an instance, or updates the one of the same service at the same address. It is checked at once, but not
    /// waited for.
    ///
    /// # Errors
    /// What is wrong with the registration, that a limit is reached, or that the database failed.
    pub async fn register(&self, by: &Principal, registration: Registration) -> Result<Registered, Error> {
        accept_name(&registration.service)?;
        if !by.may(Permission::ServicesRegister, Some(&registration.service)) {
            return Err(may_not_register(&registration.service).into());
        }
        accept_version(&registration.version)?;
        let ttl = accept_ttl(registration.ttl_ms)?;
        let descriptors = registration.descriptors.map(Descriptors::read).transpose()?;
        let address = address::accept(&registration.address, self.inner.policy).await?;
        let (service, version) = (registration.service, registration.version);
        let accepted = Accepted { service, version, address, ttl, descriptors };
        let (this, by) = (self.clone(), by.clone());
        // Once begun it ends even if the caller goes away: what is kept in SQL must also be shown.
        tokio::spawn(async move { this.enter(&by, accepted).await }).await.map_err(|_| Error::Stopped)?
    }

    async fn enter(&self, by: &Principal, accepted: Accepted) -> Result<Registered, Error> {
        let _turn = self.inner.turns.of(&accepted.service).lock().await;
        let catalog = self.inner.catalog.borrow().clone();
        let known = admit(&catalog, &accepted.service, &accepted.address)?;
        let id = known.map_or_else(|| uuid::Uuid::now_v7().to_string(), |instance| instance.id.clone());
        let hold = accepted.descriptors.as_ref().map(|it| self.inner.shelf.keep(it)).transpose()?;
        self.store(by, &accepted, known, &id).await?;

        let ttl_ms = accepted.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(TTL_MAX_MS));
        let lease_expires_ms =
            ttl_ms.map(|ms| now_ms().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
        let put = Put {
            service: accepted.service,
            id: id.clone(),
            address: accepted.address.to_string(),
            version: accepted.version,
            descriptors: hold.as_ref().map(|hold| hold.digest().to_owned()),
            lease_expires_ms,
        };
        tracing::info!(service = put.service, instance = id, address = put.address, ttl_ms, "registered");
        let (address, lease) = (accepted.address, accepted.ttl);
        self.ask(|reply| Command::Put { put, address, lease, hold, reply }).await?;
        Ok(Registered { instance_id: id, ttl_ms })
    }

    /// Writes what outlives the process: static registrations, unless already written so. One that becomes a lease
    /// is removed.
    async fn store(
        &self,
        by: &Principal,
        accepted: &Accepted,
        known: Option<&Instance>,
        id: &str,
    ) -> Result<(), Error> {
        let digest = accepted.descriptors.as_ref().map(|descriptors| descriptors.digest.clone());
        let stored = known.filter(|instance| instance.lease_expires_ms.is_none());
        let same = stored.is_some_and(|it| it.version == accepted.version && it.descriptors == digest);
        let address = accepted.address.to_string();
        if accepted.ttl.is_some() {
            if stored.is_some() {
                let removed = vec![(id.to_owned(), address)];
                store::forget(&self.inner.database, by, &accepted.service, removed, now_ms()).await?;
            }
        } else if !same {
            let row = store::Row {
                id: id.to_owned(),
                service: accepted.service.clone(),
                version: accepted.version.clone(),
                address,
                descriptors: accepted.descriptors.as_ref().map(|descriptors| descriptors.bytes.to_vec()),
                descriptors_digest: digest,
                created_ms: now_ms(),
            };
            store::keep(&self.inner.database, by, row).await?;
        }
        Ok(())
    }

    /// Lets a lease run its whole length from now.
    ///
    /// # Errors
    /// NOT_FOUND when it ran out, FAILED_PRECONDITION when the instance has none.
    pub async fn renew(&self, by: &Principal, instance_id: &str) -> Result<Duration, Error> {
        let (id, by) = (instance_id.to_owned(), by.clone());
        Ok(self.ask(|reply| Command::Renew { id, by, reply }).await??)
    }

    /// Removes the instance of `service` at `address`, or all of them; answers how many.
    ///
    /// # Errors
    /// NOT_FOUND when there is none, FAILED_PRECONDITION for base services, or that the database failed.
    pub async fn deregister(
        &self,
        by: &Principal,
        service: &str,
        address: Option<&str>,
    ) -> Result<u32, Error> {
        let (this, by) = (self.clone(), by.clone());
        let (service, address) = (service.to_owned(), address.map(str::to_owned));
        let removal = async move { this.leave(&by, &service, address.as_deref()).await };
        tokio::spawn(removal).await.map_err(|_| Error::Stopped)?
    }

    async fn leave(&self, by: &Principal, name: &str, address: Option<&str>) -> Result<u32, Error> {
        let _turn = self.inner.turns.of(name).lock().await;
        let catalog = self.inner.catalog.borrow().clone();
        let visible = catalog.service(name).filter(|_| by.may(Permission::ServicesRead, Some(name)));
        let service = visible.ok_or_else(|| no_such_service(&catalog, by, name))?;
        if !by.may(Permission::ServicesRegister, Some(name)) {
            return Err(may_not_register(name).into());
        }
        if is_in_process(service) {
            let why = format!("`{name}` is one of Micro's base services, which stay");
            return Err(Refusal::new(Code::FailedPrecondition, why).into());
        }
        let leaving: Vec<&Instance> = match address {
            Some(address) => vec![instance_at(service, address)?],
            None => service.instances.iter().collect(),
        };
        let stored: Vec<_> = leaving
            .iter()
            .filter(|instance| instance.lease_expires_ms.is_none())
            .map(|instance| (instance.id.clone(), instance.address.to_string()))
            .collect();
        if !stored.is_empty() {
            store::forget(&self.inner.database, by, name, stored, now_ms()).await?;
        }
        let ids = leaving.into_iter().map(|instance| instance.id.clone()).collect();
        tracing::info!(service = name, address, "deregistered");
        self.ask(|reply| Command::Remove { ids, reply }).await
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.inner.commands.send(command(reply)).await.map_err(|_| Error::Stopped)?;
        answer.await.map_err(|_| Error::Stopped)
    }
}

/// The instance at an address in any of its spellings.
fn instance_at<'a>(service: &'a Service, address: &str) -> Result<&'a Instance, Refusal> {
    let canonical = address.parse::<HostPort>().map_or_else(|_| address.to_owned(), |it| it.to_string());
    at_address(service, &canonical).ok_or_else(|| {
        let known: Vec<_> = service.instances.iter().take(5).map(|it| format!("`{}`", it.address)).collect();
        let (name, known) = (&service.name, known.join(", "));
        Refusal::not_found(format!("`{name}` has no instance at `{address}`; it has {known}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_leases_have_rules() {
        assert!(accept_name("greeter.v2_x-y").is_ok());
        for name in ["", "2fast", "a b", "micro", "Micro", &"a".repeat(64)] {
            assert!(accept_name(name).is_err(), "{name}");
        }
        assert!(accept_version("").is_ok() && accept_version("1.2.3+build").is_ok());
        assert!(accept_version("1 2").is_err() && accept_version("é").is_err());
        assert!(accept_version(&"1".repeat(VERSION_MAX_BYTES + 1)).is_err());
        for (ttl_ms, ok) in [(0, false), (999, false), (1_000, true), (3_600_000, true), (3_600_001, false)] {
            assert_eq!(accept_ttl(Some(ttl_ms)).is_ok(), ok, "{ttl_ms}");
        }
        assert_eq!(accept_ttl(None), Ok(None));
    }

    fn service(name: &str, instances: usize) -> Service {
        let instance = |number| Instance {
            id: format!("{name}-{number}"),
            address: Address::Network(format!("10.0.0.1:{}", number + 1)),
            version: String::new(),
            status: micro_domain::catalog::Status::Unknown,
            since_ms: 0,
            reason: String::new(),
            lease_expires_ms: None,
            descriptors: None,
        };
        Service { name: name.to_owned(), instances: (0..instances).map(instance).collect() }
    }

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests")]
    fn limits_hold_for_what_is_new() {
        let mut catalog = Catalog { revision: 1, services: vec![service("full", INSTANCES_PER_SERVICE_MAX)] };
        let known = "10.0.0.1:7".parse().unwrap();
        let new = "10.0.0.2:7".parse().unwrap();
        assert_eq!(admit(&catalog, "full", &known).unwrap().unwrap().id, "full-6");
        assert_eq!(admit(&catalog, "full", &new).unwrap_err().code, Code::ResourceExhausted);
        assert!(admit(&catalog, "other", &new).unwrap().is_none());
        catalog.services = (0..SERVICES_MAX).map(|number| service(&format!("s{number:05}"), 1)).collect();
        assert_eq!(admit(&catalog, "other", &new).unwrap_err().code, Code::ResourceExhausted);
        assert!(admit(&catalog, "s00001", &new).unwrap().is_none());
    }
}
