//! The audit log: who changed what, when and with which outcome. Rows are only ever added, in the transaction of the
//! change they tell of, so there is no change without its row; each holds the hash of the one before, so an edited,
//! removed or reordered row is found.

use crate::Error;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, TransactionTrait,
};
use sha2::{Digest as _, Sha256};

/// Rows read at a time by [`verify`].
const PAGE_ROWS: u64 = 1_000;
/// The id of the one head row.
const HEAD: i32 = 1;

/// How an audited action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// What happened. No field holds a secret or a message's body.
#[derive(Debug, Clone)]
pub struct Event {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Whose account did it; none for a stranger and for the server itself.
    pub account_id: Option<String>,
    /// With which credential.
    pub credential_id: Option<String>,
    /// What was done, such as `token.create`.
    pub action: &'static str,
    /// To what: kind and id, such as `token/0198...`.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What a reader may want to know beyond that; may be empty.
    pub detail: String,
}

/// Appends `event`, inside the transaction of the change it tells of.
///
/// # Errors
///
/// When the row cannot be written; the change must then not be made either.
pub async fn append(transaction: &DatabaseTransaction, event: Event) -> Result<(), Error> {
    let mut head = head::Entity::find_by_id(HEAD);
    if transaction.get_database_backend() == DbBackend::Postgres {
        // SQLite's one writer takes turns anyway.
        head = head.lock_exclusive();
    }
    let head =
        head.one(transaction).await?.unwrap_or(head::Model { id: HEAD, sequence: 0, hash: vec![0; 32] });
    let mut row = row::Model {
        sequence: head.sequence + 1,
        at_ms: event.at_ms,
        account_id: event.account_id,
        credential_id: event.credential_id,
        action: event.action.to_owned(),
        target: event.target,
        outcome: event.outcome.name().to_owned(),
        detail: event.detail,
        previous_hash: head.hash,
        hash: Vec::new(),
    };
    row.hash = hash(&row);
    let next = head::ActiveModel { id: Set(HEAD), sequence: Set(row.sequence), hash: Set(row.hash.clone()) };
    row::Entity::insert(row::ActiveModel::from(row)).exec_without_returning(transaction).await?;
    head::Entity::update(next).exec(transaction).await?;
    Ok(())
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every row is as it was written.
    Sound {
        /// How many rows there are.
        rows: u64,
    },
    /// The chain is broken.
    Broken {
        /// The first row that is missing or not as it was written.
        sequence: i64,
    },
}

/// Checks the whole chain, up to the head.
///
/// # Errors
///
/// When the rows cannot be read.
pub async fn verify<C: ConnectionTrait + TransactionTrait>(connection: &C) -> Result<Verdict, Error> {
    // The head first: rows appended meanwhile come after it and are left to the next check.
    let head = head::Entity::find_by_id(HEAD).one(connection).await?;
    let Some(head) = head else { return Ok(Verdict::Broken { sequence: 1 }) };
    let (mut sequence, mut previous) = (0_i64, vec![0; 32]);
    while sequence < head.sequence {
        let page = row::Entity::find()
            .filter(row::Column::Sequence.gt(sequence))
            .filter(row::Column::Sequence.lte(head.sequence))
            .order_by_asc(row::Column::Sequence)
            .limit(PAGE_ROWS)
            .all(connection)
            .await?;
        if page.is_empty() {
            return Ok(Verdict::Broken { sequence: sequence + 1 });
        }
        for row in page {
            sequence += 1;
            if row.sequence != sequence || row.previous_hash != previous || row.hash != hash(&row) {
                return Ok(Verdict::Broken { sequence });
            }
            previous = row.hash;
        }
    }
    if previous == head.hash {
        Ok(Verdict::Sound { rows: u64::try_from(sequence).unwrap_or(0) })
    } else {
        Ok(Verdict::Broken { sequence })
    }
}

