//! The calls an account made through this API: redacted, bounded, written behind the calls' back.

use super::storage;
use micro_database::Database;
use micro_domain::Error;
use micro_domain::call::{HISTORY_MAX, HistoryQuery, Page, Record};
use micro_domain::identity::Principal;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tokio::sync::mpsc;

/// Finished calls waiting to be written; more are not recorded.
const QUEUE_MAX: usize = 256;

mod calls {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "calls")]
    pub(super) struct Model {
        /// UUID version 7: newer ones sort later.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub account_id: String,
        pub at_ms: i64,
        #[sea_orm(column_type = "Text")]
        pub service: String,
        /// `package.Service.Method`.
        #[sea_orm(column_type = "Text")]
        pub method: String,
        /// The record as JSON.
        #[sea_orm(column_type = "Text")]
        pub record: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Takes finished calls to be written.
#[derive(Clone)]
pub(crate) struct History {
    queue: mpsc::Sender<Entry>,
}

struct Entry {
    account_id: String,
    method: String,
    record: Record,
}

impl History {
    /// Writes in the background until the last clone is dropped.
    pub(crate) fn start(database: Database) -> Self {
        let (queue, mut entries) = mpsc::channel::<Entry>(QUEUE_MAX);
        tokio::spawn(async move {
            while let Some(entry) = entries.recv().await {
                if let Err(error) = write(&database, entry).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "a call was not recorded");
                }
            }
        });
        Self { queue }
    }

    /// Records one call. `method` is its full name.
    pub(super) fn record(&self, principal: &Principal, method: String, record: Record) {
        let entry = Entry { account_id: principal.account_id.clone(), method, record };
        if self.queue.try_send(entry).is_err() {
            tracing::warn!("a call was not recorded: {QUEUE_MAX} others are waiting");
        }
    }
}

