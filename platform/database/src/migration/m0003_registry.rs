//! Static registrations: instances that outlive the process that registered them.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0003_registry"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let instances = Table::create()
            .table("instances")
            .col(text("id").primary_key())
            .col(text("service"))
            .col(text("version"))
            .col(text("address"))
            .col(blob_null("descriptors"))
            .col(text_null("descriptors_digest"))
            .col(big_integer("created_ms"))
            .take();
        let one_per_address = Index::create()
            .name("instances_service_address")
            .table("instances")
            .col("service")
            .col("address")
            .unique()
            .take();
        super::create(manager, vec![instances], vec![one_per_address]).await
    }
}
