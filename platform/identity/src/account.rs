//! Accounts; so far the one that owns the server.

use crate::{Error, entity::account, secret};
use micro_database::{
    Database,
    audit::{self, Event, Outcome},
};
use micro_domain::identity::{Account, Role};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

/// Longest name of an account or a credential, in characters.
pub(crate) const NAME_MAX_CHARACTERS: usize = 64;
/// The owner's name where the given one is unusable.
const OWNER_NAME: &str = "owner";
const OWNER_ROLE: &str = "owner";

/// The owner, created with `name` where there is none yet.
pub(crate) async fn ensure_owner(database: &Database, name: &str, now_ms: i64) -> Result<Account, Error> {
    let name = if is_name(name) { name.to_owned() } else { OWNER_NAME.to_owned() };
    database.write(move |txn| Box::pin(ensure_owner_in(txn, name, now_ms))).await
}

async fn ensure_owner_in(txn: &DatabaseTransaction, name: String, now_ms: i64) -> Result<Account, Error> {
    let owners = account::Entity::find().filter(account::Column::Role.eq(OWNER_ROLE));
    if let Some(owner) = owners.order_by_asc(account::Column::CreatedMs).one(txn).await? {
        return Ok(Account { id: owner.id, name: owner.name });
    }
    let id = secret::id()?;
    let row = account::ActiveModel {
        id: Set(id.clone()),
        name: Set(name.clone()),
        role: Set(OWNER_ROLE.to_owned()),
        created_ms: Set(now_ms),
    };
    account::Entity::insert(row).exec_without_returning(txn).await?;
    let event = Event {
        at_ms: now_ms,
        account_id: None,
        credential_id: None,
        action: "account.create",
        target: format!("account/{id}"),
        outcome: Outcome::Done,
        detail: format!("owner {name}"),
    };
    audit::append(txn, event).await?;
    Ok(Account { id, name })
}

/// Has requests of one account take turns, so that two never both see the last place free. SQLite's one writer does
/// anyway.
pub(crate) async fn lock(txn: &DatabaseTransaction, account_id: &str) -> Result<(), Error> {
    if txn.get_database_backend() == DbBackend::Postgres {
        account::Entity::find_by_id(account_id).lock_exclusive().one(txn).await?;
    }
    Ok(())
}

/// The role a row names.
pub(crate) fn role(name: &str) -> Result<Role, Error> {
    match name {
        OWNER_ROLE => Ok(Role::Owner),
        _ => Err(Error::Unknown("role")),
    }
}

/// May this be the name of an account or a credential? Control characters would reach terminals, and characters that
/// turn the writing direction make a name read as another.
pub(crate) fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    (1..=NAME_MAX_CHARACTERS).contains(&length) && name.trim() == name && !name.chars().any(hidden)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use micro_database::testing;

    #[tokio::test]
    async fn the_owner_is_created_once() {
        for test in testing::fresh().await {
            let first = ensure_owner(&test.database, "ann", 1).await.unwrap();
            assert_eq!(first.name, "ann");
            assert_eq!(ensure_owner(&test.database, "bob", 2).await.unwrap(), first);
        }
    }

    #[test]
    fn names_are_short_and_printable() {
        for good in ["a", "laptop of Ann", "büro", &"x".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", " a", "a ", "a\nb", "\u{1b}[31m", "a\u{202e}b", &"x".repeat(65)] {
            assert!(!is_name(bad), "{bad:?}");
        }
    }
}
