//! From an event to work: each event once, never more than fits, and nobody fills the queue alone.

use crate::{
    Core, dispatch,
    job::{Asked, Job, Outlet},
};
use micro_domain::{
    chat::{Person, Platform},
    view::Speaker,
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Jobs that may wait.
const QUEUE_MAX: usize = 16_384;
/// Jobs at work at the same time.
const WORKERS: usize = 64;
/// Jobs of one person that may wait or be at work.
const PER_PERSON_MAX: usize = 4;
/// How long an event is known to have come.
const RECEIPT_LIFETIME: Duration = Duration::from_secs(3_600);
/// Events known at most; the oldest are forgotten first.
const RECEIPTS_MAX: usize = 500_000;

/// What people read when there is no room for their command.
pub(crate) const BUSY: &str = "Micro is busy; nothing was run. Try again in a moment.";

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It will be worked on.
    Queued,
    /// It came before; nothing is done.
    Repeated,
    /// There is no room; nothing was run.
    Busy,
}

/// The way from the platforms to the workers; clones share it.
#[derive(Clone)]
pub(crate) struct Pipeline {
    shared: Arc<Shared>,
    sender: mpsc::Sender<Ticket>,
}

struct Shared {
    core: Arc<Core>,
    receipts: Mutex<Receipts>,
    /// Jobs of each person that wait or are at work.
    pending: Mutex<HashMap<Person, usize>>,
}

/// Events by a hash of their ids: short, and nobody outside can make two of them meet.
#[derive(Default)]
struct Receipts {
    hashes: [RandomState; 2],
    known: HashSet<u128>,
    order: VecDeque<(Instant, u128)>,
}

impl Receipts {
    /// Whether the event is new; it is known from now on.
    fn claim(&mut self, event: &str, now: Instant) -> bool {
        while let Some((at, _)) = self.order.front() {
            if now.duration_since(*at) < RECEIPT_LIFETIME && self.order.len() < RECEIPTS_MAX {
                break;
            }
            if let Some((_, oldest)) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        let [one, other] = self.hashes.each_ref().map(|hash| hash.hash_one(event));
        let event = (u128::from(one) << 64) | u128::from(other);
        if !self.known.insert(event) {
            return false;
        }
        self.order.push_back((now, event));
        true
    }
}

/// A job, and its person's place, which is given back with it.
struct Ticket {
    job: Job,
    place: Place,
}

struct Place {
    shared: Arc<Shared>,
    person: Person,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut pending = lock(&self.shared.pending);
        if let Some(count) = pending.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                pending.remove(&self.person);
            }
        }
        if let Some(status) = self.shared.core.statuses.of(self.person.platform()) {
            status.queued.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Pipeline {
    /// Starts the workers.
    pub(crate) fn start(core: Arc<Core>, stopping: CancellationToken) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let shared = Arc::new(Shared {
            core: Arc::clone(&core),
            receipts: Mutex::default(),
            pending: Mutex::default(),
        });
        tokio::spawn(work(core, receiver, stopping));
        Self { shared, sender }
    }

    /// Whether this event is new; it is known from now on.
    pub(crate) fn is_new(&self, platform: Platform, event: &str) -> bool {
        let new = lock(&self.shared.receipts).claim(event, Instant::now());
        if !new {
            self.shared.core.statuses.count(platform, |status| &status.repeated);
        }
        new
    }

    /// Takes a job that came as `event`.
    pub(crate) fn accept(
        &self,
        event: &str,
        speaker: Speaker,
        asked: Asked,
        outlet: impl Outlet + 'static,
    ) -> Accepted {
        if !self.is_new(speaker.person.platform(), event) {
            return Accepted::Repeated;
        }
        self.queue(Job { speaker, asked, outlet: Box::new(outlet) })
    }

    /// Takes a job whose event is known to be new.
    pub(crate) fn queue(&self, job: Job) -> Accepted {
        let platform = job.speaker.person.platform();
        let busy = || {
            self.shared.core.statuses.count(platform, |status| &status.busy);
            Accepted::Busy
        };
        let Some(place) = self.place(&job.speaker.person) else { return busy() };
        match self.sender.try_send(Ticket { job, place }) {
            Ok(()) => Accepted::Queued,
            Err(_) => busy(),
        }
    }

    fn place(&self, person: &Person) -> Option<Place> {
        let mut pending = lock(&self.shared.pending);
        let count = pending.entry(person.clone()).or_default();
        if *count >= PER_PERSON_MAX {
            return None;
        }
        *count += 1;
        if let Some(status) = self.shared.core.statuses.of(person.platform()) {
            status.queued.fetch_add(1, Ordering::Relaxed);
        }
        Some(Place { shared: Arc::clone(&self.shared), person: person.clone() })
    }
}

async fn work(core: Arc<Core>, mut receiver: mpsc::Receiver<Ticket>, stopping: CancellationToken) {
    let workers = Arc::new(Semaphore::new(WORKERS));
    loop {
        let ticket = tokio::select! {
            () = stopping.cancelled() => return,
            ticket = receiver.recv() => ticket,
        };
        let (Some(Ticket { job, place }), Ok(permit)) = (ticket, Arc::clone(&workers).acquire_owned().await)
        else {
            return;
        };
        let core = Arc::clone(&core);
        tokio::spawn(async move {
            dispatch::run(&core, job).await;
            drop((place, permit));
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_new_once_and_forgotten_after_its_time() {
        let (mut receipts, start) = (Receipts::default(), Instant::now());
        assert!(receipts.claim("a", start));
        assert!(!receipts.claim("a", start + RECEIPT_LIFETIME / 2));
        assert!(receipts.claim("b", start + RECEIPT_LIFETIME));
        assert!(receipts.claim("a", start + RECEIPT_LIFETIME));
        assert_eq!(receipts.known.len(), receipts.order.len());
    }
}
