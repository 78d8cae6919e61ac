//! Links: chat users who speak as accounts, through bots. A bot makes a request, the account's owner is shown a code for
//! it, and the chat user types that code, which proves to each side who the other is.
//!
//! A link has no secret. It is resolved by who speaks at every call, so that one that has ended is never used again.

use crate::{
    Actor, Error, Identity,
    audit::{self, Outcome},
    entity::chat_link,
    link_request::{self, Spent},
    resolve::{By, Resolved},
    secret,
};
use micro_domain::{
    Code,
    chat::{Link, LinkRequest, Names, Person, Platform, Redeemed, canonical_code},
    identity::{CredentialKind, CredentialRef, Principal, Secret},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _,
};

/// Links an account has at most.
pub const LINKS_MAX: u64 = 100;

impl Identity {
    /// Who the bot inside this process calls as.
    #[must_use]
    pub fn bot_principal(&self) -> Principal {
        let owner = self.owner();
        let credential = CredentialRef {
            kind: CredentialKind::Bot,
            id: "embedded".to_owned(),
            name: "this server's bot".to_owned(),
        };
        let access = self.inner.access.clone();
        Principal { account_id: owner.id.clone(), account: owner.name.clone(), credential, access }
    }

    /// Makes a page for a chat user to be linked on, good once and for [`crate::REQUEST_LIFETIME_MS`]; the one they asked
    /// for before ends.
    ///
    /// # Errors
    ///
    /// RESOURCE_EXHAUSTED while [`crate::REQUESTS_MAX`] are open.
    pub async fn create_link_request(
        &self,
        person: Person,
        names: &Names,
    ) -> Result<LinkRequest, micro_domain::Error> {
        let (names, now_ms) = (names.cleaned(), self.inner.now_ms());
        let made = self
            .inner
            .database
            .write(move |txn| Box::pin(link_request::create(txn, person, names, now_ms)))
            .await;
        made.map_err(|error: Error| error.into())
    }

    /// Who would be linked; changes nothing.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for a request that is unknown, used or expired, all alike.
    pub async fn link_request(&self, id: &str) -> Result<LinkRequest, micro_domain::Error> {
        let found = link_request::get(self.inner.database.read(), id, self.inner.now_ms()).await?;
        found.ok_or_else(link_request::not_valid)
    }

    /// The code that links a request's chat user to the account, the one time it is shown.
    ///
    /// # Errors
    ///
    /// NOT_FOUND as for [`Identity::link_request`], RESOURCE_EXHAUSTED at [`LINKS_MAX`].
    pub async fn show_link_code(
        &self,
        actor: Actor,
        account_id: &str,
        id: &str,
    ) -> Result<Secret, micro_domain::Error> {
        let hash = secret::parse_request_id(id).ok_or_else(link_request::not_valid)?;
        let (account_id, now_ms) = (account_id.to_owned(), self.inner.now_ms());
        let shown = self.inner.database.write(move |txn| {
            Box::pin(async move { link_request::show_code(txn, actor, &account_id, hash, now_ms).await })
        });
        let shown = shown.await.map_err(|error: Error| micro_domain::Error::from(error))?;
        shown.ok_or_else(link_request::not_valid)
    }

    /// Spends the code a chat user typed, and links them; a link they had ends.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT, in words for that user, for a code that does not link them; RESOURCE_EXHAUSTED at [`LINKS_MAX`].
    pub async fn redeem_link_code(
        &self,
        bot: &Principal,
        person: Person,
        code: &str,
    ) -> Result<Redeemed, micro_domain::Error> {
        // What cannot be a code is no guess, and costs no attempt.
        let code = canonical_code(code).ok_or_else(link_request::no_code)?;
        let (bot_id, now_ms) = (bot.credential.id.clone(), self.inner.now_ms());
        let spent = self.inner.database.write(move |txn| {
            Box::pin(async move { link_request::redeem(txn, bot_id, &person, &code, now_ms).await })
        });
        match spent.await.map_err(|error: Error| micro_domain::Error::from(error))? {
            Spent::Linked { redeemed, replaced } => {
                self.inner.resolver.forget_person(&redeemed.link.person);
                replaced.iter().for_each(|id| self.inner.announce(id));
                Ok(redeemed)
            }
            Spent::Wrong { left } => Err(link_request::wrong(left)),
            Spent::Nothing => Err(link_request::nothing_waits()),
        }
    }

