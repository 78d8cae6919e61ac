//! What is remembered of names, for each person apart: it was asked for on behalf of that person, so nobody is told of what
//! their own account does not see.

use super::{Names, methods};
use crate::Core;
use micro_domain::{
    Error,
    chat::Person,
    command::{Argument, Choices},
};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long names are told without asking again.
const FRESH_FOR: Duration = Duration::from_secs(15);
/// How long names are told at all; for as long they may outlive a link that was ended elsewhere.
const LIFETIME: Duration = Duration::from_secs(300);
/// Names kept of everybody together, a list counting as one more; the oldest lists go first.
const KEPT_MAX: usize = 200_000;
/// Names of one list.
const LIST_MAX: usize = 10_000;
/// Lists that are asked for in the background at the same time, and how long one may take.
const FILLS_MAX: usize = 16;
const FILL_WITHIN: Duration = Duration::from_secs(10);

/// Which names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// Those of the services.
    Services,
    /// Those of a service's methods.
    Methods(String),
}

impl Topic {
    /// What an argument is chosen from, where `service` is the one that was given; none where that is no list of names.
    pub(crate) fn of(argument: &Argument, service: &str) -> Option<Self> {
        match argument.choices? {
            Choices::Services => Some(Self::Services),
            Choices::Methods => (!service.is_empty()).then(|| Self::Methods(service.to_owned())),
            Choices::Fields | Choices::Commands => None,
        }
    }
}

/// Which names, and who wants to know them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) person: Person,
    pub(crate) topic: Topic,
}

/// All that is remembered in this process.
#[derive(Default)]
pub(crate) struct Known(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    kept: HashMap<Wanted, (Instant, Names)>,
    /// When each was kept and what it counts; lists that were replaced stay here until it is their turn.
    order: VecDeque<(Instant, Wanted, usize)>,
    count: usize,
    filling: HashSet<Wanted>,
}

