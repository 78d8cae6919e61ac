//! Teams: who is in them, and what those may change about each other.

use crate::{
    Actor, Error, Identity,
    account::{is_platform_owner, role},
    audit::{self, Outcome},
    entity::{account, chat_link, member, session, team, token},
    secret,
};
use micro_domain::{
    Code,
    access::Role,
    identity::Principal,
    team::{Member, Team, team_name},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbBackend,
    EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::HashMap;

/// The team that every server begins with, and that holds the services nobody gave to another.
pub(crate) const DEFAULT_TEAM: &str = "default";
/// Teams of one server at most.
const TEAMS_MAX: u64 = 1_000;
/// Members of one team at most.
pub(crate) const MEMBERS_MAX: u64 = 10_000;

/// What somebody may do about a team's members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authority {
    role: Option<Role>,
    platform: bool,
}

impl Authority {
    /// Whether they may give this role, or take it away.
    pub(crate) fn manages(self, role: Role) -> bool {
        self.platform || self.role.is_some_and(|own| own.manages(role))
    }

    /// # Errors
    ///
    /// PERMISSION_DENIED where they do not manage this role.
    pub(crate) fn require(self, role: Role) -> Result<(), Error> {
        if self.manages(role) {
            return Ok(());
        }
        let why = match self.role {
            Some(own @ (Role::Admin | Role::Owner)) => {
                format!("you are {own} of this team; only an owner manages an {role}")
            }
            _ => "only admins and owners of the team may do this".to_owned(),
        };
        Err(micro_domain::Error::new(Code::PermissionDenied, why).into())
    }
}

impl Identity {
    /// Makes a team, whose first owner is who makes it.
    ///
    /// # Errors
    ///
    /// PERMISSION_DENIED for who does not manage the platform, INVALID_ARGUMENT for the name, ALREADY_EXISTS,
    /// RESOURCE_EXHAUSTED for too many.
    pub async fn create_team(&self, by: &Principal, name: &str) -> Result<Team, micro_domain::Error> {
        if !by.manages_platform() {
            let why = "only who manages this server makes teams; ask its owner";
            return Err(micro_domain::Error::new(Code::PermissionDenied, why));
        }
        let (name, now_ms) = (team_name(name)?, self.inner.now_ms());
        let (actor, owner_id) = (Actor::from(by), by.account_id.clone());
        let made = self
            .inner
            .database
            .write(move |txn| Box::pin(create(txn, actor, name, owner_id, now_ms)))
            .await
            .map_err(|error: Error| micro_domain::Error::from(error))?;
        self.inner.publish_policy().await?;
        Ok(made)
    }

    /// The account's teams, by name; every team for who manages the platform.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn teams(&self, by: &Principal) -> Result<Vec<Team>, micro_domain::Error> {
        let policy = by.access.policy();
        let seen = |row: &team::Model| {
            policy.manages_platform(&by.account_id) || policy.role(&by.account_id, &row.id).is_some()
        };
        let connection = self.inner.database.read();
        let rows = team::Entity::find().order_by_asc(team::Column::Name).all(connection).await;
        let mut teams = Vec::new();
        for row in rows.map_err(Error::from)?.into_iter().filter(seen) {
            let role = policy.role(&by.account_id, &row.id);
            let members = members_of(&row.id).count(connection).await.map_err(Error::from)?;
            teams.push(record(row, members, role));
        }
        Ok(teams)
    }

    /// A team's members, by name.
    ///
    /// # Errors
    ///
    /// NOT_FOUND for a team that is not there, or that is not theirs to see.
    pub async fn members(&self, by: &Principal, team: &str) -> Result<Vec<Member>, micro_domain::Error> {
        let connection = self.inner.database.read();
        let (team, _) = find(connection, &by.account_id, team).await?;
        Ok(list(connection, &team.id).await?)
    }

    /// Gives a member another role; what they have open with the old one ends.
    ///
    /// # Errors
    ///
    /// NOT_FOUND, PERMISSION_DENIED for a role above one's own, FAILED_PRECONDITION for the last owner.
    pub async fn set_member_role(
        &self,
        by: &Principal,
        team: &str,
        account: &str,
        role: Role,
    ) -> Result<Member, micro_domain::Error> {
        self.change(by, team, account, Some(role)).await
    }

    /// Takes a member out of a team, or oneself; what they have open ends.
    ///
    /// # Errors
    ///
    /// Those of [`Identity::set_member_role`].
    pub async fn remove_member(
        &self,
        by: &Principal,
        team: &str,
        account: &str,
    ) -> Result<Member, micro_domain::Error> {
        self.change(by, team, account, None).await
    }

    async fn change(
        &self,
        by: &Principal,
        team: &str,
        account: &str,
        role: Option<Role>,
    ) -> Result<Member, micro_domain::Error> {
        let wish = Change {
            actor: Actor::from(by),
            by: by.account_id.clone(),
            team: team.to_owned(),
            account: account.to_owned(),
            role,
            now_ms: self.inner.now_ms(),
        };
        let changed = self.inner.database.write(move |txn| Box::pin(change(txn, wish))).await;
        let (member, credentials) = changed.map_err(|error: Error| micro_domain::Error::from(error))?;
        self.inner.changed(&credentials).await?;
        Ok(member)
    }
}

