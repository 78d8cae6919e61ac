//! Passwords: hashed slowly on purpose, few at a time, and never tried often.

use crate::{
    Actor, Error, Identity,
    audit::{self, Outcome},
    entity::{account, password},
    resolve::lock,
    secret::{self, Hash},
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use micro_domain::{
    Code,
    identity::{Account, Secret},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

/// Shortest password, in characters (NIST SP 800-63B-4, 3.1.1.2).
pub const PASSWORD_MIN: usize = 15;
/// Longest password, in bytes.
const PASSWORD_MAX_BYTES: usize = 1_024;
/// How hard a password must be to guess, of 0 to 4: more than 10^8 tries.
const SCORE_MIN: zxcvbn::Score = zxcvbn::Score::Three;
/// Argon2id's memory in KiB, passes and lanes (OWASP's second choice: 19 MiB, 2, 1).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Passwords hashed at the same time, and how many may wait for that.
const AT_ONCE: usize = 2;
const WAITING_MAX: usize = 32;
/// Tries of one account within [`TRIES_WINDOW`].
const TRIES_MAX: usize = 5;
const TRIES_WINDOW: Duration = Duration::from_secs(300);
/// Accounts whose tries are remembered at most; the oldest are forgotten first.
const TRIED_MAX: usize = 10_000;

/// Hashes and compares passwords.
pub(crate) struct Passwords {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    tries: Mutex<Tries>,
}

impl Default for Passwords {
    fn default() -> Self {
        let waiting = Arc::new(Semaphore::new(AT_ONCE + WAITING_MAX));
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE)), waiting, tries: Mutex::default() }
    }
}

impl Passwords {
    /// The hash of a new password, which must not be easy to guess for who knows `about` its owner.
    pub(crate) async fn hash(
        &self,
        password: &Secret,
        about: &[&str],
    ) -> Result<String, micro_domain::Error> {
        check(password, about)?;
        let password = password.clone();
        self.slowly(move || {
            let hash = argon2().hash_password(password.reveal().as_bytes());
            hash.map(|hash| hash.to_string()).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                micro_domain::Error::internal("the password could not be kept; the server's log says why")
            })
        })
        .await?
    }

    /// Whether the password is the one of this hash. Without a hash it takes as long, and it is not.
    async fn is(&self, password: &Secret, hash: Option<String>) -> Result<bool, micro_domain::Error> {
        let password = password.clone();
        self.slowly(move || {
            let Some(hash) = hash else {
                let _ = argon2().hash_password(password.reveal().as_bytes());
                return false;
            };
            let Ok(hash) = PasswordHash::new(&hash) else { return false };
            argon2().verify_password(password.reveal().as_bytes(), &hash).is_ok()
        })
        .await
    }

    /// Does what costs much, few at a time.
    async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, micro_domain::Error> {
        let busy =
            || micro_domain::Error::unavailable("too many people sign in right now; try again in a moment");
        let _place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| micro_domain::Error::internal("a password could not be looked at"))
    }
}

impl Identity {
    /// Signs in with a password. `name` is the account's name or address.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED for a wrong password and an unknown account, both alike and after as long; RESOURCE_EXHAUSTED after
    /// too many tries of one name; UNAVAILABLE while too many sign in.
    pub async fn sign_in(&self, name: &str, password: &Secret) -> Result<Account, micro_domain::Error> {
        let (name, now_ms) = (name.trim(), self.inner.now_ms());
        let key = secret::hash(name.to_lowercase().as_bytes());
        if !lock(&self.inner.passwords.tries).claim(key, Instant::now()) {
            let why =
                "this account was tried too often; wait five minutes. Who is signed in already stays so.";
            return Err(micro_domain::Error::new(Code::ResourceExhausted, why));
        }
        let found = by_name(self.inner.database.read(), name).await?;
        let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
        let right = self.inner.passwords.is(password, hash).await?;
        let account = account.filter(|_| right);
        let signed_in = account.as_ref().map(|account| account.id.clone());
        let written = self
            .inner
            .database
            .write(move |txn| Box::pin(async move { record(txn, signed_in, now_ms).await }));
        written.await.map_err(|error: Error| micro_domain::Error::from(error))?;
        let account = account.ok_or_else(|| {
            micro_domain::Error::unauthenticated("this name and password do not belong together")
        })?;
        lock(&self.inner.passwords.tries).forget(&key);
        Ok(Account { id: account.id, name: account.name })
    }
}

async fn record(txn: &DatabaseTransaction, account_id: Option<String>, now_ms: i64) -> Result<(), Error> {
    let (actor, target, outcome) = match account_id {
        Some(id) => (Actor::account(&id), format!("account/{id}"), Outcome::Done),
        None => (Actor::server(), String::new(), Outcome::Refused),
    };
    audit::append(txn, actor, "session.sign_in", target, outcome, String::new(), now_ms).await
}

