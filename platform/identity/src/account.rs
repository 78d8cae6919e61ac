//! Accounts: the one that owns the server, and those that were invited.

use crate::{
    Actor, Error,
    audit::{self, Outcome},
    entity::{account, password},
    secret, team,
};
use micro_database::Database;
use micro_domain::{Code, access::Role, identity::Account};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

/// Longest name of an account or a credential, in characters.
pub(crate) const NAME_MAX_CHARACTERS: usize = 64;
/// The owner's name where the given one is unusable.
const OWNER_NAME: &str = "owner";
/// Who manages accounts and teams.
const OWNER_ROLE: &str = "owner";
/// Everybody else.
const MEMBER_ROLE: &str = "member";

/// The owner, created with `name` where there is none yet.
pub(crate) async fn ensure_owner(database: &Database, name: &str, now_ms: i64) -> Result<Account, Error> {
    let name = if is_name(name) { name.to_owned() } else { OWNER_NAME.to_owned() };
    database.write(move |txn| Box::pin(ensure_owner_in(txn, name, now_ms))).await
}

async fn ensure_owner_in(txn: &DatabaseTransaction, name: String, now_ms: i64) -> Result<Account, Error> {
    let owners = account::Entity::find().filter(account::Column::Role.eq(OWNER_ROLE));
    if let Some(owner) = owners.order_by_asc(account::Column::CreatedMs).one(txn).await? {
        team::ensure_default(txn, &owner.id, now_ms).await?;
        return Ok(Account { id: owner.id, name: owner.name });
    }
    let id = secret::id()?;
    let row = account::ActiveModel {
        id: Set(id.clone()),
        name: Set(name.clone()),
        role: Set(OWNER_ROLE.to_owned()),
        created_ms: Set(now_ms),
        email: Set(None),
    };
    account::Entity::insert(row).exec_without_returning(txn).await?;
    let (target, detail) = (format!("account/{id}"), format!("owner {name}"));
    audit::append(txn, Actor::server(), "account.create", target, Outcome::Done, detail, now_ms).await?;
    team::ensure_default(txn, &id, now_ms).await?;
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

/// The role in a team that a row names.
pub(crate) fn role(word: &str) -> Result<Role, Error> {
    word.parse().map_err(|_| Error::Unknown("role"))
}

/// Whether the account manages accounts and teams.
pub(crate) fn is_platform_owner(row: &account::Model) -> bool {
    row.role == OWNER_ROLE
}

/// A new account's name, as it is kept.
///
/// # Errors
///
/// INVALID_ARGUMENT naming `name`.
pub(crate) fn checked_name(name: &str) -> Result<String, micro_domain::Error> {
    let name = name.trim();
    // Who has one types an address to sign in, so no name may read like somebody's address.
    if is_name(name) && !name.contains('@') {
        return Ok(name.to_owned());
    }
    let why = format!("a name has 1 to {NAME_MAX_CHARACTERS} characters that can be seen, and no `@`");
    Err(micro_domain::Error::invalid(&why).with_violation("name", why))
}

/// Makes an account that signs in with a password.
///
/// # Errors
///
/// ALREADY_EXISTS for a name or an address that another account has.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    name: String,
    email: Option<String>,
    password_hash: String,
    now_ms: i64,
) -> Result<Account, Error> {
    let taken = |field: &str, why: String| -> Error {
        micro_domain::Error::new(Code::AlreadyExists, &why).with_violation(field, why).into()
    };
    if account::Entity::find().filter(account::Column::Name.eq(&name)).one(txn).await?.is_some() {
        return Err(taken(
            "name",
            format!("there is an account `{name}` already; sign in, or take another name"),
        ));
    }
    if let Some(email) = &email
        && account::Entity::find().filter(account::Column::Email.eq(email)).one(txn).await?.is_some()
    {
        let why = "there is an account with this address already; sign in and open the invite again";
        return Err(taken("name", why.to_owned()));
    }
    let id = secret::id()?;
    let row = account::Model {
        id: id.clone(),
        name: name.clone(),
        role: MEMBER_ROLE.to_owned(),
        created_ms: now_ms,
        email,
    };
    account::Entity::insert(account::ActiveModel::from(row)).exec_without_returning(txn).await?;
    let row = password::Model { account_id: id.clone(), hash: password_hash, changed_ms: now_ms };
    password::Entity::insert(password::ActiveModel::from(row)).exec_without_returning(txn).await?;
    let (actor, target) = (Actor::account(&id), format!("account/{id}"));
    audit::append(txn, actor, "account.create", target, Outcome::Done, name.clone(), now_ms).await?;
    Ok(Account { id, name })
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
