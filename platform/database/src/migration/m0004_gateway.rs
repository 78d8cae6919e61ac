//! What the gateway keeps per account: the calls made, and drafts to share. `record` is JSON.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0004_gateway"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let calls = Table::create()
            .table("calls")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(big_integer("at_ms"))
            .col(text("service"))
            .col(text("method"))
            .col(text("record"))
            .take();
        let drafts = Table::create()
            .table("drafts")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("author"))
            .col(big_integer("at_ms"))
            .col(text("service"))
            .col(text("record"))
            .take();
        let newest = |table: &'static str| {
            let name = format!("{table}_account_id_at_ms");
            Index::create().name(name).table(table).col("account_id").col("at_ms").take()
        };
        super::create(manager, vec![calls, drafts], vec![newest("calls"), newest("drafts")]).await
    }
}