/// The default team, with the server's owner in it, where it is not there yet.
pub(crate) async fn ensure_default(
    txn: &DatabaseTransaction,
    owner_id: &str,
    now_ms: i64,
) -> Result<(), Error> {
    let there = team::Entity::find().filter(team::Column::Name.eq(DEFAULT_TEAM)).one(txn).await?;
    if there.is_none() {
        create(txn, Actor::server(), DEFAULT_TEAM.to_owned(), owner_id.to_owned(), now_ms).await?;
    }
    Ok(())
}

async fn create(
    txn: &DatabaseTransaction,
    actor: Actor,
    name: String,
    owner_id: String,
    now_ms: i64,
) -> Result<Team, Error> {
    if team::Entity::find().filter(team::Column::Name.eq(&name)).one(txn).await?.is_some() {
        let why = format!("there is a team `{name}` already");
        return Err(micro_domain::Error::new(Code::AlreadyExists, why).into());
    }
    if team::Entity::find().count(txn).await? >= TEAMS_MAX {
        let why = format!("this server has {TEAMS_MAX} teams, which is the limit");
        return Err(micro_domain::Error::new(Code::ResourceExhausted, why).into());
    }
    let row = team::Model { id: secret::id()?, name, created_ms: now_ms };
    team::Entity::insert(team::ActiveModel::from(row.clone())).exec_without_returning(txn).await?;
    join(txn, &row.id, &owner_id, Role::Owner, now_ms).await?;
    let target = format!("team/{}", row.id);
    audit::append(txn, actor, "team.create", target, Outcome::Done, row.name.clone(), now_ms).await?;
    Ok(record(row, 1, Some(Role::Owner)))
}

/// Puts an account into a team.
pub(crate) async fn join(
    txn: &DatabaseTransaction,
    team_id: &str,
    account_id: &str,
    role: Role,
    now_ms: i64,
) -> Result<(), Error> {
    let row = member::Model {
        team_id: team_id.to_owned(),
        account_id: account_id.to_owned(),
        role: role.word().to_owned(),
        joined_ms: now_ms,
    };
    member::Entity::insert(member::ActiveModel::from(row)).exec_without_returning(txn).await?;
    Ok(())
}

/// A member's new role, or none for one to go.
struct Change {
    actor: Actor,
    by: String,
    team: String,
    account: String,
    role: Option<Role>,
    now_ms: i64,
}

/// The member as they are now, or as they were, and the credentials whose streams must end.
async fn change(txn: &DatabaseTransaction, wish: Change) -> Result<(Member, Vec<String>), Error> {
    let (team, authority) = find_locked(txn, &wish.by, &wish.team).await?;
    let (row, account) = member_named(txn, &team.id, &wish.account).await?;
    let before = role(&row.role)?;
    // Everybody may leave.
    if wish.role.is_some() || account.id != wish.by {
        authority.require(before)?;
    }
    if let Some(role) = wish.role {
        authority.require(role)?;
    }
    if before == Role::Owner && wish.role != Some(Role::Owner) {
        keep_an_owner(txn, &team.id).await?;
    }
    let key = (team.id.clone(), account.id.clone());
    let action = match wish.role {
        Some(role) => {
            let next = member::ActiveModel {
                team_id: Set(key.0),
                account_id: Set(key.1),
                role: Set(role.word().to_owned()),
                ..Default::default()
            };
            member::Entity::update(next).exec(txn).await?;
            "member.role"
        }
        None => {
            member::Entity::delete_by_id(key).exec(txn).await?;
            "member.remove"
        }
    };
    let detail = match wish.role {
        Some(role) => format!("{} in {}: {before} to {role}", account.name, team.name),
        None => format!("{} from {}, {before}", account.name, team.name),
    };
    let target = format!("account/{}", account.id);
    audit::append(txn, wish.actor, action, target, Outcome::Done, detail, wish.now_ms).await?;
    let credentials = credentials_of(txn, &account.id).await?;
    let role = wish.role.unwrap_or(before);
    Ok((member_record(row, account, role), credentials))
}

async fn keep_an_owner(txn: &DatabaseTransaction, team_id: &str) -> Result<(), Error> {
    let owners = members_of(team_id).filter(member::Column::Role.eq(Role::Owner.word()));
    if owners.count(txn).await? > 1 {
        return Ok(());
    }
    let why = "the last owner of a team stays its owner; make somebody else an owner first";
    Err(micro_domain::Error::new(Code::FailedPrecondition, why).into())
}

