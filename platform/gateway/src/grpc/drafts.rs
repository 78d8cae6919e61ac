//! Prepared calls that are shared by link: kept on the server, without secrets.

use super::redact::{self, Redaction};
use super::storage;
use crate::core::Gateway;
use micro_domain::Error;
use micro_domain::call::{Caller, Draft, RECORD_MESSAGES_MAX, Target};
use micro_domain::clock;
use micro_domain::identity::{Permission, Principal};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

/// All messages of a draft together, in bytes.
const DRAFT_MAX_BYTES: usize = 256 * 1024;
/// Drafts kept per account; the oldest go first.
const DRAFTS_MAX: u64 = 500;

mod table {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "drafts")]
    pub(super) struct Model {
        /// UUID version 4: an id cannot be guessed from another.
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub account_id: String,
        #[sea_orm(column_type = "Text")]
        pub author: String,
        pub at_ms: i64,
        #[sea_orm(column_type = "Text")]
        pub service: String,
        /// The draft as JSON.
        #[sea_orm(column_type = "Text")]
        pub record: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A call prepared to be kept, without secrets.
pub(super) struct Prepared {
    pub(super) target: Target,
    /// `package.Service.Method`.
    pub(super) method: String,
    pub(super) requests: Vec<String>,
}

/// Takes the secrets out of a call the account could make.
pub(super) async fn prepare(
    gateway: &Gateway,
    principal: &Principal,
    mut target: Target,
    requests: Vec<String>,
) -> Result<Prepared, Error> {
    let version = target.version.as_deref();
    // Which fields are secret is known from the description alone, so nothing is kept without one.
    let plan = gateway.route_named(Some(principal), &target.service, &target.method, version, None).await?;
    if requests.len() > RECORD_MESSAGES_MAX {
        let error = Error::invalid(format!("at most {RECORD_MESSAGES_MAX} messages are kept"));
        return Err(error.with_violation("requests", format!("expected at most {RECORD_MESSAGES_MAX}")));
    }
    if requests.iter().map(String::len).sum::<usize>() > DRAFT_MAX_BYTES {
        let error = Error::invalid(format!("at most {DRAFT_MAX_BYTES} bytes of messages are kept"));
        return Err(error.with_violation("requests", format!("expected at most {DRAFT_MAX_BYTES} bytes")));
    }
    let description = plan.service.description(version)?;
    let safe = |json: String| redact::message(description, &plan.method.input, &json, Redaction::Remove);
    let requests = requests.into_iter().map(safe).collect::<Result<Vec<_>, _>>()?;
    target.metadata = redact::metadata(&target.metadata);
    // Others fill it in: they have tokens of their own.
    target.caller = Caller::Me;
    Ok(Prepared { target, method: plan.method.schema.full_name(), requests })
}

/// Keeps a draft of a call the account could make.
pub(super) async fn save(
    gateway: &Gateway,
    principal: &Principal,
    target: Target,
    requests: Vec<String>,
) -> Result<Draft, Error> {
    let Prepared { target, requests, .. } = prepare(gateway, principal, target, requests).await?;
    let draft = Draft {
        id: uuid::Uuid::new_v4().to_string(),
        author: principal.account.clone(),
        at_ms: clock::now_ms(),
        target,
        requests,
    };
    write(gateway, principal, &draft).await?;
    Ok(draft)
}

async fn write(gateway: &Gateway, principal: &Principal, draft: &Draft) -> Result<(), Error> {
    let account_id = principal.account_id.clone();
    let row = table::ActiveModel {
        id: Set(draft.id.clone()),
        account_id: Set(account_id.clone()),
        author: Set(draft.author.clone()),
        at_ms: Set(draft.at_ms),
        service: Set(draft.target.service.clone()),
        record: Set(serde_json::to_string(draft).map_err(storage)?),
    };
    let written = gateway.0.database.write(move |transaction| {
        Box::pin(async move {
            table::Entity::insert(row).exec_without_returning(transaction).await?;
            let own = || table::Entity::find().filter(table::Column::AccountId.eq(&account_id));
            let oldest = own().order_by_desc(table::Column::AtMs).offset(DRAFTS_MAX).one(transaction).await?;
            if let Some(oldest) = oldest {
                table::Entity::delete_many()
                    .filter(table::Column::AccountId.eq(&account_id))
                    .filter(table::Column::AtMs.lte(oldest.at_ms))
                    .exec(transaction)
                    .await?;
            }
            Ok::<_, micro_database::Error>(())
        })
    });
    written.await.map_err(storage)
}

/// A draft, for whoever may see its service.
pub(super) async fn get(gateway: &Gateway, principal: &Principal, id: &str) -> Result<Draft, Error> {
    let row = table::Entity::find_by_id(id).one(gateway.0.database.read()).await.map_err(storage)?;
    let seen = row.filter(|row| principal.may(Permission::ServicesRead, Some(&row.service)));
    let draft = seen.and_then(|row| serde_json::from_str(&row.record).ok());
    draft.ok_or_else(|| {
        Error::not_found(format!("there is no draft `{id}`; its author may have to share it again"))
    })
}
