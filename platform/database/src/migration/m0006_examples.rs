//! Examples of methods: prepared calls that all who may see the service share. `record` is JSON.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0006_examples"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let examples = Table::create()
            .table("examples")
            .col(text("id").primary_key())
            .col(text("account_id"))
            .col(text("service"))
            .col(text("method"))
            .col(text("name"))
            .col(text("record"))
            .take();
        let one_per_name = Index::create()
            .name("examples_service_method_name")
            .table("examples")
            .col("service")
            .col("method")
            .col("name")
            .unique()
            .take();
        super::create(manager, vec![examples], vec![one_per_name]).await
    }
}
