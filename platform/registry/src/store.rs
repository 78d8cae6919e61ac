//! Static registrations in SQL: they outlive the process. Each change writes its audit row in the same transaction.

use micro_database::{Database, audit};
use micro_domain::identity::Principal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

mod instances {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "instances")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) service: String,
        pub(crate) version: String,
        pub(crate) address: String,
        pub(crate) descriptors: Option<Vec<u8>>,
        pub(crate) descriptors_digest: Option<String>,
        pub(crate) created_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) use instances::Model as Row;

/// Every static registration, oldest first.
pub(crate) async fn load(database: &Database) -> Result<Vec<Row>, micro_database::Error> {
    let oldest_first = instances::Entity::find()
        .order_by_asc(instances::Column::CreatedMs)
        .order_by_asc(instances::Column::Id);
    Ok(oldest_first.all(database.read()).await?)
}

/// Enters `row`, or updates the version and descriptors of the one with its id.
pub(crate) async fn keep(database: &Database, by: &Principal, row: Row) -> Result<(), micro_database::Error> {
    let event = event(by, "service.register", &row.service, &row.address, row.created_ms);
    database
        .write(move |transaction| {
            Box::pin(async move {
                use instances::Column;
                let changed = [Column::Version, Column::Descriptors, Column::DescriptorsDigest];
                let update = OnConflict::column(Column::Id).update_columns(changed).to_owned();
                let insert = instances::Entity::insert(active(row)).on_conflict(update);
                insert.exec_without_returning(transaction).await?;
                audit::append(transaction, event).await
            })
        })
        .await
}

/// The row with every column to be written.
fn active(row: Row) -> instances::ActiveModel {
    instances::ActiveModel {
        id: Set(row.id),
        service: Set(row.service),
        version: Set(row.version),
        address: Set(row.address),
        descriptors: Set(row.descriptors),
        descriptors_digest: Set(row.descriptors_digest),
        created_ms: Set(row.created_ms),
    }
}

/// Removes registrations of `service`, given as id and address, all or none.
pub(crate) async fn forget(
    database: &Database,
    by: &Principal,
    service: &str,
    removed: Vec<(String, String)>,
    now_ms: i64,
) -> Result<(), micro_database::Error> {
    let events: Vec<_> = removed
        .iter()
        .map(|(_, address)| event(by, "service.deregister", service, address, now_ms))
        .collect();
    database
        .write(move |transaction| {
            Box::pin(async move {
                for ((id, _), event) in removed.into_iter().zip(events) {
                    instances::Entity::delete_many()
                        .filter(instances::Column::Id.eq(id))
                        .exec(transaction)
                        .await?;
                    audit::append(transaction, event).await?;
                }
                Ok(())
            })
        })
        .await
}

fn event(by: &Principal, action: &'static str, service: &str, address: &str, at_ms: i64) -> audit::Event {
    audit::Event {
        at_ms,
        account_id: Some(by.account_id.clone()),
        credential_id: Some(by.credential.id.clone()),
        action,
        target: format!("service/{service}"),
        outcome: audit::Outcome::Done,
        detail: address.to_owned(),
    }
}
