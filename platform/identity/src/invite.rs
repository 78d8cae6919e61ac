//! Invites: a link that is good once, for one team and one role.
//!
//! Only the hash of its code is kept. Whether it is still good is decided when it is spent, in one statement, so of many who
//! open it at the same time one wins.

use crate::{
    Actor, Error, Identity, account as accounts,
    audit::{self, Outcome},
    entity::{account, invite, member, team},
    resolve::lock,
    secret::{self, Kind},
    team::{self as teams, Authority},
};
use micro_domain::{
    Code,
    access::Role,
    identity::{Account, CredentialKind, Principal, Secret},
    team::{
        INVITE_LIFETIME_DEFAULT_MS, INVITE_LIFETIME_MS, INVITE_ROWS_MAX, Invite, InviteState, InviteWish,
        Joined, NewInvite, email,
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

/// Submissions of one inviter within an hour.
pub const SUBMISSIONS_PER_HOUR: u64 = 10;
/// Invites of one team that wait to be accepted, at most.
const PENDING_MAX: u64 = 1_000;
/// Invites that a list shows at most.
const LIST_MAX: u64 = 500;
const HOUR_MS: i64 = 3_600_000;

/// What is told of a code that was never one, and of nothing else.
fn unknown() -> micro_domain::Error {
    micro_domain::Error::not_found(
        "there is no such invite: the link was cut or mistyped. Open it again from the message it came in.",
    )
}

impl Identity {
    /// Makes invites: one result a row, in their order.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for the team, PERMISSION_DENIED for the role, INVALID_ARGUMENT for the lifetime or the number of rows,
    /// RESOURCE_EXHAUSTED after [`SUBMISSIONS_PER_HOUR`].
    pub async fn create_invites(
        &self,
        by: &Principal,
        wish: InviteWish,
    ) -> Result<Vec<Result<NewInvite, String>>, micro_domain::Error> {
        let lifetime_ms = wish.lifetime_ms.unwrap_or(INVITE_LIFETIME_DEFAULT_MS);
        if !INVITE_LIFETIME_MS.contains(&lifetime_ms) {
            let what = "an invite is good for an hour to 14 days";
            return Err(micro_domain::Error::invalid(what).with_violation("lifetime", what));
        }
        if !(1..=INVITE_ROWS_MAX).contains(&wish.emails.len()) {
            let what = format!("invite 1 to {INVITE_ROWS_MAX} people at a time");
            return Err(micro_domain::Error::invalid(&what).with_violation("rows", what));
        }
        let now_ms = self.inner.now_ms();
        let submission = Submission {
            actor: Actor::from(by),
            inviter: by.account.clone(),
            inviter_id: by.account_id.clone(),
            id: secret::id()?,
            now_ms,
            expires_ms: now_ms.saturating_add_unsigned(lifetime_ms),
        };
        let made = self.inner.database.write(move |txn| Box::pin(create(txn, submission, wish))).await;
        made.map_err(|error: Error| error.into())
    }

    /// A team's invites, newest first; where none is named, those of every team whose members the account manages.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for the team, PERMISSION_DENIED for who does not manage its members.
    pub async fn invites(
        &self,
        by: &Principal,
        team: Option<&str>,
    ) -> Result<Vec<Invite>, micro_domain::Error> {
        let connection = self.inner.database.read();
        let team_id = match team {
            Some(word) => {
                let (row, authority) = teams::find(connection, &by.account_id, word).await?;
                authority.require(Role::Viewer)?;
                Some(row.id)
            }
            None => None,
        };
        let policy = by.access.policy();
        let managed = |row: &invite::Model| {
            let role = policy.role(&by.account_id, &row.team_id);
            policy.manages_platform(&by.account_id) || role.is_some_and(|role| role.manages(Role::Viewer))
        };
        let mut query = invite::Entity::find().order_by_desc(invite::Column::CreatedMs).limit(LIST_MAX);
        if let Some(id) = team_id {
            query = query.filter(invite::Column::TeamId.eq(id));
        }
        let rows = query.all(connection).await.map_err(Error::from)?;
        Ok(records(connection, rows.into_iter().filter(managed).collect(), self.inner.now_ms()).await?)
    }

    /// Ends an invite that is pending.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for one that is not there or not theirs, FAILED_PRECONDITION for one that is not pending.
    pub async fn revoke_invite(&self, by: &Principal, id: &str) -> Result<Invite, micro_domain::Error> {
        let (actor, by, id, now_ms) =
            (Actor::from(by), by.account_id.clone(), id.to_owned(), self.inner.now_ms());
        let revoked = self.inner.database.write(move |txn| {
            Box::pin(async move {
                let row = managed(txn, &by, &id).await?;
                let state = state(&row, now_ms);
                if state != InviteState::Pending {
                    let why = format!("this invite is {} already", state.word());
                    return Err(micro_domain::Error::new(Code::FailedPrecondition, why).into());
                }
                let next =
                    invite::ActiveModel { id: Set(id), revoked_ms: Set(Some(now_ms)), ..Default::default() };
                let row = invite::Entity::update(next).exec(txn).await?;
                let target = format!("invite/{}", row.id);
                audit::append(txn, actor, "invite.revoke", target, Outcome::Done, String::new(), now_ms)
                    .await?;
                one(txn, row, now_ms).await
            })
        });
        revoked.await.map_err(|error: Error| error.into())
    }

    /// A new link for an invite that was not accepted; the old one is good no more.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for one that is not there or not theirs, FAILED_PRECONDITION for one that was accepted.
    pub async fn resend_invite(&self, by: &Principal, id: &str) -> Result<NewInvite, micro_domain::Error> {
        let (actor, by, id, now_ms) =
            (Actor::from(by), by.account_id.clone(), id.to_owned(), self.inner.now_ms());
        let sent = self
            .inner
            .database
            .write(move |txn| Box::pin(async move { resend(txn, actor, &by, id, now_ms).await }));
        sent.await.map_err(|error: Error| error.into())
    }

    /// What an invite is for, for who holds its code; changes nothing. One that is not pending tells its state alone.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for a code that never was one, RESOURCE_EXHAUSTED after too many of those.
    pub async fn invite(&self, code: &str) -> Result<Invite, micro_domain::Error> {
        let row = self.invite_of(code).await?;
        let now_ms = self.inner.now_ms();
        let state = state(&row, now_ms);
        if state != InviteState::Pending {
            return Ok(bare(state));
        }
        let mut invite = one(self.inner.database.read(), row, now_ms).await?;
        invite.email = masked(&invite.email);
        Ok(invite)
    }

    /// Spends an invite: the account joins, or, where nobody is signed in, one of this name and password that is made for it.
    ///
    /// # Errors
    ///
    /// Those of [`Identity::invite`]; FAILED_PRECONDITION for one that is not pending and for who is in the team already,
    /// PERMISSION_DENIED for one that is for another address, INVALID_ARGUMENT and ALREADY_EXISTS naming `name` or `password`.
    pub async fn accept_invite(
        &self,
        by: Option<&Principal>,
        code: &str,
        name: &str,
        password: &Secret,
    ) -> Result<Joined, micro_domain::Error> {
        let row = self.invite_of(code).await?;
        let who = match by {
            Some(by) if matches!(by.credential.kind, CredentialKind::Bot | CredentialKind::Link) => {
                let why = "an invite is accepted in the browser or the terminal; open its link there";
                return Err(micro_domain::Error::new(Code::PermissionDenied, why));
            }
            Some(by) => Who::Account(by.account_id.clone()),
            // What is over is said before anything about a name or a password.
            None if state(&row, self.inner.now_ms()) != InviteState::Pending => Who::Nobody,
            None => {
                let name = accounts::checked_name(name)?;
                let hash =
                    self.inner.passwords.hash(password, &[&name, row.email.as_deref().unwrap_or("")]).await?;
                Who::New { name, password_hash: hash }
            }
        };
        let now_ms = self.inner.now_ms();
        let accepted = self
            .inner
            .database
            .write(move |txn| Box::pin(async move { accept(txn, &row, who, now_ms).await }))
            .await
            .map_err(|error: Error| micro_domain::Error::from(error))?;
        self.inner.publish_policy().await?;
        Ok(accepted)
    }

    async fn invite_of(&self, code: &str) -> Result<invite::Model, micro_domain::Error> {
        let exhausted = lock(&self.inner.invite_failures).exhausted(Instant::now());
        let row = match secret::parse(Kind::Invite, code) {
            Some(hash) => by_hash(self.inner.database.read(), &hash).await?,
            None => None,
        };
        // A good code works all the same, so that no stranger can keep somebody out.
        if let Some(row) = row {
            return Ok(row);
        }
        if exhausted {
            let why = "too many links that are no invites were tried; try again in 10 minutes";
            return Err(micro_domain::Error::new(Code::ResourceExhausted, why));
        }
        lock(&self.inner.invite_failures).add(Instant::now());
        Err(unknown())
    }
}

/// Invites that are made together.
struct Submission {
    actor: Actor,
    inviter: String,
    inviter_id: String,
    id: String,
    now_ms: i64,
    expires_ms: i64,
}

async fn create(
    txn: &DatabaseTransaction,
    submission: Submission,
    wish: InviteWish,
) -> Result<Vec<Result<NewInvite, String>>, Error> {
    let (team, authority) = teams::find_locked(txn, &submission.inviter_id, &wish.team).await?;
    authority.require(wish.role)?;
    check_quota(txn, &submission).await?;
    let pending = invite::Entity::find()
        .filter(invite::Column::TeamId.eq(&team.id))
        .filter(invite::Column::AcceptedMs.is_null())
        .filter(invite::Column::RevokedMs.is_null())
        .filter(invite::Column::ExpiresMs.gt(submission.now_ms));
    let mut room = PENDING_MAX.saturating_sub(pending.count(txn).await?);
    let (mut results, mut seen) = (Vec::with_capacity(wish.emails.len()), HashSet::new());
    for address in wish.emails {
        let checked = match email(&address) {
            Ok(address) if !address.is_empty() && !seen.insert(address.clone()) => {
                Err("this address is there twice".to_owned())
            }
            Ok(_) if room == 0 => {
                Err(format!("{PENDING_MAX} invites of this team wait already, which is the limit"))
            }
            Ok(address) if is_member(txn, &team.id, &address).await? => {
                Err(format!("{address} is a member of {} already", team.name))
            }
            Ok(address) => Ok(address),
            Err(error) => Err(error.message),
        };
        results.push(match checked {
            Ok(address) => {
                room -= 1;
                Ok(add(txn, &submission, &team, wish.role, address).await?)
            }
            Err(why) => Err(why),
        });
    }
    Ok(results)
}

async fn check_quota(txn: &DatabaseTransaction, submission: &Submission) -> Result<(), Error> {
    let recent: Vec<String> = invite::Entity::find()
        .select_only()
        .column(invite::Column::Submission)
        .distinct()
        .filter(invite::Column::InviterId.eq(&submission.inviter_id))
        .filter(invite::Column::CreatedMs.gt(submission.now_ms - HOUR_MS))
        .into_tuple()
        .all(txn)
        .await?;
    if recent.len() as u64 >= SUBMISSIONS_PER_HOUR {
        let why = format!(
            "you invited {SUBMISSIONS_PER_HOUR} times within an hour, which is the limit; up to {INVITE_ROWS_MAX} people fit into one"
        );
        return Err(micro_domain::Error::new(Code::ResourceExhausted, why).into());
    }
    Ok(())
}

async fn is_member(txn: &DatabaseTransaction, team_id: &str, address: &str) -> Result<bool, Error> {
    if address.is_empty() {
        return Ok(false);
    }
    let account = account::Entity::find().filter(account::Column::Email.eq(address)).one(txn).await?;
    let Some(account) = account else { return Ok(false) };
    Ok(member::Entity::find_by_id((team_id.to_owned(), account.id)).one(txn).await?.is_some())
}

async fn add(
    txn: &DatabaseTransaction,
    submission: &Submission,
    team: &team::Model,
    role: Role,
    address: String,
) -> Result<NewInvite, Error> {
    let code = secret::generate(Kind::Invite)?;
    let row = invite::Model {
        id: secret::id()?,
        hash: hash_of(&code),
        submission: submission.id.clone(),
        team_id: team.id.clone(),
        role: role.word().to_owned(),
        email: (!address.is_empty()).then_some(address),
        inviter_id: submission.inviter_id.clone(),
        created_ms: submission.now_ms,
        expires_ms: submission.expires_ms,
        accepted_ms: None,
        accepted_by: None,
        revoked_ms: None,
    };
    invite::Entity::insert(invite::ActiveModel::from(row.clone())).exec_without_returning(txn).await?;
    let (target, detail) = (format!("invite/{}", row.id), format!("{role} of {}", team.name));
    let actor = submission.actor.clone();
    audit::append(txn, actor, "invite.create", target, Outcome::Done, detail, submission.now_ms).await?;
    let names =
        Names { team: team.name.clone(), inviter: submission.inviter.clone(), accepted_by: String::new() };
    Ok(NewInvite { invite: record(row, names, submission.now_ms)?, code })
}

async fn resend(
    txn: &DatabaseTransaction,
    actor: Actor,
    by: &str,
    id: String,
    now_ms: i64,
) -> Result<NewInvite, Error> {
    let row = managed(txn, by, &id).await?;
    if row.accepted_ms.is_some() {
        let why = "this invite was accepted already; make another";
        return Err(micro_domain::Error::new(Code::FailedPrecondition, why).into());
    }
    let code = secret::generate(Kind::Invite)?;
    let next = invite::ActiveModel {
        id: Set(id),
        hash: Set(hash_of(&code)),
        created_ms: Set(now_ms),
        expires_ms: Set(now_ms + (row.expires_ms - row.created_ms)),
        revoked_ms: Set(None),
        ..Default::default()
    };
    let row = invite::Entity::update(next).exec(txn).await?;
    let target = format!("invite/{}", row.id);
    audit::append(txn, actor, "invite.resend", target, Outcome::Done, String::new(), now_ms).await?;
    Ok(NewInvite { invite: one(txn, row, now_ms).await?, code })
}

/// An invite whose role the account may give.
async fn managed(txn: &DatabaseTransaction, by: &str, id: &str) -> Result<invite::Model, Error> {
    let missing =
        || Error::from(micro_domain::Error::not_found("there is no such invite; see `micro invite list`"));
    let row = invite::Entity::find_by_id(id).one(txn).await?.ok_or_else(missing)?;
    let authority: Authority = teams::authority(txn, by, &row.team_id).await?;
    if authority.manages(accounts::role(&row.role)?) { Ok(row) } else { Err(missing()) }
}

/// Who accepts.
enum Who {
    /// An account there is.
    Account(String),
    /// One to be made.
    New { name: String, password_hash: String },
    /// It was too late when they came.
    Nobody,
}

async fn accept(
    txn: &DatabaseTransaction,
    found: &invite::Model,
    who: Who,
    now_ms: i64,
) -> Result<Joined, Error> {
    teams::lock(txn, &found.team_id).await?;
    let spent = invite::Entity::update_many()
        .col_expr(invite::Column::AcceptedMs, Expr::value(now_ms))
        // By its code: one that was sent anew since is good no more.
        .filter(invite::Column::Hash.eq(found.hash.clone()))
        .filter(invite::Column::AcceptedMs.is_null())
        .filter(invite::Column::RevokedMs.is_null())
        .filter(invite::Column::ExpiresMs.gt(now_ms))
        .exec(txn)
        .await?;
    let row = by_hash(txn, &found.hash).await?.ok_or_else(unknown)?;
    if spent.rows_affected != 1 {
        let why = format!("this invite is {}", state(&row, now_ms).word());
        return Err(micro_domain::Error::new(Code::FailedPrecondition, why).into());
    }
    let account = match who {
        Who::Account(account_id) => existing(txn, &row, &account_id).await?,
        Who::New { name, password_hash } => {
            accounts::create(txn, name, row.email.clone(), password_hash, now_ms).await?
        }
        Who::Nobody => return Err(unknown().into()),
    };
    let team = team::Entity::find_by_id(&row.team_id).one(txn).await?.ok_or(Error::Unknown("team"))?;
    if member::Entity::find().filter(member::Column::TeamId.eq(&team.id)).count(txn).await?
        >= teams::MEMBERS_MAX
    {
        let why = format!("{} has {} members, which is the limit", team.name, teams::MEMBERS_MAX);
        return Err(micro_domain::Error::new(Code::ResourceExhausted, why).into());
    }
    teams::join(txn, &team.id, &account.id, accounts::role(&row.role)?, now_ms).await?;
    let by = invite::ActiveModel {
        id: Set(row.id.clone()),
        accepted_by: Set(Some(account.id.clone())),
        ..Default::default()
    };
    invite::Entity::update(by).exec(txn).await?;
    let detail = format!("{} joins {} as {}", account.name, team.name, row.role);
    let (actor, target) = (Actor::account(&account.id), format!("invite/{}", row.id));
    audit::append(txn, actor, "invite.accept", target, Outcome::Done, detail, now_ms).await?;
    Ok(Joined { account_id: account.id, account: account.name, team: team.name })
}

/// The account that accepts, where the invite is for it and it is not in the team yet.
async fn existing(
    txn: &DatabaseTransaction,
    row: &invite::Model,
    account_id: &str,
) -> Result<Account, Error> {
    let account = account::Entity::find_by_id(account_id).one(txn).await?.ok_or(Error::Unknown("account"))?;
    if row.email.is_some() && row.email != account.email {
        let (wanted, name) = (masked(row.email.as_deref().unwrap_or_default()), &account.name);
        let why = format!(
            "this invite is for {wanted}, and you are signed in as {name}; sign out and open it again"
        );
        return Err(micro_domain::Error::new(Code::PermissionDenied, why).into());
    }
    if member::Entity::find_by_id((row.team_id.clone(), account.id.clone())).one(txn).await?.is_some() {
        let why = "you are in this team already; the invite is still good for somebody else";
        return Err(micro_domain::Error::new(Code::FailedPrecondition, why).into());
    }
    Ok(Account { id: account.id, name: account.name })
}

async fn by_hash<C: ConnectionTrait>(connection: &C, hash: &[u8]) -> Result<Option<invite::Model>, Error> {
    Ok(invite::Entity::find().filter(invite::Column::Hash.eq(hash)).one(connection).await?)
}

fn hash_of(code: &Secret) -> Vec<u8> {
    secret::hash(code.reveal().as_bytes()).to_vec()
}

fn state(row: &invite::Model, now_ms: i64) -> InviteState {
    if row.accepted_ms.is_some() {
        InviteState::Accepted
    } else if row.revoked_ms.is_some() {
        InviteState::Revoked
    } else if row.expires_ms <= now_ms {
        InviteState::Expired
    } else {
        InviteState::Pending
    }
}

/// What a stranger is told of an invite that is good no more: no team and no person.
fn bare(state: InviteState) -> Invite {
    Invite {
        id: String::new(),
        team: String::new(),
        role: Role::Viewer,
        email: String::new(),
        inviter: String::new(),
        created_ms: 0,
        expires_ms: 0,
        state,
        accepted_by: String::new(),
    }
}

/// An address that who knows it recognises, and nobody else learns: `a…@example.com`.
fn masked(address: &str) -> String {
    match (address.chars().next(), address.split_once('@')) {
        (Some(first), Some((_, host))) => format!("{first}…@{host}"),
        _ => String::new(),
    }
}

/// The names an invite is told with.
struct Names {
    team: String,
    inviter: String,
    accepted_by: String,
}

fn record(row: invite::Model, names: Names, now_ms: i64) -> Result<Invite, Error> {
    Ok(Invite {
        role: accounts::role(&row.role)?,
        state: state(&row, now_ms),
        id: row.id,
        team: names.team,
        email: row.email.unwrap_or_default(),
        inviter: names.inviter,
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        accepted_by: names.accepted_by,
    })
}

async fn one<C: ConnectionTrait>(connection: &C, row: invite::Model, now_ms: i64) -> Result<Invite, Error> {
    records(connection, vec![row], now_ms).await?.pop().ok_or(Error::Unknown("invite"))
}

async fn records<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<invite::Model>,
    now_ms: i64,
) -> Result<Vec<Invite>, Error> {
    let team_ids: HashSet<_> = rows.iter().map(|row| row.team_id.clone()).collect();
    let teams = team::Entity::find().filter(team::Column::Id.is_in(team_ids)).all(connection).await?;
    let teams: HashMap<_, _> = teams.into_iter().map(|row| (row.id, row.name)).collect();
    let people = rows.iter().flat_map(|row| [Some(row.inviter_id.clone()), row.accepted_by.clone()]);
    let people: HashSet<_> = people.flatten().collect();
    let people = account::Entity::find().filter(account::Column::Id.is_in(people)).all(connection).await?;
    let people: HashMap<_, _> = people.into_iter().map(|row| (row.id, row.name)).collect();
    let told = |row: invite::Model| {
        let name = |id: &str| people.get(id).cloned().unwrap_or_default();
        let names = Names {
            team: teams.get(&row.team_id).cloned().unwrap_or_default(),
            inviter: name(&row.inviter_id),
            accepted_by: row.accepted_by.as_deref().map(name).unwrap_or_default(),
        };
        record(row, names, now_ms)
    };
    rows.into_iter().map(told).collect()
}
