//! Requests to be linked: a page made for one chat user, and the code it shows once to the account that opens it.
//!
//! The code is what ties the two together. Whoever follows a forwarded address links nobody: only the chat user the page
//! was made for can spend its code, and only their own words in chat do.

use crate::{
    Actor, Error, account as accounts,
    audit::{self, Outcome},
    entity::{account, chat_link_request as request},
    link,
    secret::{self, Hash},
};
use micro_domain::{
    Code,
    chat::{CODE_CHARACTERS, LinkRequest, Names, Person, Redeemed},
    identity::Secret,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, OnConflict},
};

/// How long a request and its code are good, in milliseconds.
pub const REQUEST_LIFETIME_MS: i64 = 10 * 60_000;
/// Open requests at most, of all chat users together.
pub const REQUESTS_MAX: u64 = 10_000;
/// Wrong codes after which a request is dead.
pub const ATTEMPTS_MAX: i32 = 5;

/// Makes a request, in place of the one the person made before.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    person: Person,
    names: Names,
    now_ms: i64,
) -> Result<LinkRequest, Error> {
    let others = request::Entity::find().filter(request::Column::ExpiresMs.gt(now_ms));
    if others.filter(of(&person).not()).count(txn).await? >= REQUESTS_MAX {
        let message = "too many chat users are being linked; try again in ten minutes";
        return Err(micro_domain::Error::new(Code::ResourceExhausted, message).into());
    }
    let id = secret::request_id()?;
    let row = request::Model {
        hash: secret::hash(id.as_bytes()).to_vec(),
        platform: person.platform().word().to_owned(),
        workspace: person.workspace().to_owned(),
        chat_user: person.user().to_owned(),
        workspace_name: names.workspace.clone(),
        user_name: names.user.clone(),
        created_ms: now_ms,
        expires_ms: now_ms + REQUEST_LIFETIME_MS,
        account_id: None,
        code_hash: None,
        attempts: 0,
    };
    let expires_ms = row.expires_ms;
    // One statement, so that of two at the same time the later one stays.
    request::Entity::insert(request::ActiveModel::from(row))
        .on_conflict(replacing())
        .exec_without_returning(txn)
        .await?;
    Ok(LinkRequest { id, person, names, expires_ms })
}

fn replacing() -> OnConflict {
    use request::Column::{
        AccountId, Attempts, ChatUser, CodeHash, CreatedMs, ExpiresMs, Hash, Platform, UserName, Workspace,
        WorkspaceName,
    };
    let mut conflict = OnConflict::columns([Platform, Workspace, ChatUser]);
    conflict
        .update_columns([Hash, WorkspaceName, UserName, CreatedMs, ExpiresMs, AccountId, CodeHash, Attempts])
        .to_owned()
}

/// The request with this id, while nobody was shown its code.
pub(crate) async fn get<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    now_ms: i64,
) -> Result<Option<LinkRequest>, Error> {
    let Some(hash) = secret::parse_request_id(id) else { return Ok(None) };
    let Some(row) = request::Entity::find().filter(unused(hash, now_ms)).one(connection).await? else {
        return Ok(None);
    };
    Ok(Some(LinkRequest {
        id: id.to_owned(),
        person: person(&row)?,
        names: Names { workspace: row.workspace_name, user: row.user_name },
        expires_ms: row.expires_ms,
    }))
}

/// Makes the request the account's and its code, and writes the audit row; none where it is no longer good. The compare
/// and the set are one statement, so of two who open the page one is shown a code.
pub(crate) async fn show_code(
    txn: &DatabaseTransaction,
    actor: Actor,
    account_id: &str,
    hash: Hash,
    now_ms: i64,
) -> Result<Option<Secret>, Error> {
    let Some(row) = request::Entity::find().filter(unused(hash, now_ms)).one(txn).await? else {
        return Ok(None);
    };
    let person = person(&row)?;
    link::has_room(txn, account_id, &person).await?;
    let code = secret::code()?;
    let shown = request::Entity::update_many()
        .col_expr(request::Column::AccountId, Expr::value(account_id))
        .col_expr(request::Column::CodeHash, Expr::value(code_hash(&hash, &code)))
        .filter(unused(hash, now_ms))
        .exec(txn)
        .await?
        .rows_affected;
    if shown != 1 {
        return Ok(None);
    }
    let target = format!("chat_user/{person}");
    audit::append(txn, actor, "link.show_code", target, Outcome::Done, row.user_name, now_ms).await?;
    Ok(Some(Secret::new(code)))
}

/// What became of a code.
#[derive(Debug)]
pub(crate) enum Spent {
    /// It was right.
    Linked {
        redeemed: Redeemed,
        /// The link that ended for it.
        replaced: Option<String>,
    },
    /// It was wrong; so many more may be tried.
    Wrong { left: i32 },
    /// This person has no request whose code was shown.
    Nothing,
}