/// Ids of everything that speaks for an account.
async fn credentials_of(txn: &DatabaseTransaction, account_id: &str) -> Result<Vec<String>, Error> {
    let tokens = token::Entity::find().select_only().column(token::Column::Id);
    let tokens =
        tokens.filter(token::Column::AccountId.eq(account_id)).filter(token::Column::RevokedMs.is_null());
    let sessions = session::Entity::find().select_only().column(session::Column::Id);
    let links = chat_link::Entity::find().select_only().column(chat_link::Column::Id);
    let mut all: Vec<String> = tokens.into_tuple().all(txn).await?;
    let sessions = sessions.filter(session::Column::AccountId.eq(account_id)).into_tuple::<String>();
    all.extend(sessions.all(txn).await?);
    let links = links.filter(chat_link::Column::AccountId.eq(account_id)).into_tuple::<String>();
    all.extend(links.all(txn).await?);
    Ok(all)
}

/// A team by its name or id, and what an account may do about it.
///
/// # Errors
///
/// NOT_FOUND where there is none, or where it is not theirs to see: both read alike.
pub(crate) async fn find<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    word: &str,
) -> Result<(team::Model, Authority), Error> {
    let row = named(connection, word).await?.ok_or_else(|| not_found(word))?;
    let authority = authority(connection, account_id, &row.id).await?;
    if authority.role.is_none() && !authority.platform {
        return Err(not_found(word));
    }
    Ok((row, authority))
}

/// As [`find`], and changes to the team's members take turns from here to the end of the transaction. SQLite's one writer
/// does anyway.
pub(crate) async fn find_locked(
    txn: &DatabaseTransaction,
    account_id: &str,
    word: &str,
) -> Result<(team::Model, Authority), Error> {
    if let Some(row) = named(txn, word).await? {
        lock(txn, &row.id).await?;
    }
    find(txn, account_id, word).await
}

/// Has changes to a team take turns. It comes before everything else a transaction writes, the audit row too, or two could
/// wait for each other.
pub(crate) async fn lock(txn: &DatabaseTransaction, team_id: &str) -> Result<(), Error> {
    if txn.get_database_backend() == DbBackend::Postgres {
        team::Entity::find_by_id(team_id).lock_exclusive().one(txn).await?;
    }
    Ok(())
}

/// What an account may do about a team's members.
pub(crate) async fn authority<C: ConnectionTrait>(
    connection: &C,
    account_id: &str,
    team_id: &str,
) -> Result<Authority, Error> {
    let account = account::Entity::find_by_id(account_id).one(connection).await?;
    let row = member::Entity::find_by_id((team_id.to_owned(), account_id.to_owned())).one(connection).await?;
    let role = row.map(|row| role(&row.role)).transpose()?;
    Ok(Authority { role, platform: account.as_ref().is_some_and(is_platform_owner) })
}

/// A team by its id, else by its name: an id never changes hands.
async fn named<C: ConnectionTrait>(connection: &C, word: &str) -> Result<Option<team::Model>, Error> {
    if let Some(row) = team::Entity::find_by_id(word).one(connection).await? {
        return Ok(Some(row));
    }
    Ok(team::Entity::find().filter(team::Column::Name.eq(word)).one(connection).await?)
}

fn not_found(word: &str) -> Error {
    micro_domain::Error::not_found(format!("there is no team `{word}`; see `micro team list`")).into()
}

fn members_of(team_id: &str) -> sea_orm::Select<member::Entity> {
    member::Entity::find().filter(member::Column::TeamId.eq(team_id))
}

async fn list<C: ConnectionTrait>(connection: &C, team_id: &str) -> Result<Vec<Member>, Error> {
    let rows = members_of(team_id).limit(MEMBERS_MAX).all(connection).await?;
    let ids = rows.iter().map(|row| row.account_id.clone());
    let accounts = account::Entity::find().filter(account::Column::Id.is_in(ids)).all(connection).await?;
    let mut accounts: HashMap<_, _> = accounts.into_iter().map(|row| (row.id.clone(), row)).collect();
    let member = |row: member::Model| {
        let account = accounts.remove(&row.account_id)?;
        Some(role(&row.role).map(|role| member_record(row, account, role)))
    };
    let members: Result<Vec<_>, _> = rows.into_iter().filter_map(member).collect();
    let mut members = members?;
    members.sort_by(|one, other| one.account.cmp(&other.account));
    Ok(members)
}

/// A team's member by the account's name or id.
async fn member_named(
    txn: &DatabaseTransaction,
    team_id: &str,
    word: &str,
) -> Result<(member::Model, account::Model), Error> {
    let named = Condition::any().add(account::Column::Name.eq(word)).add(account::Column::Id.eq(word));
    for account in account::Entity::find().filter(named).all(txn).await? {
        let key = (team_id.to_owned(), account.id.clone());
        if let Some(row) = member::Entity::find_by_id(key).one(txn).await? {
            return Ok((row, account));
        }
    }
    let why = format!("the team has no member `{word}`; see `micro member list`");
    Err(micro_domain::Error::not_found(why).into())
}

fn record(row: team::Model, members: u64, role: Option<Role>) -> Team {
    let members = u32::try_from(members).unwrap_or(u32::MAX);
    Team { id: row.id, name: row.name, created_ms: row.created_ms, members, role }
}

fn member_record(row: member::Model, account: account::Model, role: Role) -> Member {
    Member {
        account_id: account.id,
        account: account.name,
        email: account.email.unwrap_or_default(),
        role,
        joined_ms: row.joined_ms,
    }
}