/// An account by its name or address, and the hash of its password where it has one.
async fn by_name<C: ConnectionTrait>(
    connection: &C,
    name: &str,
) -> Result<Option<(account::Model, Option<String>)>, Error> {
    let either = Condition::any()
        .add(account::Column::Name.eq(name))
        .add(account::Column::Email.eq(name.to_lowercase()));
    let Some(account) = account::Entity::find().filter(either).one(connection).await? else {
        return Ok(None);
    };
    let row = password::Entity::find_by_id(&account.id).one(connection).await?;
    Ok(Some((account, row.map(|row| row.hash))))
}

/// # Errors
///
/// INVALID_ARGUMENT naming `password` where it is too short, too long or easy to guess.
fn check(password: &Secret, about: &[&str]) -> Result<(), micro_domain::Error> {
    let refuse = |why: String| Err(micro_domain::Error::invalid(&why).with_violation("password", why));
    let text = password.reveal();
    if text.chars().count() < PASSWORD_MIN {
        return refuse(format!(
            "a password has at least {PASSWORD_MIN} characters; several words make a good one"
        ));
    }
    if text.len() > PASSWORD_MAX_BYTES {
        return refuse(format!("a password has at most {PASSWORD_MAX_BYTES} bytes"));
    }
    if zxcvbn::zxcvbn(text, about).score() < SCORE_MIN {
        return refuse(
            "this password is easy to guess; take several words that do not belong together".to_owned(),
        );
    }
    Ok(())
}

fn argon2() -> Argon2<'static> {
    // The parameters are in bounds, so the default is never taken; it is no weaker.
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Tries of each account, by a hash of its name: unknown ones count alike.
#[derive(Default)]
struct Tries {
    made: HashMap<Hash, VecDeque<Instant>>,
    order: VecDeque<Hash>,
}

impl Tries {
    /// Whether one more may be made; it counts from now on.
    fn claim(&mut self, key: Hash, now: Instant) -> bool {
        if !self.made.contains_key(&key) {
            while self.order.len() >= TRIED_MAX {
                if let Some(oldest) = self.order.pop_front() {
                    self.made.remove(&oldest);
                }
            }
            self.order.push_back(key);
        }
        let made = self.made.entry(key).or_default();
        while made.front().is_some_and(|at| now.saturating_duration_since(*at) >= TRIES_WINDOW) {
            made.pop_front();
        }
        if made.len() >= TRIES_MAX {
            return false;
        }
        made.push_back(now);
        true
    }

    /// A right password starts the count anew.
    fn forget(&mut self, key: &Hash) {
        if let Some(made) = self.made.get_mut(key) {
            made.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn refused(password: &str, about: &[&str]) -> bool {
        check(&Secret::new(password), about).is_err()
    }

    #[test]
    fn passwords_are_long_and_hard_to_guess() {
        assert!(!refused("correct walrus piano staple", &[]));
        for bad in ["", "short", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword", "123456789012345678"] {
            assert!(refused(bad, &[]), "{bad}");
        }
        assert!(refused(&"x".repeat(PASSWORD_MAX_BYTES + 1), &[]));
        assert!(refused("annalenamueller", &["annalenamueller", "a@example.com"]));
    }

    #[tokio::test]
    async fn a_hash_names_its_parameters_and_fits_its_password_alone() {
        let passwords = Passwords::default();
        let password = Secret::new("correct walrus piano staple");
        let hash = passwords.hash(&password, &[]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(passwords.hash(&password, &[]).await.unwrap(), hash);
        assert!(passwords.is(&password, Some(hash.clone())).await.unwrap());
        assert!(!passwords.is(&Secret::new("correct walrus piano stapl"), Some(hash)).await.unwrap());
        assert!(!passwords.is(&password, None).await.unwrap());
        assert!(!passwords.is(&password, Some("no hash".to_owned())).await.unwrap());
    }

    #[test]
    fn an_account_is_tried_a_few_times_and_then_waits() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        for _ in 0..TRIES_MAX {
            assert!(tries.claim([1; 32], start));
        }
        assert!(!tries.claim([1; 32], start) && tries.claim([2; 32], start));
        assert!(tries.claim([1; 32], start + TRIES_WINDOW));
        tries.forget(&[1; 32]);
        for _ in 0..TRIES_MAX {
            assert!(tries.claim([1; 32], start + TRIES_WINDOW));
        }
        for number in 0..TRIED_MAX {
            let mut key = [9; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            assert!(tries.claim(key, start));
        }
        assert!(tries.made.len() <= TRIED_MAX && tries.order.len() <= TRIED_MAX);
    }
}
