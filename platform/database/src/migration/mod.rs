//! The schema and its history. A migration, once released, never changes; a new one is added at the end of the list.

mod m0001_identity;
mod m0002_audit;
mod m0003_registry;
mod m0004_gateway;
mod m0005_url;
mod m0006_examples;
mod m0007_chat;
mod m0008_teams;

use crate::Error;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, TransactionTrait as _};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use std::collections::BTreeSet;

/// Keeps two servers from migrating one PostgreSQL database at the same time; any number does, as long as it stays.
const LOCK: i64 = 0x006d_6963_726f; // "micro"

struct Migrator;

#[sea_orm_migration::async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Migration),
            Box::new(m0002_audit::Migration),
            Box::new(m0003_registry::Migration),
            Box::new(m0004_gateway::Migration),
            Box::new(m0005_url::Migration),
            Box::new(m0006_examples::Migration),
            Box::new(m0007_chat::Migration),
            Box::new(m0008_teams::Migration),
        ]
    }
}

/// Applies what is missing, all of it or nothing, and refuses a schema with migrations this binary does not know.
pub(crate) async fn run(connection: &DatabaseConnection) -> Result<(), Error> {
    let transaction = connection.begin().await.map_err(Error::Migrate)?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        transaction.execute_unprepared(&lock).await.map_err(Error::Migrate)?;
    }
    let applied = Migrator::get_migration_models(&transaction).await.map_err(Error::Migrate)?;
    let known: BTreeSet<String> =
        Migrator::migrations().iter().map(|known| known.name().to_owned()).collect();
    if let Some(unknown) =
        applied.into_iter().map(|applied| applied.version).find(|version| !known.contains(version))
    {
        return Err(Error::NewerSchema(unknown));
    }
    Migrator::up(&transaction, None).await.map_err(Error::Migrate)?;
    transaction.commit().await.map_err(Error::Migrate)
}

/// Creates each table and then each index, in the given order.
async fn create(
    manager: &sea_orm_migration::SchemaManager<'_>,
    tables: Vec<sea_orm_migration::sea_query::TableCreateStatement>,
    indexes: Vec<sea_orm_migration::sea_query::IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use crate::{Database, Error, testing};
    use sea_orm::ConnectionTrait as _;

    #[tokio::test]
    async fn migrating_twice_changes_nothing() {
        for test in testing::fresh().await {
            test.database.close().await.unwrap();
            Database::open(&test.options).await.unwrap();
        }
    }

    #[tokio::test]
    async fn r14_a_newer_schema_is_refused() {
        for test in testing::fresh().await {
            let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_future', 0)";
            let added: Result<(), Error> = test
                .database
                .write(move |txn| Box::pin(async move { Ok(txn.execute_unprepared(sql).await.map(drop)?) }))
                .await;
            added.unwrap();
            test.database.close().await.unwrap();
            let refused = Database::open(&test.options).await.unwrap_err();
            assert!(matches!(&refused, Error::NewerSchema(name) if name == "9999_future"), "{refused:?}");
            assert!(refused.to_string().contains("newer version of Micro"));
        }
    }
}