impl Lists {
    fn keep(&mut self, wanted: &Wanted, names: Names, now: Instant) {
        let count = names.len() + 1;
        self.count += count;
        self.order.push_back((now, wanted.clone(), count));
        self.kept.insert(wanted.clone(), (now, names));
        while let Some((at, ..)) = self.order.front() {
            if now.duration_since(*at) < LIFETIME && self.count <= KEPT_MAX {
                break;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((at, wanted, count)) = self.order.pop_front() else { return };
        self.count -= count;
        if self.kept.get(&wanted).is_some_and(|(kept_at, _)| *kept_at == at) {
            self.kept.remove(&wanted);
        }
    }

    /// What is remembered, and how old it is.
    fn recall(&self, wanted: &Wanted, now: Instant) -> Option<(Duration, Names)> {
        let (at, names) = self.kept.get(wanted)?;
        let age = now.duration_since(*at);
        (age < LIFETIME).then(|| (age, Arc::clone(names)))
    }

    /// Whether a list is to be asked for now; whoever is told so tells when that is over.
    fn begin(&mut self, wanted: &Wanted) -> bool {
        self.filling.len() < FILLS_MAX && self.filling.insert(wanted.clone())
    }
}

impl Known {
    fn lists(&self) -> MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was asked for just now.
    pub(crate) fn keep(&self, wanted: &Wanted, names: Names) {
        self.lists().keep(wanted, names, Instant::now());
    }

    /// Forgets all that a person knows: they may be somebody else's account from now on.
    pub(crate) fn forget(&self, person: &Person) {
        self.lists().kept.retain(|wanted, _| wanted.person != *person);
    }
}

/// Asks for names and remembers them. Where that fails the person is told nothing any more that was known before.
///
/// # Errors
/// Those of the backend.
pub(crate) async fn ask(core: &Core, wanted: &Wanted) -> Result<Names, Error> {
    let asked = names(core, wanted).await;
    match &asked {
        Ok(names) => core.known.keep(wanted, Arc::clone(names)),
        Err(_) => core.known.forget(&wanted.person),
    }
    asked
}

async fn names(core: &Core, wanted: &Wanted) -> Result<Names, Error> {
    let client = core.client_of(&wanted.person);
    match &wanted.topic {
        Topic::Services => {
            let services = client.registry().list().await?.services;
            Ok(services.into_iter().map(|service| service.name).take(LIST_MAX).collect())
        }
        Topic::Methods(service) => Ok(methods(&client.describe(service).await?).take(LIST_MAX).collect()),
    }
}

/// Names that are fresh, for an answer that may wait.
///
/// # Errors
/// Those of the backend.
pub(crate) async fn soon(core: &Core, wanted: &Wanted) -> Result<Names, Error> {
    let recalled = core.known.lists().recall(wanted, Instant::now());
    match recalled {
        Some((age, names)) if age < FRESH_FOR => Ok(names),
        _ => ask(core, wanted).await,
    }
}

/// Names for an answer that cannot wait: what is remembered, none where nothing is. The next answer knows more.
pub(crate) fn at_once(core: &Arc<Core>, wanted: Wanted) -> Names {
    let recalled = core.known.lists().recall(&wanted, Instant::now());
    if recalled.as_ref().is_none_or(|(age, _)| *age >= FRESH_FOR) {
        fill(core, wanted);
    }
    recalled.map(|(_, names)| names).unwrap_or_default()
}

fn fill(core: &Arc<Core>, wanted: Wanted) {
    if !core.known.lists().begin(&wanted) {
        return;
    }
    let core = Arc::clone(core);
    tokio::spawn(async move {
        // What did not come is asked for again by the next who wants it.
        let _ = tokio::time::timeout(FILL_WITHIN, ask(&core, &wanted)).await;
        core.known.lists().filling.remove(&wanted);
    });
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn services_of(user: &str) -> Wanted {
        Wanted { person: Person::slack("T1", user).unwrap(), topic: Topic::Services }
    }

    fn names(count: usize) -> Names {
        (0..count).map(|at| format!("s{at}")).collect()
    }

    #[test]
    fn each_person_knows_their_own_names_for_a_while() {
        let (known, start) = (Known::default(), Instant::now());
        let (ann, bob) = (services_of("U1"), services_of("U2"));
        let of = |wanted: &Wanted, after: Duration| {
            known.lists().recall(wanted, start + after).map(|(_, names)| names.len())
        };
        known.lists().keep(&ann, names(3), start);
        assert_eq!((of(&ann, Duration::ZERO), of(&bob, Duration::ZERO)), (Some(3), None));
        assert_eq!((of(&ann, LIFETIME / 2), of(&ann, LIFETIME)), (Some(3), None));
        known.lists().keep(&bob, names(1), start);
        known.forget(&ann.person);
        assert_eq!((of(&ann, Duration::ZERO), of(&bob, Duration::ZERO)), (None, Some(1)));
    }

    #[test]
    fn the_oldest_lists_go_first_and_replaced_ones_are_gone() {
        let (mut lists, start) = (Lists::default(), Instant::now());
        let first = services_of("U0");
        lists.keep(&first, names(1), start);
        lists.keep(&first, names(2), start + Duration::from_secs(1));
        for at in 1..=KEPT_MAX / LIST_MAX {
            lists.keep(&services_of(&format!("U{at}")), names(LIST_MAX), start + Duration::from_secs(2));
        }
        assert!(lists.recall(&first, start).is_none());
        assert!(lists.count <= KEPT_MAX && lists.kept.len() == lists.order.len());
        lists.keep(&first, names(1), start + 2 * LIFETIME);
        assert_eq!((lists.kept.len(), lists.order.len(), lists.count), (1, 1, 2));
    }

    #[test]
    fn a_list_is_asked_for_by_one_at_a_time() {
        let mut lists = Lists::default();
        assert!(lists.begin(&services_of("U0")));
        assert!(!lists.begin(&services_of("U0")));
        for at in 1..FILLS_MAX {
            assert!(lists.begin(&services_of(&format!("U{at}"))));
        }
        assert!(!lists.begin(&services_of("another")));
    }
}
