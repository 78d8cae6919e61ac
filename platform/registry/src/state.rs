//! The catalog as a state machine: what is registered, how it is, and what changed. No I/O, no clock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use micro_domain::catalog::{Address, Catalog, Change, Event, Instance, Service, Status};

/// Events a resuming watcher can still be told; one that is further behind gets a snapshot.
pub(crate) const EVENTS_KEPT: usize = 1_000;
/// Instances in those events together, so that large services do not make them large.
const EVENTS_KEPT_INSTANCES: usize = 20_000;
/// What is said of an instance before its first check ends.
const NOT_CHECKED: &str = "not checked yet";

/// A registration to enter or to update.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    pub(crate) service: String,
    pub(crate) id: String,
    pub(crate) address: String,
    pub(crate) version: String,
    pub(crate) descriptors: Option<String>,
    pub(crate) lease_expires_ms: Option<i64>,
}

impl Put {
    fn instance(self, now_ms: i64) -> (String, Instance) {
        let instance = Instance {
            id: self.id,
            address: Address::Network(self.address),
            version: self.version,
            status: Status::Unknown,
            since_ms: now_ms,
            reason: NOT_CHECKED.to_owned(),
            lease_expires_ms: self.lease_expires_ms,
            descriptors: self.descriptors,
        };
        (self.service, instance)
    }
}

/// Everything registered, and the last changes.
#[derive(Debug)]
pub(crate) struct State {
    revision: u64,
    services: BTreeMap<String, Service>,
    /// Instance id to its service's name.
    owners: HashMap<String, String>,
    /// The last changes, oldest first, within [`EVENTS_KEPT`] and [`EVENTS_KEPT_INSTANCES`].
    recent: VecDeque<Arc<Event>>,
    /// Instances in `recent`.
    recent_instances: usize,
    /// Services that changed since the last commit, and whether they existed then.
    changed: BTreeMap<String, bool>,
}

impl State {
    /// An empty catalog whose next change has revision `revision + 1`.
    pub(crate) fn new(revision: u64) -> Self {
        Self {
            revision,
            services: BTreeMap::new(),
            owners: HashMap::new(),
            recent: VecDeque::new(),
            recent_instances: 0,
            changed: BTreeMap::new(),
        }
    }

    /// Enters an instance that was there before anyone could watch: no event.
    pub(crate) fn seed(&mut self, service: &str, instance: Instance) {
        self.owners.insert(instance.id.clone(), service.to_owned());
        self.entry(service).instances.push(instance);
    }

    /// Enters a static registration read back at start: no event.
    pub(crate) fn seed_registration(&mut self, put: Put, now_ms: i64) {
        let (service, instance) = put.instance(now_ms);
        self.seed(&service, instance);
    }

    fn entry(&mut self, service: &str) -> &mut Service {
        let empty = || Service { name: service.to_owned(), instances: Vec::new() };
        self.services.entry(service.to_owned()).or_insert_with(empty)
    }

    /// Everything there is now.
    pub(crate) fn catalog(&self) -> Catalog {
        Catalog { revision: self.revision, services: self.services.values().cloned().collect() }
    }

    /// Makes what changed since the last commit visible: one event per service, however often it changed.
    pub(crate) fn commit(&mut self) -> Vec<Arc<Event>> {
        let mut events = Vec::new();
        for (name, existed) in std::mem::take(&mut self.changed) {
            let change = match self.services.get(&name) {
                Some(service) => Change::Upserted(service.clone()),
                None if existed => Change::Removed(name),
                None => continue,
            };
            self.revision += 1;
            let event = Arc::new(Event { revision: self.revision, change });
            self.remember(Arc::clone(&event));
            events.push(event);
        }
        events
    }

    fn remember(&mut self, event: Arc<Event>) {
        self.recent_instances += instances_in(&event);
        self.recent.push_back(event);
        while self.recent.len() > EVENTS_KEPT || self.recent_instances > EVENTS_KEPT_INSTANCES {
            let Some(oldest) = self.recent.pop_front() else { return };
            self.recent_instances -= instances_in(&oldest);
        }
    }

