//! The one task that owns the catalog. Commands that wait together are applied together and published once, and each is
//! answered only after the catalog that shows it was published: who registered something finds it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use micro_domain::address::HostPort;
use micro_domain::catalog::{Catalog, Event, Instance};
use micro_domain::clock::now_ms;
use micro_domain::identity::{Permission, Principal};
use micro_domain::{Code, Error};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::descriptors::Hold;
use crate::health::{Checker, Checks, Outcome};
use crate::lease::Leases;
use crate::state::{Put, State};

/// Commands that may wait for the task.
pub(crate) const COMMANDS_MAX: usize = 4_096;
/// Commands applied before the catalog is published.
const BATCH_MAX: usize = 1_024;
/// Renewals are no change worth telling; the lease times shown are at most this old.
const LEASE_TIMES_SHOWN_WITHIN: Duration = Duration::from_secs(1);

/// What can be asked of the task.
#[derive(Debug)]
pub(crate) enum Command {
    /// Enter or update an instance, and check it at once.
    Put {
        put: Put,
        address: HostPort,
        lease: Option<Duration>,
        hold: Option<Hold>,
        reply: oneshot::Sender<()>,
    },
    /// Remove instances; answers how many were there.
    Remove { ids: Vec<String>, reply: oneshot::Sender<u32> },
    /// Renew a lease; answers how long it runs.
    Renew { id: String, by: Principal, reply: oneshot::Sender<Result<Duration, Error>> },
    /// A check ended.
    Checked { id: String, outcome: Outcome },
    /// A call failed: check at once.
    CheckNow { id: String },
    /// Begin a watch after a revision.
    Watch { revision: u64, reply: oneshot::Sender<Missed> },
}

/// What a watcher gets first.
#[derive(Debug)]
pub(crate) struct Missed {
    /// The events after its revision; none when it needs the published catalog instead.
    pub(crate) events: Option<Vec<Arc<Event>>>,
    /// What comes next; may repeat what it already got.
    pub(crate) live: broadcast::Receiver<Arc<Event>>,
}

/// Answers held back until the catalog is published.
type Answers = Vec<Box<dyn FnOnce() + Send>>;

fn answer_later<T: Send + 'static>(answers: &mut Answers, reply: oneshot::Sender<T>, answer: T) {
    // A caller that went away needs no answer.
    answers.push(Box::new(move || drop(reply.send(answer))));
}

/// The task's state.
pub(crate) struct Keeper {
    pub(crate) state: State,
    pub(crate) catalog: watch::Sender<Arc<Catalog>>,
    pub(crate) live: broadcast::Sender<Arc<Event>>,
    pub(crate) checks: Checks,
    leases: Leases,
    checkers: HashMap<String, Checker>,
    holds: HashMap<String, Hold>,
    /// When the published lease times are to be brought up to date.
    refresh: Option<Instant>,
}

impl Keeper {
    pub(crate) fn new(
        state: State,
        catalog: watch::Sender<Arc<Catalog>>,
        live: broadcast::Sender<Arc<Event>>,
        checks: Checks,
    ) -> Self {
        Self {
            state,
            catalog,
            live,
            checks,
            leases: Leases::default(),
            checkers: HashMap::new(),
            holds: HashMap::new(),
            refresh: None,
        }
    }

    /// Keeps the descriptors of an instance that is there from the start.
    pub(crate) fn hold(&mut self, id: &str, hold: Hold) {
        self.holds.insert(id.to_owned(), hold);
    }

    /// Enters a static registration read back at start.
    pub(crate) fn seed_registration(&mut self, put: Put, address: HostPort, hold: Option<Hold>) {
        if let Some(hold) = hold {
            self.hold(&put.id, hold);
        }
        self.check(&put.id, address);
        self.state.seed_registration(put, now_ms());
    }

    /// Enters an instance inside this process.
    pub(crate) fn seed_in_process(&mut self, service: &str, instance: Instance, hold: Option<Hold>) {
        if let Some(hold) = hold {
            self.hold(&instance.id, hold);
        }
        self.state.seed(service, instance);
    }

    fn check(&mut self, id: &str, address: HostPort) {
        match self.checkers.get(id) {
            Some(checker) => checker.check_now(),
            None => {
                let checker = Checker::start(&self.checks, id.to_owned(), address);
                self.checkers.insert(id.to_owned(), checker);
            }
        }
    }

