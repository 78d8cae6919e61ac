//! How Discord is reached, put together from what each part sees, and whether anything may still be sent to it.

use micro_domain::chat::BotState as State;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Answers of 401, 403 and 429 after which nothing is sent; Discord shuts an address out after 10,000.
const REFUSED_MAX: usize = 100;
/// The time they are counted over.
const REFUSED_WINDOW: Duration = Duration::from_secs(600);

/// What can be wrong besides the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Discord does not answer.
    Unreachable,
    /// The commands are not registered.
    Unregistered,
    /// Interactions are sent somewhere else.
    Elsewhere,
}

struct Inner {
    line: State,
    troubles: BTreeMap<Trouble, String>,
    refused: VecDeque<Instant>,
    stopped: bool,
}

/// How Discord is reached.
pub(super) struct Health {
    tell: Box<dyn Fn(State) + Send + Sync>,
    inner: Mutex<Inner>,
}

impl Health {
    /// `tell` is told of every state.
    pub(super) fn new(tell: impl Fn(State) + Send + Sync + 'static) -> Self {
        let inner = Inner {
            line: State::Connecting,
            troubles: BTreeMap::new(),
            refused: VecDeque::new(),
            stopped: false,
        };
        Self { tell: Box::new(tell), inner: Mutex::new(inner) }
    }

    /// How interactions come.
    pub(super) fn line(&self, state: State) {
        let mut inner = self.lock();
        inner.line = state;
        self.publish(&inner);
    }

    /// Something is wrong.
    pub(super) fn trouble(&self, what: Trouble, why: String) {
        let mut inner = self.lock();
        inner.troubles.insert(what, why);
        self.publish(&inner);
    }

    /// Something is not wrong any more.
    pub(super) fn well(&self, what: Trouble) {
        let mut inner = self.lock();
        if inner.troubles.remove(&what).is_some() {
            self.publish(&inner);
        }
    }

    /// Discord answered with 401, 403 or 429.
    pub(super) fn refused(&self, now: Instant) {
        let mut inner = self.lock();
        inner.forget(now);
        inner.refused.push_back(now);
        if inner.refused.len() >= REFUSED_MAX && !inner.stopped {
            inner.stopped = true;
            self.publish(&inner);
        }
    }

    /// Whether anything may be sent.
    pub(super) fn may_send(&self, now: Instant) -> bool {
        let mut inner = self.lock();
        inner.forget(now);
        if inner.stopped && inner.refused.len() < REFUSED_MAX {
            inner.stopped = false;
            self.publish(&inner);
        }
        !inner.stopped
    }

    fn publish(&self, inner: &Inner) {
        let state = if inner.stopped {
            let minutes = REFUSED_WINDOW.as_secs() / 60;
            State::Degraded(format!(
                "Discord refused {REFUSED_MAX} requests in {minutes} minutes; nothing is sent until that is over"
            ))
        } else if let Some(why) = inner.troubles.values().next() {
            State::Degraded(why.clone())
        } else {
            inner.line.clone()
        };
        (self.tell)(state);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget(&mut self, now: Instant) {
        while self.refused.front().is_some_and(|at| now.duration_since(*at) >= REFUSED_WINDOW) {
            self.refused.pop_front();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn watched() -> (Health, Arc<Mutex<State>>) {
        let seen = Arc::new(Mutex::new(State::Connecting));
        let to = Arc::clone(&seen);
        (Health::new(move |state| *to.lock().unwrap() = state), seen)
    }

    #[test]
    fn too_many_refusals_stop_everything_for_a_while() {
        let ((health, seen), start) = (watched(), Instant::now());
        health.line(State::Connected);
        for _ in 1..REFUSED_MAX {
            health.refused(start);
        }
        assert!(health.may_send(start));
        health.refused(start + Duration::from_secs(1));
        assert!(!health.may_send(start + Duration::from_secs(2)));
        assert_eq!(seen.lock().unwrap().word(), "degraded");
        assert!(health.may_send(start + REFUSED_WINDOW));
        assert_eq!(*seen.lock().unwrap(), State::Connected);
    }

    #[test]
    fn a_trouble_stands_before_the_line() {
        let (health, seen) = watched();
        health.trouble(Trouble::Unregistered, "no commands".to_owned());
        health.line(State::Connected);
        assert_eq!(*seen.lock().unwrap(), State::Degraded("no commands".to_owned()));
        health.well(Trouble::Unregistered);
        assert_eq!(*seen.lock().unwrap(), State::Connected);
    }
}