    /// The name of the service an instance belongs to.
    pub(crate) fn owner(&self, id: &str) -> Option<&str> {
        self.owners.get(id).map(String::as_str)
    }

    /// Enters an instance, or updates the one with this id. A new lease time alone is no change.
    pub(crate) fn put(&mut self, put: Put, now_ms: i64) {
        let (name, new) = put.instance(now_ms);
        let Some(known) = self.instance_mut(&new.id) else {
            self.touch(&name);
            return self.seed(&name, new);
        };
        let same = known.version == new.version
            && known.descriptors == new.descriptors
            && known.lease_expires_ms.is_some() == new.lease_expires_ms.is_some();
        known.version = new.version;
        known.descriptors = new.descriptors;
        known.lease_expires_ms = new.lease_expires_ms;
        if !same {
            self.touch(&name);
        }
    }

    /// Notes a renewal. It is no event: everyone who holds a lease renews all the time.
    pub(crate) fn renewed(&mut self, id: &str, lease_expires_ms: i64) {
        if let Some(instance) = self.instance_mut(id) {
            instance.lease_expires_ms = Some(lease_expires_ms);
        }
    }

    /// Notes the outcome of a check. An outcome like the last is no event; `since` moves only with the status.
    pub(crate) fn checked(&mut self, id: &str, status: Status, reason: &str, now_ms: i64) {
        let Some(instance) = self.instance_mut(id) else { return };
        if instance.status == status && instance.reason == reason {
            return;
        }
        if instance.status != status {
            instance.since_ms = now_ms;
        }
        instance.status = status;
        reason.clone_into(&mut instance.reason);
        if let Some(service) = self.owners.get(id).cloned() {
            self.touch(&service);
        }
    }

    /// Removes an instance, and its service with the last one; false when it is not there.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(name) = self.owners.remove(id) else { return false };
        self.touch(&name);
        if let Some(service) = self.services.get_mut(&name) {
            service.instances.retain(|instance| instance.id != id);
            if service.instances.is_empty() {
                self.services.remove(&name);
            }
        }
        true
    }

    /// Notes that a service changes now.
    fn touch(&mut self, name: &str) {
        let existed = self.services.contains_key(name);
        self.changed.entry(name.to_owned()).or_insert(existed);
    }

    /// The changes after `revision`; none when they are not all remembered, so that only a snapshot helps.
    pub(crate) fn since(&self, revision: u64) -> Option<Vec<Arc<Event>>> {
        let oldest = self.recent.front().map_or(self.revision, |event| event.revision - 1);
        let known = revision >= oldest && revision <= self.revision;
        known.then(|| self.recent.iter().filter(|event| event.revision > revision).cloned().collect())
    }

    fn instance_mut(&mut self, id: &str) -> Option<&mut Instance> {
        let service = self.services.get_mut(self.owners.get(id)?)?;
        service.instances.iter_mut().find(|instance| instance.id == id)
    }
}

