//! One watch: a snapshot or what was missed, then every change the watcher may see.

use std::collections::VecDeque;
use std::sync::Arc;

use micro_domain::catalog::{Catalog, Change, Event};
use micro_domain::identity::{Permission, Principal};
use micro_domain::{Code, Error};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::keeper::Missed;

/// Changes a slow watcher may lag behind; then it gets a snapshot instead of them.
pub(crate) const BEHIND_MAX: usize = 1_000;

/// The catalog as far as `principal` may see it.
pub(crate) fn visible(catalog: &Catalog, principal: &Principal) -> Catalog {
    let may_see = |name: &str| principal.may(Permission::ServicesRead, Some(name));
    let services = catalog.services.iter().filter(|service| may_see(&service.name)).cloned().collect();
    Catalog { revision: catalog.revision, services }
}

/// A running watch.
#[derive(Debug)]
pub(crate) struct Watcher {
    principal: Principal,
    catalog: watch::Receiver<Arc<Catalog>>,
    live: broadcast::Receiver<Arc<Event>>,
    revocations: broadcast::Receiver<String>,
    missed: VecDeque<Arc<Event>>,
    needs_snapshot: bool,
    /// The last revision this watcher was given.
    seen: u64,
    ended: bool,
}

impl Watcher {
    pub(crate) fn new(
        principal: Principal,
        revision: u64,
        missed: Missed,
        catalog: watch::Receiver<Arc<Catalog>>,
        revocations: broadcast::Receiver<String>,
    ) -> Self {
        let Missed { events, live } = missed;
        let needs_snapshot = events.is_none();
        let missed = events.unwrap_or_default().into();
        Self { principal, catalog, live, revocations, missed, needs_snapshot, seen: revision, ended: false }
    }

    /// The next event, an error that ends the watch, or none when the registry stopped.
    pub(crate) async fn next(&mut self) -> Option<Result<Event, Error>> {
        while !self.ended {
            if let Some(why) = self.waiting_revocation() {
                return self.end(why);
            }
            if self.needs_snapshot {
                return Some(Ok(self.snapshot()));
            }
            let event = if let Some(event) = self.missed.pop_front() {
                event
            } else {
                tokio::select! {
                    biased;
                    revocation = self.revocations.recv() => {
                        if let Some(why) = self.must_end(revocation) {
                            return self.end(why);
                        }
                        continue;
                    }
                    event = self.live.recv() => match event {
                        Ok(event) => event,
                        Err(RecvError::Lagged(_)) => {
                            self.needs_snapshot = true;
                            continue;
                        }
                        Err(RecvError::Closed) => return None,
                    },
                }
            };
            if event.revision > self.seen {
                self.seen = event.revision;
                if self.may_see(&event.change) {
                    return Some(Ok(Event::clone(&event)));
                }
            }
        }
        None
    }

    fn snapshot(&mut self) -> Event {
        self.needs_snapshot = false;
        let catalog = visible(&self.catalog.borrow().clone(), &self.principal);
        self.seen = catalog.revision;
        Event { revision: catalog.revision, change: Change::Snapshot(catalog) }
    }

    fn may_see(&self, change: &Change) -> bool {
        match change {
            Change::Snapshot(_) => false,
            Change::Upserted(service) => self.principal.may(Permission::ServicesRead, Some(&service.name)),
            Change::Removed(name) => self.principal.may(Permission::ServicesRead, Some(name)),
        }
    }

    /// Looks at every revocation that waits, so that a full queue of events cannot hold one up.
    fn waiting_revocation(&mut self) -> Option<Error> {
        use broadcast::error::TryRecvError;
        loop {
            let revocation = match self.revocations.try_recv() {
                Ok(id) => Ok(id),
                Err(TryRecvError::Lagged(count)) => Err(RecvError::Lagged(count)),
                Err(TryRecvError::Closed) => Err(RecvError::Closed),
                Err(TryRecvError::Empty) => return None,
            };
            if let Some(why) = self.must_end(revocation) {
                return Some(why);
            }
        }
    }

    /// Why the watch must end: its credential was revoked, or that cannot be known any more.
    fn must_end(&self, revocation: Result<String, RecvError>) -> Option<Error> {
        match revocation {
            Ok(id) if id != self.principal.credential.id => None,
            Ok(_) => {
                let why = "the credential of this watch was revoked; sign in and watch again";
                Some(Error::new(Code::Unauthenticated, why))
            }
            Err(_) => Some(Error::unavailable("the watch fell too far behind; watch again")),
        }
    }

    fn end(&mut self, error: Error) -> Option<Result<Event, Error>> {
        self.ended = true;
        Some(Err(error))
    }
}
