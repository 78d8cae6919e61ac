//! Follows the catalog: keeps every version of every service described and the routing table up to date.

use crate::core::{Gateway, Inner};
use crate::options::{Descriptors, Embedded, Options};
use crate::pool::{self, Built};
use crate::reflection::{self, ReflectionError};
use crate::table::{self, Description, InstanceEntry, ServiceEntry, Table};
use crate::upstream::Upstream;
use bytes::Bytes;
use micro_domain::address::Policy;
use micro_domain::catalog::{Address, Catalog, Instance, Status};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;

/// Instances asked at the same time.
const ASKED_MAX: usize = 8;
/// Finished descriptions waiting to be taken over.
const RESULTS_MAX: usize = 64;
/// First wait before an instance that answers its checks, but could not be described, is asked again.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// Longest such wait; each is twice the one before.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// A service's name and a version.
type Key = (String, String);

/// Starts following; ends when the last handle is gone or the catalog closes.
pub(crate) fn start(gateway: &Gateway, options: Options) {
    let (results, receiver) = mpsc::channel(RESULTS_MAX);
    let embedded = options.embedded.into_iter().map(|one| ((one.name.clone(), one.version.clone()), one));
    let mut follower = Follower {
        inner: Arc::downgrade(&gateway.0),
        catalog: options.catalog,
        embedded: embedded.collect(),
        descriptors: options.descriptors,
        policy: Policy { allow_loopback: options.allow_loopback },
        platform: options.platform.map(|(routes, set)| platform(routes, &set)),
        instances: HashMap::new(),
        descriptions: BTreeMap::new(),
        results,
        asked: Arc::new(Semaphore::new(ASKED_MAX)),
        generation: 0,
    };
    // The platform's own API is callable from the first moment.
    follower.follow();
    tokio::spawn(follower.run(receiver));
}

/// Micro's own API as a service of the table.
fn platform(routes: tonic::service::Routes, set: &[u8]) -> Arc<ServiceEntry> {
    const NAME: &str = "micro";
    let built = pool::build(pool::split(set));
    let description = Arc::new(Description::new(NAME, "", built, None));
    let instance = Instance {
        id: NAME.to_owned(),
        address: Address::InProcess,
        version: String::new(),
        status: Status::Up,
        since_ms: 0,
        reason: String::new(),
        lease_expires_ms: None,
        descriptors: None,
    };
    let entry = InstanceEntry {
        instance,
        upstream: Upstream::in_process(routes),
        description: Some(Arc::clone(&description)),
    };
    let mut service = ServiceEntry::new(NAME, vec![Arc::new(entry)], vec![description], None);
    service.platform = true;
    Arc::new(service)
}

/// What is known of one instance.
struct Known {
    key: Key,
    address: Address,
    digest: Option<String>,
    status: Status,
    upstream: Arc<Upstream>,
    /// Which question is under way or was answered last; older answers are stale.
    generation: u64,
    /// Asked at least once to the end.
    asked: bool,
    failure: Option<String>,
    retry: Option<(Instant, Duration)>,
}

struct Outcome {
    instance_id: String,
    generation: u64,
    result: Result<Arc<Description>, String>,
}

struct Follower {
    inner: Weak<Inner>,
    catalog: watch::Receiver<Arc<Catalog>>,
    embedded: HashMap<Key, Embedded>,
    descriptors: Descriptors,
    policy: Policy,
    platform: Option<Arc<ServiceEntry>>,
    instances: HashMap<String, Known>,
    descriptions: BTreeMap<Key, Arc<Description>>,
    results: mpsc::Sender<Outcome>,
    asked: Arc<Semaphore>,
    generation: u64,
}