fn instances_in(event: &Event) -> usize {
    match &event.change {
        Change::Upserted(service) => service.instances.len(),
        Change::Snapshot(_) | Change::Removed(_) => 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn put(service: &str, id: &str, version: &str, lease_expires_ms: Option<i64>) -> Put {
        Put {
            service: service.to_owned(),
            id: id.to_owned(),
            address: format!("{id}.example:1"),
            version: version.to_owned(),
            descriptors: None,
            lease_expires_ms,
        }
    }

    fn only(state: &mut State) -> Event {
        let mut events = state.commit();
        assert_eq!(events.len(), 1, "{events:?}");
        Arc::unwrap_or_clone(events.remove(0))
    }

    #[test]
    fn an_instance_comes_changes_and_goes() {
        let mut state = State::new(10);
        state.put(put("greeter", "a", "1", None), 100);
        let first = only(&mut state);
        assert_eq!(first.revision, 11);
        assert_eq!(state.catalog().revision, 11);
        assert_eq!(first.change, Change::Upserted(state.catalog().service("greeter").unwrap().clone()));

        state.put(put("greeter", "b", "2", None), 200);
        state.put(put("greeter", "a", "3", None), 300);
        let catalog = state.catalog();
        let service = catalog.service("greeter").unwrap();
        assert_eq!(service.versions(), ["2", "3"]);
        assert_eq!(service.instances[0].id, "a", "an update keeps its place");
        assert_eq!(service.instances[0].since_ms, 100, "an update keeps its status and since when");
        assert_eq!(only(&mut state).revision, 12, "what changes together is one event");

        assert!(state.remove("a"));
        assert!(matches!(only(&mut state).change, Change::Upserted(service) if service.instances.len() == 1));
        assert!(state.remove("b"));
        assert_eq!(only(&mut state).change, Change::Removed("greeter".to_owned()));
        assert!(!state.remove("b"));
        state.put(put("short", "c", "", None), 400);
        state.remove("c");
        assert!(state.commit().is_empty(), "what came and went unseen is no event");
        assert_eq!(state.catalog(), Catalog { revision: 14, services: Vec::new() });
    }

    #[test]
    fn what_changes_nothing_is_no_event() {
        let mut state = State::new(0);
        state.put(put("greeter", "a", "1", Some(5)), 1);
        state.checked("a", Status::Up, "", 2);
        state.commit();
        state.put(put("greeter", "a", "1", Some(6)), 3);
        state.renewed("a", 7);
        state.checked("a", Status::Up, "", 8);
        state.checked("gone", Status::Up, "", 8);
        assert!(state.commit().is_empty());
        assert_eq!(state.catalog().services[0].instances[0].lease_expires_ms, Some(7));

        state.put(put("greeter", "a", "1", None), 9);
        assert!(
            matches!(only(&mut state).change, Change::Upserted(s) if s.instances[0].lease_expires_ms.is_none())
        );
    }

    #[test]
    fn since_moves_only_with_the_status() {
        let mut state = State::new(0);
        state.put(put("greeter", "a", "1", None), 1);
        let instance = |state: &State| state.catalog().services[0].instances[0].clone();
        assert_eq!(instance(&state).status, Status::Unknown);
        state.checked("a", Status::Failing, "refused", 10);
        state.checked("a", Status::Failing, "no answer", 20);
        assert_eq!((instance(&state).since_ms, instance(&state).reason), (10, "no answer".to_owned()));
        state.checked("a", Status::Up, "", 30);
        assert_eq!((instance(&state).since_ms, instance(&state).reason), (30, String::new()));
    }

    #[test]
    fn a_watcher_resumes_while_its_revision_is_remembered() {
        let mut state = State::new(500);
        assert_eq!(state.since(500).unwrap().len(), 0);
        assert!(state.since(499).is_none());
        assert!(state.since(0).is_none());
        assert!(state.since(501).is_none(), "a revision of the future is unknown");
        for version in 0..=EVENTS_KEPT {
            state.put(put("greeter", "a", &version.to_string(), None), 1);
            state.commit();
        }
        let newest = state.catalog().revision;
        assert!(state.since(500).is_none(), "the first event fell out");
        let all = state.since(501).unwrap();
        assert_eq!(all.len(), EVENTS_KEPT);
        assert!(all.windows(2).all(|pair| pair[0].revision + 1 == pair[1].revision));
        assert_eq!(state.since(newest - 1).unwrap().len(), 1);
    }

    #[test]
    fn events_of_large_services_are_remembered_for_less_long() {
        let mut state = State::new(0);
        for number in 0..1_000 {
            state.put(put("large", &number.to_string(), "", None), 1);
        }
        for number in 0..100 {
            state.checked(&number.to_string(), Status::Up, "", 2);
            state.commit();
        }
        assert_eq!(state.recent.len(), EVENTS_KEPT_INSTANCES / 1_000);
        assert_eq!(state.since(80).unwrap().len(), 20);
        assert!(state.since(79).is_none());
    }

    #[test]
    fn seeds_are_no_events_and_services_are_sorted() {
        let mut state = State::new(0);
        state.seed_registration(put("zebra", "z", "", None), 1);
        state.seed_registration(put("ant", "a", "", None), 1);
        assert!(state.commit().is_empty());
        let catalog = state.catalog();
        assert_eq!(catalog.services.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["ant", "zebra"]);
        assert!(catalog.service("zebra").is_some());
        assert_eq!(state.owner("z"), Some("zebra"));
    }
}
