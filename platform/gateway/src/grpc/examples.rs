//! Examples of methods: prepared calls with a name, kept on the server for all who may see the service.

use super::drafts::{Prepared, prepare};
use super::storage;
use crate::core::Gateway;
use micro_domain::call::{EXAMPLE_NAME_MAX, EXAMPLES_MAX, Example, Target};
use micro_domain::identity::Principal;
use micro_domain::{Code, Error, clock};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

mod table {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "examples")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub account_id: String,
        #[sea_orm(column_type = "Text")]
        pub service: String,
        /// `package.Service.Method`.
        #[sea_orm(column_type = "Text")]
        pub method: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        /// The example as JSON.
        #[sea_orm(column_type = "Text")]
        pub record: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The examples of a method the account may see, by name.
pub(super) async fn list(
    gateway: &Gateway,
    principal: &Principal,
    service: &str,
    method: &str,
) -> Result<Vec<Example>, Error> {
    gateway.table().visible(principal, service)?;
    let rows = table::Entity::find()
        .filter(table::Column::Service.eq(service))
        .filter(table::Column::Method.eq(method.replace('/', ".")))
        .order_by_asc(table::Column::Name)
        .limit(EXAMPLES_MAX as u64)
        .all(gateway.0.database.read())
        .await
        .map_err(storage)?;
    let example = |row: table::Model| {
        let example: Example = serde_json::from_str(&row.record).ok()?;
        Some(Example { own: row.account_id == principal.account_id, ..example })
    };
    Ok(rows.into_iter().filter_map(example).collect())
}

/// Why an example was not kept.
#[derive(Debug)]
enum Unkept {
    Database(micro_database::Error),
    /// Somebody else's has the name.
    Taken(String),
    /// The method has as many as it may.
    Full,
}

impl From<micro_database::Error> for Unkept {
    fn from(error: micro_database::Error) -> Self {
        Self::Database(error)
    }
}

impl From<sea_orm::DbErr> for Unkept {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<Unkept> for Error {
    fn from(unkept: Unkept) -> Self {
        match unkept {
            Unkept::Database(error) => storage(error),
            Unkept::Taken(name) => Self::new(
                Code::AlreadyExists,
                format!("somebody else saved an example called `{name}`; choose another name"),
            ),
            Unkept::Full => Self::new(
                Code::ResourceExhausted,
                format!("the method has {EXAMPLES_MAX} examples, which is the most; remove one first"),
            ),
        }
    }
}

/// Keeps an example; the account's own of the same name is replaced.
pub(super) async fn save(
    gateway: &Gateway,
    principal: &Principal,
    name: &str,
    target: Target,
    requests: Vec<String>,
) -> Result<Example, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > EXAMPLE_NAME_MAX || name.chars().any(char::is_control) {
        let expected = format!("expected 1 to {EXAMPLE_NAME_MAX} characters on one line");
        let error = Error::invalid(format!("an example needs a name: {expected}"));
        return Err(error.with_violation("name", expected));
    }
    let Prepared { target, method, requests } = prepare(gateway, principal, target, requests).await?;
    let example = Example {
        id: uuid::Uuid::now_v7().to_string(),
        name: name.to_owned(),
        author: principal.account.clone(),
        at_ms: clock::now_ms(),
        target,
        requests,
        own: true,
    };
    let row = table::Model {
        id: example.id.clone(),
        account_id: principal.account_id.clone(),
        service: example.target.service.clone(),
        method,
        name: example.name.clone(),
        record: serde_json::to_string(&example).map_err(storage)?,
    };
    write(gateway, row).await?;
    Ok(example)
}

async fn write(gateway: &Gateway, row: table::Model) -> Result<(), Unkept> {
    let written = gateway.0.database.write(move |transaction| {
        Box::pin(async move {
            let of_method = || {
                table::Entity::find()
                    .filter(table::Column::Service.eq(&row.service))
                    .filter(table::Column::Method.eq(&row.method))
            };
            let same = of_method().filter(table::Column::Name.eq(&row.name)).one(transaction).await?;
            match same {
                Some(same) if same.account_id != row.account_id => return Err(Unkept::Taken(same.name)),
                Some(same) => {
                    table::Entity::delete_by_id(same.id).exec(transaction).await?;
                }
                None if of_method().count(transaction).await? >= EXAMPLES_MAX as u64 => {
                    return Err(Unkept::Full);
                }
                None => {}
            }
            let row = table::ActiveModel {
                id: Set(row.id),
                account_id: Set(row.account_id),
                service: Set(row.service),
                method: Set(row.method),
                name: Set(row.name),
                record: Set(row.record),
            };
            table::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    written.await
}

/// Removes an example the account saved.
pub(super) async fn delete(gateway: &Gateway, principal: &Principal, id: &str) -> Result<(), Error> {
    let (account_id, wanted) = (principal.account_id.clone(), id.to_owned());
    let deleted = gateway.0.database.write(move |transaction| {
        Box::pin(async move {
            let delete = table::Entity::delete_many()
                .filter(table::Column::Id.eq(wanted))
                .filter(table::Column::AccountId.eq(account_id));
            Ok::<_, micro_database::Error>(delete.exec(transaction).await?.rows_affected)
        })
    });
    match deleted.await.map_err(storage)? {
        0 => Err(Error::not_found(format!("you saved no example `{id}`"))),
        _ => Ok(()),
    }
}
