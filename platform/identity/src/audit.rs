//! The audit rows of identity.

use crate::{Actor, Error};
pub(crate) use micro_database::audit::Outcome;
use micro_database::audit::{self, Event};
use sea_orm::DatabaseTransaction;

/// Appends a row, inside the transaction of the change it tells of.
pub(crate) async fn append(
    txn: &DatabaseTransaction,
    actor: Actor,
    action: &'static str,
    target: String,
    outcome: Outcome,
    detail: String,
    now_ms: i64,
) -> Result<(), Error> {
    let Actor { account_id, credential_id } = actor;
    let event = Event { at_ms: now_ms, account_id, credential_id, action, target, outcome, detail };
    Ok(audit::append(txn, event).await?)
}