async fn write(database: &Database, entry: Entry) -> Result<(), micro_database::Error> {
    let Entry { account_id, method, record } = entry;
    // Records are plain data, which always serializes.
    let json = serde_json::to_string(&record).unwrap_or_default();
    let row = calls::ActiveModel {
        id: Set(record.id),
        account_id: Set(account_id.clone()),
        at_ms: Set(record.at_ms),
        service: Set(record.target.service),
        method: Set(method),
        record: Set(json),
    };
    database
        .write(move |transaction| {
            Box::pin(async move {
                calls::Entity::insert(row).exec_without_returning(transaction).await?;
                let oldest = calls::Entity::find()
                    .filter(calls::Column::AccountId.eq(&account_id))
                    .order_by_desc(calls::Column::Id)
                    .offset(HISTORY_MAX as u64)
                    .one(transaction)
                    .await?;
                if let Some(oldest) = oldest {
                    calls::Entity::delete_many()
                        .filter(calls::Column::AccountId.eq(&account_id))
                        .filter(calls::Column::Id.lte(oldest.id))
                        .exec(transaction)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

/// One page of an account's own calls, newest first.
pub(super) async fn list(
    database: &Database,
    principal: &Principal,
    query: HistoryQuery,
) -> Result<Page<Record>, Error> {
    let mut find = calls::Entity::find().filter(calls::Column::AccountId.eq(&principal.account_id));
    if let Some(service) = &query.service {
        find = find.filter(calls::Column::Service.eq(service));
    }
    if let Some(method) = &query.method {
        find = find.filter(calls::Column::Method.eq(method.replace('/', ".")));
    }
    if let Some(token) = &query.page_token {
        find = find.filter(calls::Column::Id.lt(token));
    }
    let size = query.page_size as usize;
    let more = u64::from(query.page_size) + 1;
    let mut rows =
        find.order_by_desc(calls::Column::Id).limit(more).all(database.read()).await.map_err(storage)?;
    let next =
        (rows.len() > size).then(|| rows.get(size.saturating_sub(1)).map(|row| row.id.clone())).flatten();
    rows.truncate(size);
    Ok(Page { items: rows.iter().filter_map(parsed).collect(), next })
}

/// One of an account's own calls.
pub(super) async fn get(database: &Database, principal: &Principal, id: &str) -> Result<Record, Error> {
    let find = calls::Entity::find_by_id(id).filter(calls::Column::AccountId.eq(&principal.account_id));
    let row = find.one(database.read()).await.map_err(storage)?;
    row.as_ref()
        .and_then(parsed)
        .ok_or_else(|| Error::not_found(format!("you have no call `{id}` in your history")))
}

/// Forgets one of an account's own calls, or all.
pub(super) async fn delete(
    database: &Database,
    principal: &Principal,
    id: Option<String>,
) -> Result<u32, Error> {
    let account_id = principal.account_id.clone();
    let deleted = database.write(move |transaction| {
        Box::pin(async move {
            let mut delete = calls::Entity::delete_many().filter(calls::Column::AccountId.eq(account_id));
            if let Some(id) = id {
                delete = delete.filter(calls::Column::Id.eq(id));
            }
            Ok::<_, micro_database::Error>(delete.exec(transaction).await?.rows_affected)
        })
    });
    Ok(u32::try_from(deleted.await.map_err(storage)?).unwrap_or(u32::MAX))
}

/// A row written by a version whose records read differently is skipped, not an error.
fn parsed(row: &calls::Model) -> Option<Record> {
    serde_json::from_str(&row.record).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing;
    use micro_domain::Code;
    use micro_domain::call::{Ended, Target};

    fn entry(account_id: &str, service: &str) -> Entry {
        let ended = Ended {
            id: String::new(),
            code: Code::Ok,
            message: String::new(),
            details: Vec::new(),
            trailers: Vec::new(),
            duration_us: 1,
            trace_id: String::new(),
            timing: None,
        };
        let record = Record {
            id: uuid::Uuid::now_v7().to_string(),
            at_ms: 1,
            target: Target { service: service.to_owned(), ..Target::default() },
            requests: vec!["{}".to_owned()],
            responses: Vec::new(),
            opened: None,
            ended,
        };
        Entry { account_id: account_id.to_owned(), method: "a.B.C".to_owned(), record }
    }

    #[tokio::test]
    async fn an_account_sees_and_forgets_only_its_own_calls_page_by_page() {
        for test in micro_database::testing::fresh().await {
            let database = &test.database;
            for service in ["one", "two", "three"] {
                write(database, entry("me", service)).await.unwrap();
            }
            write(database, entry("other", "one")).await.unwrap();
            let me = testing::principal("me");
            let mut query = HistoryQuery { page_size: 2, ..HistoryQuery::default() };
            let first = list(database, &me, query.clone()).await.unwrap();
            let services = |page: &Page<Record>| {
                page.items.iter().map(|record| record.target.service.clone()).collect::<Vec<_>>()
            };
            assert_eq!(services(&first), ["three", "two"]);
            query.page_token = first.next;
            let second = list(database, &me, query).await.unwrap();
            assert_eq!(services(&second), ["one"]);
            assert_eq!(second.next, None);

            let id = second.items[0].id.clone();
            assert!(get(database, &me, &id).await.is_ok());
            assert_eq!(
                get(database, &testing::principal("other"), &id).await.unwrap_err().code,
                Code::NotFound
            );
            assert_eq!(delete(database, &testing::principal("other"), Some(id.clone())).await.unwrap(), 0);
            assert_eq!(delete(database, &me, Some(id)).await.unwrap(), 1);
            assert_eq!(delete(database, &me, None).await.unwrap(), 2);
        }
    }

    #[tokio::test]
    async fn the_oldest_calls_go_first() {
        let test = micro_database::testing::sqlite().await;
        for _ in 0..HISTORY_MAX + 3 {
            write(&test.database, entry("me", "one")).await.unwrap();
        }
        assert_eq!(
            delete(&test.database, &testing::principal("me"), None).await.unwrap() as usize,
            HISTORY_MAX
        );
    }
}
