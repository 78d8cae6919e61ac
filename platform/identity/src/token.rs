//! API tokens: made, listed and revoked by the account that holds them.

use crate::{
    Actor, Error, account as accounts,
    audit::{self, Outcome},
    entity::token,
    secret::{self, Kind},
};
use micro_domain::{
    Code,
    identity::{CredentialKind, NewToken, Secret, Token},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, Select,
};

/// One day in milliseconds.
const DAY_MS: u64 = 86_400_000;
/// How long a token lives that names no lifetime, in milliseconds.
pub const LIFETIME_DEFAULT_MS: u64 = 90 * DAY_MS;
/// Longest life of a token, in milliseconds.
pub const LIFETIME_MAX_MS: u64 = 366 * DAY_MS;
/// Live tokens an account holds at most.
pub const TOKENS_MAX: usize = 100;
/// The `kind` of a member's token.
const MEMBER: &str = "member";
/// The `kind` of a bot's token.
const BOT: &str = "bot";

/// What to make.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) lifetime_ms: u64,
    /// For a bot.
    pub(crate) bot: bool,
}

impl Wish {
    /// Checks name and lifetime.
    pub(crate) fn new(account_id: &str, name: &str, lifetime_ms: Option<u64>) -> Result<Self, Error> {
        if !accounts::is_name(name) {
            let limit = accounts::NAME_MAX_CHARACTERS;
            let expected = format!("expected 1 to {limit} printable characters, without spaces around them");
            return Err(micro_domain::Error::invalid(format!("the token's name is unusable: {expected}"))
                .with_violation("name", expected)
                .into());
        }
        let lifetime_ms = lifetime_ms.unwrap_or(LIFETIME_DEFAULT_MS);
        if !(1..=LIFETIME_MAX_MS).contains(&lifetime_ms) {
            let expected = format!("expected more than 0 and at most {} days", LIFETIME_MAX_MS / DAY_MS);
            return Err(micro_domain::Error::invalid(format!(
                "the token's lifetime is out of range: {expected}"
            ))
            .with_violation("lifetime", expected)
            .into());
        }
        Ok(Self { account_id: account_id.to_owned(), name: name.to_owned(), lifetime_ms, bot: false })
    }
}

/// Makes a token and its audit row.
pub(crate) async fn create(
    txn: &DatabaseTransaction,
    actor: Actor,
    wish: Wish,
    now_ms: i64,
) -> Result<NewToken, Error> {
    accounts::lock(txn, &wish.account_id).await?;
    let live = live(&wish.account_id, now_ms).all(txn).await?;
    if live.iter().any(|token| token.name == wish.name) {
        let message =
            format!("a live token is named `{}` already; choose another name, or revoke that one", wish.name);
        return Err(micro_domain::Error::new(Code::AlreadyExists, message).into());
    }
    if live.len() >= TOKENS_MAX {
        let message =
            format!("the account holds {TOKENS_MAX} live tokens, which is the limit; revoke one first");
        return Err(micro_domain::Error::new(Code::ResourceExhausted, message).into());
    }
    let (kind, column) = if wish.bot { (Kind::Bot, BOT) } else { (Kind::Member, MEMBER) };
    let secret = secret::generate(kind)?;
    let row = token::Model {
        id: secret::id()?,
        account_id: wish.account_id,
        name: wish.name,
        hash: secret::hash(secret.reveal().as_bytes()).to_vec(),
        prefix: secret::shown(kind, &secret),
        created_ms: now_ms,
        expires_ms: now_ms.saturating_add_unsigned(wish.lifetime_ms),
        last_used_ms: None,
        revoked_ms: None,
        kind: column.to_owned(),
    };
    token::Entity::insert(token::ActiveModel::from(row.clone())).exec_without_returning(txn).await?;
    record_change(txn, actor, "token.create", &row, now_ms).await?;
    Ok(NewToken { token: record(row), secret })
}

/// The live tokens of an account, oldest first.
pub(crate) async fn list<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    now_ms: i64,
) -> Result<Vec<Token>, Error> {
    Ok(live(account_id, now_ms).all(connection).await?.into_iter().map(record).collect())
}

/// A token that was just revoked, and its hash to forget.
pub(crate) struct Revoked {
    pub(crate) token: Token,
    pub(crate) hash: Vec<u8>,
}

/// Revokes the account's live token with this id, else the one with this name; none where there is neither.
pub(crate) async fn revoke(
    txn: &DatabaseTransaction,
    actor: Actor,
    account_id: &str,
    id_or_name: &str,
    now_ms: i64,
) -> Result<Option<Revoked>, Error> {
    accounts::lock(txn, account_id).await?;
    let live = live(account_id, now_ms).all(txn).await?;
    let by_id = live.iter().find(|token| token.id == id_or_name);
    let Some(row) = by_id.or_else(|| live.iter().find(|token| token.name == id_or_name)).cloned() else {
        return Ok(None);
    };
    let update =
        token::ActiveModel { id: Set(row.id.clone()), revoked_ms: Set(Some(now_ms)), ..Default::default() };
    token::Entity::update(update).exec(txn).await?;
    record_change(txn, actor, "token.revoke", &row, now_ms).await?;
    let hash = row.hash.clone();
    Ok(Some(Revoked { token: record(row), hash }))
}

/// The error for a token that is not there.
pub(crate) fn not_found(id_or_name: &str) -> micro_domain::Error {
    let shown: String =
        id_or_name.chars().filter(|c| !c.is_control()).take(accounts::NAME_MAX_CHARACTERS).collect();
    micro_domain::Error::not_found(format!(
        "no live token of yours has the id or name `{shown}`; see `micro token list`"
    ))
}

/// Is this secret a live token of the account that is still live at `alive_at_ms`?
pub(crate) async fn holds<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    secret: &Secret,
    alive_at_ms: i64,
) -> Result<bool, Error> {
    let Some(hash) = secret::parse(Kind::Member, secret.reveal()) else { return Ok(false) };
    let token = live(account_id, alive_at_ms)
        .filter(token::Column::Hash.eq(hash.to_vec()))
        .filter(token::Column::Kind.eq(MEMBER))
        .one(connection)
        .await?;
    Ok(token.is_some())
}

/// What a row's token is good for.
pub(crate) fn kind(row: &token::Model) -> Result<CredentialKind, Error> {
    match row.kind.as_str() {
        MEMBER => Ok(CredentialKind::Token),
        BOT => Ok(CredentialKind::Bot),
        _ => Err(Error::Unknown("kind of token")),
    }
}

fn live(account_id: &str, now_ms: i64) -> Select<token::Entity> {
    token::Entity::find()
        .filter(token::Column::AccountId.eq(account_id))
        .filter(token::Column::RevokedMs.is_null())
        .filter(token::Column::ExpiresMs.gt(now_ms))
        .order_by_asc(token::Column::CreatedMs)
        .order_by_asc(token::Column::Id)
}

fn record(row: token::Model) -> Token {
    Token {
        id: row.id,
        name: row.name,
        prefix: row.prefix,
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        last_used_ms: row.last_used_ms,
        // Of what this version does not know, nothing resolves.
        bot: row.kind == BOT,
    }
}

async fn record_change(
    txn: &DatabaseTransaction,
    actor: Actor,
    action: &'static str,
    row: &token::Model,
    now_ms: i64,
) -> Result<(), Error> {
    let target = format!("token/{}", row.id);
    let detail = format!("{} expires_ms={} kind={}", row.name, row.expires_ms, row.kind);
    audit::append(txn, actor, action, target, Outcome::Done, detail, now_ms).await
}
