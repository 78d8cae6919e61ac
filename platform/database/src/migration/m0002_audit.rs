//! The audit log: rows chained by their hashes, and one head row that knows the last of them.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0002_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let audit = Table::create()
            .table("audit")
            .col(big_integer("sequence").primary_key())
            .col(big_integer("at_ms"))
            .col(text_null("account_id"))
            .col(text_null("credential_id"))
            .col(text("action"))
            .col(text("target"))
            .col(text("outcome"))
            .col(text("detail"))
            .col(blob("previous_hash"))
            .col(blob("hash"))
            .take();
        // Always exactly one row, with id 1: what PostgreSQL locks so that appends take turns.
        let head = Table::create()
            .table("audit_head")
            .col(integer("id").primary_key())
            .col(big_integer("sequence"))
            .col(blob("hash"))
            .take();
        super::create(manager, vec![audit, head], Vec::new()).await?;
        let first = Query::insert()
            .into_table("audit_head")
            .columns(["id", "sequence", "hash"])
            .values_panic([1.into(), 0_i64.into(), vec![0_u8; 32].into()])
            .take();
        manager.get_connection().execute(&first).await.map(drop)
    }
}
