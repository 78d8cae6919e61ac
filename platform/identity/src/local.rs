//! The token that `micro` on the server's own machine uses.

use crate::{Actor, Error, Identity, LIFETIME_MAX_MS, token};
use micro_domain::identity::{NewToken, Secret};

/// Its name.
pub const LOCAL_TOKEN_NAME: &str = "local";
/// It is replaced when it ends within this time, in milliseconds: 30 days.
const LOCAL_TOKEN_REMAINING_MS: i64 = 30 * 86_400_000;

impl Identity {
    /// The owner's token for `micro` on this machine: none when `existing`, the one that machine holds, is good for a
    /// while; else a fresh one, which replaces it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ensure_local_token(
        &self,
        existing: Option<&Secret>,
    ) -> Result<Option<NewToken>, micro_domain::Error> {
        let (inner, now_ms) = (&self.inner, self.inner.now_ms());
        let owner_id = inner.owner.id.clone();
        if let Some(existing) = existing {
            let alive_at_ms = now_ms + LOCAL_TOKEN_REMAINING_MS;
            if token::holds(inner.database.read(), &owner_id, existing, alive_at_ms).await? {
                return Ok(None);
            }
        }
        let wish = token::Wish::new(&owner_id, LOCAL_TOKEN_NAME, Some(LIFETIME_MAX_MS))?;
        let replaced = inner.database.write(move |txn| {
            Box::pin(async move {
                let before = token::revoke(txn, Actor::server(), &owner_id, LOCAL_TOKEN_NAME, now_ms).await?;
                Ok::<_, Error>((before, token::create(txn, Actor::server(), wish, now_ms).await?))
            })
        });
        let (before, made) = replaced.await?;
        if let Some(before) = before {
            inner.ended(&before.hash, &before.token.id);
        }
        Ok(Some(made))
    }
}