/// Spends a code, whatever comes of it: a wrong one is counted. The audit row is written wherever there was something to
/// spend it on.
pub(crate) async fn redeem(
    txn: &DatabaseTransaction,
    bot_id: String,
    person: &Person,
    code: &str,
    now_ms: i64,
) -> Result<Spent, Error> {
    let Some(row) = shown_to(txn, person, now_ms).await? else { return Ok(Spent::Nothing) };
    let Some(account_id) = row.account_id.clone() else { return Ok(Spent::Nothing) };
    // Hashes are compared, and nobody can choose what one of theirs begins with: how long it takes tells nothing.
    if row.code_hash.as_deref() != Some(&code_hash(&row.hash, code)) {
        return wrong_code(txn, bot_id, person, row, now_ms).await;
    }
    let spent = request::Entity::delete_many()
        .filter(request::Column::Hash.eq(row.hash))
        .filter(request::Column::Attempts.eq(row.attempts))
        .exec(txn)
        .await?
        .rows_affected;
    if spent != 1 {
        return Ok(Spent::Nothing);
    }
    accounts::lock(txn, &account_id).await?;
    link::has_room(txn, &account_id, person).await?;
    let Some(account) = account::Entity::find_by_id(&account_id).one(txn).await? else {
        return Ok(Spent::Nothing);
    };
    let names = Names { workspace: row.workspace_name, user: row.user_name };
    let (link, replaced) = link::replace(txn, person, names, &account_id, now_ms).await?;
    let instead = replaced.as_ref().map(|id| format!(" instead of link/{id}")).unwrap_or_default();
    let detail = format!("{person} {}{instead}", link.names.user);
    let (target, actor) = (format!("link/{}", link.id), Actor::new(Some(account_id), bot_id));
    audit::append(txn, actor, "link.create", target, Outcome::Done, detail, now_ms).await?;
    Ok(Spent::Linked { redeemed: Redeemed { link, account: account.name }, replaced })
}

/// The person's request whose code was shown, held until this transaction ends.
async fn shown_to(
    txn: &DatabaseTransaction,
    person: &Person,
    now_ms: i64,
) -> Result<Option<request::Model>, Error> {
    let mut query = request::Entity::find()
        .filter(of(person))
        .filter(request::Column::CodeHash.is_not_null())
        .filter(request::Column::ExpiresMs.gt(now_ms))
        .filter(request::Column::Attempts.lt(ATTEMPTS_MAX));
    if txn.get_database_backend() == DbBackend::Postgres {
        // SQLite's one writer takes turns anyway.
        query = query.lock_exclusive();
    }
    Ok(query.one(txn).await?)
}

async fn wrong_code(
    txn: &DatabaseTransaction,
    bot_id: String,
    person: &Person,
    row: request::Model,
    now_ms: i64,
) -> Result<Spent, Error> {
    let attempts = row.attempts + 1;
    request::Entity::update_many()
        .col_expr(request::Column::Attempts, Expr::value(attempts))
        .filter(request::Column::Hash.eq(row.hash))
        .exec(txn)
        .await?;
    let (target, actor) = (format!("chat_user/{person}"), Actor::new(None, bot_id));
    audit::append(txn, actor, "link.create", target, Outcome::Refused, row.user_name, now_ms).await?;
    Ok(Spent::Wrong { left: ATTEMPTS_MAX - attempts })
}

/// Removes requests that have ended; there are at most [`REQUESTS_MAX`] or so.
pub(crate) async fn prune(txn: &DatabaseTransaction, now_ms: i64) -> Result<(), Error> {
    let ended = request::Column::ExpiresMs.lte(now_ms);
    request::Entity::delete_many().filter(ended).exec(txn).await?;
    Ok(())
}

/// What an account is told of a page that is no longer good, whatever is wrong with it.
pub(crate) fn not_valid() -> micro_domain::Error {
    micro_domain::Error::not_found(
        "this link is not valid any more: each works once and for 10 minutes. Type `/micro link` again.",
    )
}

/// What a chat user is told who typed something else.
pub(crate) fn no_code() -> micro_domain::Error {
    refusal(format!(
        "this is no code: one has {CODE_CHARACTERS} letters and digits. Type it as the page shows it, or `/micro link` for \
         a new page."
    ))
}

/// What a chat user is told who typed another code than the page showed.
pub(crate) fn wrong(left: i32) -> micro_domain::Error {
    refusal(match left {
        ..1 => "this is not the code, and no tries are left. Type `/micro link` for a new one.".to_owned(),
        1 => "this is not the code; 1 try is left. Type `/micro link` for a new one.".to_owned(),
        left => format!("this is not the code; {left} tries are left. Type `/micro link` for a new one."),
    })
}

/// What a chat user is told who has no code to type.
pub(crate) fn nothing_waits() -> micro_domain::Error {
    refusal(
        "no code of yours is good: each works once, for 10 minutes and for who asked. Type `/micro link` for a new one."
            .to_owned(),
    )
}

fn refusal(message: String) -> micro_domain::Error {
    micro_domain::Error::invalid(message)
}

/// The open request with this hash whose code nobody was shown.
fn unused(hash: Hash, now_ms: i64) -> Condition {
    Condition::all()
        .add(request::Column::Hash.eq(hash.to_vec()))
        .add(request::Column::AccountId.is_null())
        .add(request::Column::ExpiresMs.gt(now_ms))
}

fn of(person: &Person) -> Condition {
    Condition::all()
        .add(request::Column::Platform.eq(person.platform().word()))
        .add(request::Column::Workspace.eq(person.workspace()))
        .add(request::Column::ChatUser.eq(person.user()))
}

fn person(row: &request::Model) -> Result<Person, Error> {
    link::person(&row.platform, &row.workspace, &row.chat_user)
}

/// A code's hash holds for its own request alone.
fn code_hash(request: &[u8], code: &str) -> Vec<u8> {
    secret::hash(&[request, code.as_bytes()].concat()).to_vec()
}