/// SHA-256 over every field but itself, each with its length before it, so that no two rows read alike.
fn hash(row: &row::Model) -> Vec<u8> {
    let mut digest = Sha256::new();
    let mut field = |bytes: Option<&[u8]>| {
        let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
        digest.update(length.to_le_bytes());
        digest.update(bytes.unwrap_or_default());
    };
    field(Some(&row.sequence.to_le_bytes()));
    field(Some(&row.at_ms.to_le_bytes()));
    field(row.account_id.as_deref().map(str::as_bytes));
    field(row.credential_id.as_deref().map(str::as_bytes));
    for text in [&row.action, &row.target, &row.outcome, &row.detail] {
        field(Some(text.as_bytes()));
    }
    field(Some(&row.previous_hash));
    digest.finalize().to_vec()
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) sequence: i64,
        pub(super) at_ms: i64,
        pub(super) account_id: Option<String>,
        pub(super) credential_id: Option<String>,
        pub(super) action: String,
        pub(super) target: String,
        pub(super) outcome: String,
        pub(super) detail: String,
        pub(super) previous_hash: Vec<u8>,
        pub(super) hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_head")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: i32,
        pub(super) sequence: i64,
        pub(super) hash: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{Database, testing};

    fn event(action: &'static str) -> Event {
        Event {
            at_ms: 1_700_000_000_000,
            account_id: Some("a".to_owned()),
            credential_id: None,
            action,
            target: "token/1".to_owned(),
            outcome: Outcome::Done,
            detail: String::new(),
        }
    }

    async fn append_three(database: &Database) {
        for action in ["token.create", "token.revoke", "token.create"] {
            database.write(move |txn| Box::pin(append(txn, event(action)))).await.unwrap();
        }
    }

    async fn tamper(database: &Database, sql: &'static str) -> Verdict {
        let outcome: Result<(), Error> = database
            .write(move |txn| Box::pin(async move { Ok(txn.execute_unprepared(sql).await.map(drop)?) }))
            .await;
        outcome.unwrap();
        verify(database.read()).await.unwrap()
    }

    #[tokio::test]
    async fn r18_an_untouched_chain_is_sound() {
        for test in testing::fresh().await {
            assert_eq!(verify(test.database.read()).await.unwrap(), Verdict::Sound { rows: 0 });
            append_three(&test.database).await;
            assert_eq!(verify(test.database.read()).await.unwrap(), Verdict::Sound { rows: 3 });
        }
    }

    #[tokio::test]
    async fn r18_an_edited_removed_reordered_or_cut_chain_is_found() {
        for (sql, first_bad) in [
            ("UPDATE audit SET account_id = 'b' WHERE sequence = 2", 2),
            ("UPDATE audit SET account_id = NULL, detail = 'a' WHERE sequence = 1", 1),
            ("DELETE FROM audit WHERE sequence = 2", 2),
            // Numbers move out of each other's way first, since they are unique.
            (
                "UPDATE audit SET sequence = -sequence; UPDATE audit SET sequence = CASE sequence WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE 3 END",
                1,
            ),
            ("DELETE FROM audit WHERE sequence = 3", 3),
            ("DELETE FROM audit", 1),
            ("DELETE FROM audit; UPDATE audit_head SET sequence = 0", 0),
        ] {
            let test = testing::sqlite().await;
            append_three(&test.database).await;
            assert_eq!(tamper(&test.database, sql).await, Verdict::Broken { sequence: first_bad }, "{sql}");
        }
    }

    #[tokio::test]
    async fn appends_at_the_same_time_take_turns() {
        for test in testing::fresh().await {
            let appends =
                (0..20).map(|_| test.database.write(|txn| Box::pin(append(txn, event("token.create")))));
            for outcome in futures::future::join_all(appends).await {
                outcome.unwrap();
            }
            assert_eq!(verify(test.database.read()).await.unwrap(), Verdict::Sound { rows: 20 });
        }
    }
}
