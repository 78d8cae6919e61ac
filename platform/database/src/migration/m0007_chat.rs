//! Chat users: the links that let them speak as accounts, the requests those begin as, and whether a token is a bot's.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0007_chat"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = Table::alter().table("tokens").add_column(text("kind").default("member")).take();
        manager.alter_table(kind).await?;
        let index = |table: &'static str, column: &'static str| {
            let name = format!("{table}_{column}");
            Index::create().name(name).table(table).col(column).take()
        };
        let indexes = vec![
            one_per_person("chat_links"),
            one_per_person("chat_link_requests"),
            index("chat_links", "account_id"),
            index("chat_link_requests", "expires_ms"),
        ];
        super::create(manager, vec![links(), requests()], indexes).await
    }
}

/// `workspace` is empty on Discord, where a user's id is global.
fn links() -> TableCreateStatement {
    Table::create()
        .table("chat_links")
        .col(text("id").primary_key())
        .col(text("platform"))
        .col(text("workspace"))
        .col(text("chat_user"))
        .col(text("workspace_name"))
        .col(text("user_name"))
        .col(text("account_id"))
        .col(big_integer("created_ms"))
        .foreign_key(&mut account("chat_links"))
        .take()
}

/// `account_id` and `code_hash` are there once the code was shown.
fn requests() -> TableCreateStatement {
    Table::create()
        .table("chat_link_requests")
        .col(blob("hash").primary_key())
        .col(text("platform"))
        .col(text("workspace"))
        .col(text("chat_user"))
        .col(text("workspace_name"))
        .col(text("user_name"))
        .col(big_integer("created_ms"))
        .col(big_integer("expires_ms"))
        .col(text_null("account_id"))
        .col(blob_null("code_hash"))
        .col(integer("attempts").default(0))
        .foreign_key(&mut account("chat_link_requests"))
        .take()
}

fn one_per_person(table: &'static str) -> IndexCreateStatement {
    let name = format!("{table}_person");
    let mut index = Index::create();
    index.name(name).table(table).col("platform").col("workspace").col("chat_user").unique().take()
}

fn account(table: &'static str) -> ForeignKeyCreateStatement {
    let name = format!("{table}_account");
    ForeignKey::create().name(name).from(table, "account_id").to("accounts", "id").take()
}
