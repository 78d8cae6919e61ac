//! Accounts and the credentials they hold. Times are milliseconds since the Unix epoch; secrets are kept as SHA-256.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0001_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = vec![accounts(), tokens(), sessions(), sign_in_codes()];
        let index = |table: &'static str, column: &'static str| {
            let name = format!("{table}_{column}");
            Index::create().name(name).table(table).col(column).take()
        };
        let indexes = vec![
            index("tokens", "account_id"),
            index("sessions", "account_id"),
            index("sessions", "expires_ms"),
            index("sign_in_codes", "expires_ms"),
        ];
        super::create(manager, tables, indexes).await
    }
}

fn accounts() -> TableCreateStatement {
    Table::create()
        .table("accounts")
        .col(text("id").primary_key())
        .col(text_uniq("name"))
        .col(text("role"))
        .col(big_integer("created_ms"))
        .take()
}

/// That a name is unique among an account's live tokens is checked in the creating transaction: an ended one frees it.
fn tokens() -> TableCreateStatement {
    Table::create()
        .table("tokens")
        .col(text("id").primary_key())
        .col(text("account_id"))
        .col(text("name"))
        .col(blob("hash").unique_key())
        .col(text("prefix"))
        .col(big_integer("created_ms"))
        .col(big_integer("expires_ms"))
        .col(big_integer_null("last_used_ms"))
        .col(big_integer_null("revoked_ms"))
        .foreign_key(&mut account("tokens"))
        .take()
}

/// `id` names a session for listing and revocation; it is not its secret.
fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(blob("hash").primary_key())
        .col(text_uniq("id"))
        .col(text_null("account_id"))
        .col(text("data"))
        .col(big_integer("created_ms"))
        .col(big_integer("seen_ms"))
        .col(big_integer("expires_ms"))
        .foreign_key(&mut account("sessions"))
        .take()
}

fn sign_in_codes() -> TableCreateStatement {
    Table::create()
        .table("sign_in_codes")
        .col(blob("hash").primary_key())
        .col(text("account_id"))
        .col(big_integer("created_ms"))
        .col(big_integer("expires_ms"))
        .col(big_integer_null("used_ms"))
        .foreign_key(&mut account("sign_in_codes"))
        .take()
}

fn account(table: &'static str) -> ForeignKeyCreateStatement {
    let name = format!("{table}_account");
    ForeignKey::create().name(name).from(table, "account_id").to("accounts", "id").take()
}
