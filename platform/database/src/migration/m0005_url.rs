//! The links of the `url` base service.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0005_url"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let links = Table::create()
            .table("url_links")
            .col(text("id").primary_key())
            .col(text("url"))
            .col(big_integer("created_at"))
            .col(text_null("created_by"))
            .col(big_integer("hits").default(0))
            .take();
        let newest = Index::create().name("url_links_created_at").table("url_links").col("created_at").take();
        super::create(manager, vec![links], vec![newest]).await
    }
}
