//! What is behind buttons and forms. A button carries an id and nothing else; what it does, and for whom, is kept here.

use crate::Core;
use micro_domain::{Error, chat::Person, schema::Description, view::Does};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a question stands, and a form stays open.
const LIFETIME: Duration = Duration::from_secs(300);
/// How long what only reads can be clicked.
const READING_LIFETIME: Duration = Duration::from_secs(3_600);
/// Records kept at most; the oldest go first.
const KEPT_MAX: usize = 50_000;

/// What is kept behind an id.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Who may use it.
    person: Arc<Person>,
    /// What it does.
    pub(crate) does: Does,
    /// What the service was like when the form was made, so that it can be checked at once.
    pub(crate) description: Option<Arc<Description>>,
    /// What was filled in before, and was wrong.
    pub(crate) filled: Vec<(String, String)>,
    until: Instant,
}

impl Kept {
    fn is_for(&self, person: &Person) -> bool {
        *self.person == *person && self.until > Instant::now()
    }
}

/// An id as it is kept; none where it is no id.
fn number(id: &str) -> Option<u128> {
    uuid::Uuid::try_parse(id).ok().map(|id| id.as_u128())
}

#[derive(Default)]
struct Records {
    kept: HashMap<u128, Kept>,
    order: VecDeque<u128>,
}

/// All records of this process. They are gone after a restart, and a click then says so.
#[derive(Default)]
pub(crate) struct Actions(Mutex<Records>);

impl Actions {
    /// Keeps what an action does; its id.
    pub(crate) fn keep(
        &self,
        person: &Arc<Person>,
        does: Does,
        description: Option<Arc<Description>>,
        filled: Vec<(String, String)>,
    ) -> String {
        let reading = matches!(does, Does::Type(_) | Does::Pick(_) | Does::Page { .. });
        let until = Instant::now() + if reading { READING_LIFETIME } else { LIFETIME };
        let id = uuid::Uuid::new_v4();
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while records.order.len() >= KEPT_MAX {
            if let Some(oldest) = records.order.pop_front() {
                records.kept.remove(&oldest);
            }
        }
        records.order.push_back(id.as_u128());
        records
            .kept
            .insert(id.as_u128(), Kept { person: Arc::clone(person), does, description, filled, until });
        id.simple().to_string()
    }

    /// What is behind an id, for this person; it stays.
    ///
    /// # Errors
    /// FAILED_PRECONDITION where there is nothing (any more), or it is somebody else's.
    pub(crate) fn find(&self, id: &str, person: &Person) -> Result<Kept, Error> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = number(id).and_then(|id| records.kept.get(&id));
        kept.filter(|kept| kept.is_for(person)).cloned().ok_or_else(gone)
    }

    /// As [`Actions::find`], and nobody finds it again: of two clicks one wins.
    ///
    /// # Errors
    /// As [`Actions::find`].
    pub(crate) fn spend(&self, id: &str, person: &Person) -> Result<Kept, Error> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = number(id).filter(|id| records.kept.get(id).is_some_and(|kept| kept.is_for(person)));
        id.and_then(|id| records.kept.remove(&id)).ok_or_else(gone)
    }
}

fn gone() -> Error {
    Error::new(
        micro_domain::Code::FailedPrecondition,
        "This button was used already or is too old; nothing was run. Type the command again.",
    )
}

/// Turns what actions do into what buttons carry, for one person.
pub(crate) struct Buttons<'c> {
    core: &'c Core,
    person: Arc<Person>,
}

/// What a button carries.
pub(crate) enum Carried {
    /// A page of the dashboard.
    Url(String),
    /// A record's id.
    Id(String),
}

impl<'c> Buttons<'c> {
    /// For one person.
    pub(crate) fn new(core: &'c Core, person: &Person) -> Self {
        Self { core, person: Arc::new(person.clone()) }
    }

    /// What a button that does this carries.
    pub(crate) fn carry(&self, does: &Does) -> Carried {
        match does {
            Does::Open(path) => Carried::Url(format!("{}{path}", self.core.public_url)),
            Does::Again(id) => Carried::Id(id.clone()),
            does => Carried::Id(self.core.actions.keep(&self.person, does.clone(), None, Vec::new())),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_its_person_s_and_is_spent_once() {
        let (actions, ann) = (Actions::default(), Arc::new(Person::slack("T1", "U1").unwrap()));
        let id = actions.keep(&ann, Does::Dismiss, None, Vec::new());
        assert!(actions.find(&id, &Person::slack("T1", "U2").unwrap()).is_err());
        assert!(actions.find(&id, &ann).is_ok());
        assert!(actions.spend(&id, &Person::slack("T2", "U1").unwrap()).is_err());
        assert!(actions.spend(&id, &ann).is_ok());
        assert!(actions.spend(&id, &ann).is_err());
    }

    #[test]
    fn the_oldest_records_go_first() {
        let (actions, ann) = (Actions::default(), Arc::new(Person::discord("1").unwrap()));
        let first = actions.keep(&ann, Does::Dismiss, None, Vec::new());
        for _ in 0..KEPT_MAX {
            actions.keep(&ann, Does::Dismiss, None, Vec::new());
        }
        assert!(actions.find(&first, &ann).is_err());
        assert_eq!(actions.0.lock().unwrap().kept.len(), KEPT_MAX);
    }
}