impl Follower {
    async fn run(mut self, mut receiver: mpsc::Receiver<Outcome>) {
        loop {
            let retry = self.instances.values().filter_map(|known| known.retry.map(|retry| retry.0)).min();
            let retry = async {
                match retry {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = self.catalog.changed() => match changed {
                    Ok(()) => self.follow(),
                    Err(_) => return,
                },
                Some(outcome) = receiver.recv() => self.take(outcome),
                () = retry => self.retry(),
            }
            if self.inner.strong_count() == 0 {
                return;
            }
        }
    }

    /// Takes over a new catalog.
    fn follow(&mut self) {
        let catalog = Arc::clone(&self.catalog.borrow_and_update());
        let mut present = HashSet::new();
        let mut keys = HashSet::new();
        for service in &catalog.services {
            for instance in &service.instances {
                present.insert(instance.id.clone());
                keys.insert((service.name.clone(), instance.version.clone()));
                self.meet(&service.name, instance);
            }
        }
        self.instances.retain(|id, _| present.contains(id));
        self.descriptions.retain(|key, _| keys.contains(key));
        self.publish(&catalog);
    }

    /// Looks at one instance: a new or changed one is asked what it offers, and so is one that came back.
    fn meet(&mut self, service: &str, instance: &Instance) {
        let key = (service.to_owned(), instance.version.clone());
        if let Some(known) = self.instances.get_mut(&instance.id) {
            let same =
                known.key == key && known.address == instance.address && known.digest == instance.descriptors;
            if same {
                let back = known.status == Status::Failing && instance.status == Status::Up;
                known.status = instance.status;
                if back {
                    self.ask(&instance.id);
                }
                return;
            }
        }
        let before = self.instances.remove(&instance.id);
        let kept = before.filter(|before| before.address == instance.address && before.key.0 == service);
        let upstream = match (kept, &instance.address) {
            (Some(kept), _) => kept.upstream,
            (None, Address::Network(address)) => Upstream::network(address, self.policy),
            (None, Address::InProcess) => match self.embedded.get(&key) {
                Some(embedded) => Upstream::in_process(embedded.routes.clone()),
                None => return,
            },
        };
        let known = Known {
            key,
            address: instance.address.clone(),
            digest: instance.descriptors.clone(),
            status: instance.status,
            upstream,
            generation: 0,
            asked: false,
            failure: None,
            retry: None,
        };
        self.instances.insert(instance.id.clone(), known);
        self.ask(&instance.id);
    }

    /// Asks an instance what it offers, in the background.
    fn ask(&mut self, instance_id: &str) {
        let Some(known) = self.instances.get_mut(instance_id) else { return };
        self.generation += 1;
        (known.generation, known.retry) = (self.generation, None);
        let source = match (&known.digest, self.embedded.get(&known.key), &known.address) {
            (_, Some(embedded), Address::InProcess) => Source::Set(Ok(embedded.descriptors.clone())),
            (Some(digest), _, _) => {
                let uploaded = (self.descriptors)(digest).map(|set| Bytes::copy_from_slice(&set));
                Source::Set(uploaded.ok_or("its uploaded descriptors are gone"))
            }
            _ => Source::Reflection(Arc::clone(&known.upstream)),
        };
        let (asked, results) = (Arc::clone(&self.asked), self.results.clone());
        let (instance_id, generation, key) = (instance_id.to_owned(), self.generation, known.key.clone());
        tokio::spawn(async move {
            // The semaphore is never closed.
            let _permit = asked.acquire_owned().await;
            let result = source.describe(key).await;
            // Without a follower nobody wants the answer.
            let _ = results.send(Outcome { instance_id, generation, result }).await;
        });
    }

    fn take(&mut self, outcome: Outcome) {
        let Some(known) = self.instances.get_mut(&outcome.instance_id) else { return };
        if known.generation != outcome.generation {
            return;
        }
        known.asked = true;
        match outcome.result {
            Ok(description) => {
                (known.failure, known.retry) = (None, None);
                let unchanged =
                    |old: &&Arc<Description>| old.file_descriptor_set == description.file_descriptor_set;
                if self.descriptions.get(&known.key).filter(unchanged).is_none() {
                    self.descriptions.insert(known.key.clone(), description);
                }
            }
            Err(reason) => {
                tracing::debug!(service = %known.key.0, address = %known.address, reason, "not described");
                known.failure = Some(reason);
                let wait = known.retry.map_or(RETRY_FIRST, |(_, wait)| (wait * 2).min(RETRY_MAX));
                known.retry = Some((Instant::now() + wait, wait));
            }
        }
        let catalog = Arc::clone(&self.catalog.borrow());
        self.publish(&catalog);
    }

    /// Asks those again whose wait is over; failing ones are asked when they come back.
    fn retry(&mut self) {
        let now = Instant::now();
        let due = |known: &&mut Known| known.retry.is_some_and(|(at, _)| at <= now);
        let mut again = Vec::new();
        for (id, known) in self.instances.iter_mut() {
            if !due(&known) {
                continue;
            }
            let wait = known.retry.take().map_or(RETRY_FIRST, |(_, wait)| wait);
            if known.status != Status::Failing {
                again.push((id.clone(), wait));
            }
        }
        for (id, wait) in again {
            self.ask(&id);
            if let Some(known) = self.instances.get_mut(&id) {
                // Not due before the answer, which sets the real time from this wait.
                known.retry = Some((now + RETRY_MAX, wait));
            }
        }
    }

    /// Builds the routing table anew and shows it.
    fn publish(&self, catalog: &Catalog) {
        let Some(inner) = self.inner.upgrade() else { return };
        let services = catalog.services.iter().map(|service| Arc::new(self.service(service)));
        let pending = self.instances.values().filter(|known| !known.asked).count();
        inner.table.store(Arc::new(Table::new(catalog.revision, services, self.platform.clone(), pending)));
        inner.changed.send_modify(|count| *count += 1);
    }

    fn service(&self, service: &micro_domain::catalog::Service) -> ServiceEntry {
        let mut instances = Vec::with_capacity(service.instances.len());
        let mut undescribed = None;
        for instance in &service.instances {
            let Some(known) = self.instances.get(&instance.id) else { continue };
            if let Some(failure) = &known.failure {
                undescribed = Some(format!("the instance at {}: {failure}", instance.address));
            }
            instances.push(Arc::new(InstanceEntry {
                instance: instance.clone(),
                upstream: Arc::clone(&known.upstream),
                description: self.descriptions.get(&known.key).cloned(),
            }));
        }
        let own = |key: &Key| key.0 == service.name;
        let described = self.descriptions.iter().filter(|(key, _)| own(key));
        let mut descriptions: Vec<Arc<Description>> = described.map(|(_, one)| Arc::clone(one)).collect();
        descriptions.sort_by(|one, other| table::compare_versions(&one.version, &other.version));
        ServiceEntry::new(&service.name, instances, descriptions, undescribed)
    }
}

/// Where a description comes from.
enum Source {
    Set(Result<Bytes, &'static str>),
    Reflection(Arc<Upstream>),
}

impl Source {
    async fn describe(self, (service, version): Key) -> Result<Arc<Description>, String> {
        let (files, services, told) = match self {
            Self::Set(set) => (pool::split(&set?), None, Vec::new()),
            Self::Reflection(upstream) => {
                let reflected = reflection::reflect(&upstream).await.map_err(|error| explained(&error))?;
                (reflected.files, Some(reflected.services), reflected.omitted)
            }
        };
        // Up to 20 MiB of descriptors: too much work for a thread that serves calls.
        let building = tokio::task::spawn_blocking(move || {
            let mut built: Built = pool::build(files);
            built.omitted.splice(0..0, told);
            Arc::new(Description::new(&service, &version, built, services))
        });
        building.await.map_err(|_| "its descriptors cannot be understood".to_owned())
    }
}

/// The error with what lies behind it, for the service's page.
fn explained(error: &ReflectionError) -> String {
    if let ReflectionError::Failed(status) = error
        && !status.message().is_empty()
    {
        return format!("{error}: {}", pool::shown(status.message()));
    }
    error.to_string()
}
