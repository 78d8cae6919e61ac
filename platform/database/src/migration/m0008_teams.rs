//! Teams and who is in them, invites, passwords, and the addresses that invites are sent to.

use sea_orm_migration::{prelude::*, schema::*};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "0008_teams"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let email = Table::alter().table("accounts").add_column(text_null("email")).take();
        manager.alter_table(email).await?;
        let index = |table: &'static str, column: &'static str| {
            let name = format!("{table}_{column}");
            Index::create().name(name).table(table).col(column).take()
        };
        let indexes = vec![
            index("accounts", "email").unique().take(),
            index("members", "account_id"),
            index("invites", "team_id"),
            index("invites", "inviter_id"),
        ];
        super::create(manager, vec![teams(), members(), invites(), passwords()], indexes).await
    }
}

fn teams() -> TableCreateStatement {
    Table::create()
        .table("teams")
        .col(text("id").primary_key())
        .col(text_uniq("name"))
        .col(big_integer("created_ms"))
        .take()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table("members")
        .col(text("team_id"))
        .col(text("account_id"))
        .col(text("role"))
        .col(big_integer("joined_ms"))
        .primary_key(Index::create().col("team_id").col("account_id"))
        .foreign_key(&mut to("members", "team_id", "teams"))
        .foreign_key(&mut to("members", "account_id", "accounts"))
        .take()
}

/// `submission` is the same for invites that were made together. Of `accepted_ms` and `revoked_ms` one is there at most.
fn invites() -> TableCreateStatement {
    Table::create()
        .table("invites")
        .col(text("id").primary_key())
        .col(blob("hash").unique_key())
        .col(text("submission"))
        .col(text("team_id"))
        .col(text("role"))
        .col(text_null("email"))
        .col(text("inviter_id"))
        .col(big_integer("created_ms"))
        .col(big_integer("expires_ms"))
        .col(big_integer_null("accepted_ms"))
        .col(text_null("accepted_by"))
        .col(big_integer_null("revoked_ms"))
        .foreign_key(&mut to("invites", "team_id", "teams"))
        .foreign_key(&mut to("invites", "inviter_id", "accounts"))
        .foreign_key(&mut to("invites", "accepted_by", "accounts"))
        .take()
}

/// `hash` names its algorithm and parameters, in the PHC string format.
fn passwords() -> TableCreateStatement {
    Table::create()
        .table("passwords")
        .col(text("account_id").primary_key())
        .col(text("hash"))
        .col(big_integer("changed_ms"))
        .foreign_key(&mut to("passwords", "account_id", "accounts"))
        .take()
}

fn to(table: &'static str, column: &'static str, other: &'static str) -> ForeignKeyCreateStatement {
    let name = format!("{table}_{column}_{other}");
    ForeignKey::create().name(name).from(table, column).to(other, "id").take()
}