    /// The links of an account, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn links(&self, account_id: &str) -> Result<Vec<Link>, micro_domain::Error> {
        Ok(list(self.inner.database.read(), account_id).await?)
    }

    /// Ends one of an account's links, named by its id: it speaks for nobody from then on, and what it opened is told.
    ///
    /// # Errors
    ///
    /// NOT_FOUND.
    pub async fn remove_link(
        &self,
        actor: Actor,
        account_id: &str,
        id: &str,
    ) -> Result<Link, micro_domain::Error> {
        let now_ms = self.inner.now_ms();
        let (account_id, id) = (account_id.to_owned(), id.to_owned());
        let removed = self
            .inner
            .database
            .write(move |txn| Box::pin(async move { remove(txn, actor, &account_id, &id, now_ms).await }));
        let removed = removed.await.map_err(|error: Error| micro_domain::Error::from(error))?;
        let removed = removed.ok_or_else(|| {
            micro_domain::Error::not_found("no link of yours has this id; see `micro link list`")
        })?;
        self.inner.resolver.forget_person(&removed.person);
        self.inner.announce(&removed.id);
        Ok(removed)
    }

    /// The principal a chat user speaks as; none without a link.
    pub(crate) async fn resolve_link(
        &self,
        person: &Person,
    ) -> Result<Option<Principal>, micro_domain::Error> {
        match self.inner.resolver.resolve(By::Person(person)).await? {
            Resolved::Live(principal) => Ok(Some(principal)),
            Resolved::Expired | Resolved::Unknown => Ok(None),
        }
    }
}

/// A person's link, and the id of its account.
pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    person: &Person,
) -> Result<Option<(Link, String)>, Error> {
    let row = chat_link::Entity::find().filter(of(person)).one(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let account_id = row.account_id.clone();
    Ok(Some((record(row)?, account_id)))
}

/// Whether the account could have a link to this person, too.
pub(crate) async fn has_room<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    person: &Person,
) -> Result<(), Error> {
    let own = chat_link::Entity::find().filter(chat_link::Column::AccountId.eq(account_id));
    if own.filter(of(person).not()).count(connection).await? >= LINKS_MAX {
        let message =
            format!("the account has {LINKS_MAX} linked chat users, which is the limit; remove one first");
        return Err(micro_domain::Error::new(Code::ResourceExhausted, message).into());
    }
    Ok(())
}

/// Links a person to the account, in place of the link they had, whose id is told.
pub(crate) async fn replace(
    txn: &DatabaseTransaction,
    person: &Person,
    names: Names,
    account_id: &str,
    now_ms: i64,
) -> Result<(Link, Option<String>), Error> {
    let before = chat_link::Entity::find().filter(of(person)).one(txn).await?;
    if let Some(before) = &before {
        chat_link::Entity::delete_by_id(&before.id).exec(txn).await?;
    }
    let row = chat_link::Model {
        id: secret::id()?,
        platform: person.platform().word().to_owned(),
        workspace: person.workspace().to_owned(),
        chat_user: person.user().to_owned(),
        workspace_name: names.workspace,
        user_name: names.user,
        account_id: account_id.to_owned(),
        created_ms: now_ms,
    };
    chat_link::Entity::insert(chat_link::ActiveModel::from(row.clone())).exec_without_returning(txn).await?;
    Ok((record(row)?, before.map(|before| before.id)))
}

async fn list<C: ConnectionTrait>(connection: &C, account_id: &str) -> Result<Vec<Link>, Error> {
    let rows = chat_link::Entity::find()
        .filter(chat_link::Column::AccountId.eq(account_id))
        .order_by_asc(chat_link::Column::CreatedMs)
        .order_by_asc(chat_link::Column::Id)
        .all(connection)
        .await?;
    rows.into_iter().map(record).collect()
}

async fn remove(
    txn: &DatabaseTransaction,
    actor: Actor,
    account_id: &str,
    id: &str,
    now_ms: i64,
) -> Result<Option<Link>, Error> {
    let own = chat_link::Entity::find_by_id(id).filter(chat_link::Column::AccountId.eq(account_id));
    let Some(row) = own.one(txn).await? else { return Ok(None) };
    // Of two that remove it at the same time, one did.
    if chat_link::Entity::delete_by_id(id).exec(txn).await?.rows_affected != 1 {
        return Ok(None);
    }
    let link = record(row)?;
    let target = format!("link/{}", link.id);
    let detail = format!("{} {}", link.person, link.names.user);
    audit::append(txn, actor, "link.remove", target, Outcome::Done, detail, now_ms).await?;
    Ok(Some(link))
}

fn of(person: &Person) -> Condition {
    Condition::all()
        .add(chat_link::Column::Platform.eq(person.platform().word()))
        .add(chat_link::Column::Workspace.eq(person.workspace()))
        .add(chat_link::Column::ChatUser.eq(person.user()))
}

fn record(row: chat_link::Model) -> Result<Link, Error> {
    Ok(Link {
        person: person(&row.platform, &row.workspace, &row.chat_user)?,
        id: row.id,
        names: Names { workspace: row.workspace_name, user: row.user_name },
        created_ms: row.created_ms,
    })
}

/// The person a row names.
pub(crate) fn person(platform: &str, workspace: &str, user: &str) -> Result<Person, Error> {
    let platform = Platform::ALL.into_iter().find(|known| known.word() == platform);
    let person = platform.and_then(|platform| Person::new(platform, workspace, user).ok());
    person.ok_or(Error::Unknown("chat user"))
}
