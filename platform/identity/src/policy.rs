//! What everybody may do, read whole from the database after every change: it is small, and decisions are made from memory.

use crate::{
    Error, Inner, account as accounts,
    entity::{account, member, team},
    team::DEFAULT_TEAM,
};
use micro_domain::access::{Policy, Standing};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};

/// How often another server's changes are looked for, where the database is shared.
const FOLLOW_PERIOD: Duration = Duration::from_secs(1);

/// The policy as the database has it.
pub(crate) async fn read<C: ConnectionTrait>(
    connection: &C,
    platform_services: &Arc<HashSet<String>>,
) -> Result<Policy, Error> {
    let mut policy = Policy { platform_services: Arc::clone(platform_services), ..Policy::default() };
    for row in account::Entity::find().all(connection).await? {
        let platform_owner = accounts::is_platform_owner(&row);
        policy.accounts.insert(row.id.into(), Standing { platform_owner, roles: HashMap::new() });
    }
    for row in member::Entity::find().all(connection).await? {
        let role = accounts::role(&row.role)?;
        if let Some(standing) = policy.accounts.get_mut(row.account_id.as_str()) {
            standing.roles.insert(row.team_id.into(), role);
        }
    }
    let default = team::Entity::find().filter(team::Column::Name.eq(DEFAULT_TEAM)).one(connection).await?;
    policy.default_team = default.map(|row| row.id.into()).unwrap_or_default();
    Ok(policy)
}

impl Inner {
    /// Has every decision from now on follow what the database says.
    pub(crate) async fn publish_policy(&self) -> Result<(), Error> {
        // One at a time: what was read earlier must not replace what was read later.
        let _turn = self.publishing.lock().await;
        let policy = read(self.database.read(), &self.platform_services).await?;
        self.access.publish(policy);
        Ok(())
    }

    /// What a change of somebody's role asks for: new decisions, and an end of what they have open with the old ones.
    pub(crate) async fn changed(&self, credentials: &[String]) -> Result<(), Error> {
        let published = self.publish_policy().await;
        credentials.iter().for_each(|id| self.announce(id));
        published
    }
}

/// Follows other servers' changes until the last handle is gone.
pub(crate) async fn follow(inner: Weak<Inner>) {
    let mut ticks = interval(FOLLOW_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = inner.publish_policy().await {
            // Converting logs the cause; the next round tries again.
            let _ = micro_domain::Error::from(error);
        }
    }
}