    /// Runs until `stop`; it sleeps while nothing happens and no lease ends.
    pub(crate) async fn run(mut self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) {
        let mut batch = Vec::new();
        loop {
            let wake = [self.leases.next_end(), self.refresh].into_iter().flatten().min();
            let timer = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                _ = commands.recv_many(&mut batch, BATCH_MAX) => {}
                () = timer => {}
            }
            let mut answers = Answers::new();
            // Leases first: a renewal that comes too late finds its lease over.
            self.end_leases();
            for command in batch.drain(..) {
                self.apply(command, &mut answers);
            }
            self.publish();
            for answer in answers {
                answer();
            }
        }
    }

    fn end_leases(&mut self) {
        for id in self.leases.take_ended(Instant::now()) {
            tracing::info!(service = self.state.owner(&id), instance = id, "lease ran out");
            self.remove(&id);
        }
    }

    fn apply(&mut self, command: Command, answers: &mut Answers) {
        match command {
            Command::Put { put, address, lease, hold, reply } => {
                self.put(put, address, lease, hold);
                answer_later(answers, reply, ());
            }
            Command::Remove { ids, reply } => {
                let removed = ids.iter().filter(|id| self.remove(id)).count();
                answer_later(answers, reply, u32::try_from(removed).unwrap_or(u32::MAX));
            }
            Command::Renew { id, by, reply } => {
                let renewed = self.renew(&id, &by);
                answer_later(answers, reply, renewed);
            }
            Command::Checked { id, outcome } => {
                self.state.checked(&id, outcome.status, &outcome.reason, now_ms());
            }
            Command::CheckNow { id } => {
                if let Some(checker) = self.checkers.get(&id) {
                    checker.check_now();
                }
            }
            Command::Watch { revision, reply } => {
                let missed = Missed { events: self.state.since(revision), live: self.live.subscribe() };
                answer_later(answers, reply, missed);
            }
        }
    }

    fn put(&mut self, put: Put, address: HostPort, lease: Option<Duration>, hold: Option<Hold>) {
        let id = put.id.clone();
        match lease {
            Some(ttl) => self.leases.grant(&id, ttl, Instant::now()),
            None => self.leases.end(&id),
        }
        match hold {
            Some(hold) => self.holds.insert(id.clone(), hold),
            None => self.holds.remove(&id),
        };
        self.state.put(put, now_ms());
        self.check(&id, address);
        self.refresh_soon();
    }

    fn remove(&mut self, id: &str) -> bool {
        self.leases.end(id);
        self.checkers.remove(id);
        self.holds.remove(id);
        self.state.remove(id)
    }

    fn renew(&mut self, id: &str, by: &Principal) -> Result<Duration, Error> {
        let gone = || Error::not_found(format!("the lease of instance `{id}` ran out: register again"));
        let service = self.state.owner(id).ok_or_else(gone)?;
        if !by.may(Permission::ServicesRead, Some(service)) {
            return Err(gone());
        }
        if !by.may(Permission::ServicesRegister, Some(service)) {
            return Err(crate::registration::may_not_register(service));
        }
        let Some(ttl) = self.leases.renew(id, Instant::now()) else {
            if self.leases.has(id) {
                return Err(gone());
            }
            let why = format!("instance `{id}` has no lease to renew: it stays until it is deregistered");
            return Err(Error::new(Code::FailedPrecondition, why));
        };
        self.state.renewed(id, now_ms().saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX)));
        self.refresh_soon();
        Ok(ttl)
    }

    fn refresh_soon(&mut self) {
        self.refresh.get_or_insert_with(|| Instant::now() + LEASE_TIMES_SHOWN_WITHIN);
    }

    /// The catalog first, then the events: who was told of a change finds it in the catalog.
    fn publish(&mut self) {
        let fresh = self.state.commit();
        let refresh = self.refresh.is_some_and(|at| at <= Instant::now());
        if fresh.is_empty() && !refresh {
            return;
        }
        self.refresh = None;
        let catalog = Arc::new(self.state.catalog());
        self.catalog.send_if_modified(|published| {
            *published = catalog;
            !fresh.is_empty()
        });
        for event in fresh {
            // No watcher, nobody to tell.
            let _ = self.live.send(event);
        }
    }
}
