//! The table of short links. The same statements serve SQLite and PostgreSQL.

use std::fmt;

use sea_orm::entity::prelude::*;
use sea_orm::{Condition, ExprTrait, QueryOrder, QuerySelect, QueryTrait, Set};

use crate::{Storage, StorageError};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "url_links")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub(super) id: String,
    #[sea_orm(column_type = "Text")]
    pub(super) url: String,
    /// Milliseconds since 1970.
    pub(super) created_at: i64,
    /// Who made the link. Empty until callers are told to services.
    #[sea_orm(column_type = "Text", nullable)]
    pub(super) created_by: Option<String>,
    /// How often the link was followed.
    pub(super) hits: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Why a short link leads nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// There is no link with this id.
    #[error("there is no such short link")]
    NotFound,
    /// The database did not answer.
    #[error("the short link could not be read")]
    Storage(#[source] StorageError),
}

/// Stores a link; false where the id is taken.
pub(super) async fn insert(
    storage: &Storage,
    id: &str,
    url: &str,
    now_ms: i64,
) -> Result<bool, StorageError> {
    let row = ActiveModel {
        id: Set(id.to_owned()),
        url: Set(url.to_owned()),
        created_at: Set(now_ms),
        created_by: Set(None),
        hits: Set(0),
    };
    // The database decides, so two callers who choose the same ending at once cannot both have it.
    let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Id]);
    Ok(storage.write(|backend| insert.build(backend)).await? > 0)
}

/// Where the short link `id` leads. Counts the visit; should that fail, the link still leads there.
///
/// # Errors
///
/// [`ResolveError::NotFound`] for an id that no link has, [`ResolveError::Storage`] when the database fails.
pub async fn resolve(storage: &Storage, id: &str) -> Result<String, ResolveError> {
    let found = Entity::find_by_id(id).one(storage.reads()).await;
    let row = found.map_err(|error| ResolveError::Storage(error.into()))?.ok_or(ResolveError::NotFound)?;
    let count = Entity::update_many()
        .col_expr(Column::Hits, Expr::col(Column::Hits).add(1))
        .filter(Column::Id.eq(id));
    if let Err(error) = storage.write(|backend| count.build(backend)).await {
        tracing::warn!(
            error = &*error as &(dyn std::error::Error + 'static),
            link.id = id,
            "A visit was not counted."
        );
    }
    Ok(row.url)
}

/// A place in the list of links: that of one link, whether or not it still exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    created_at: i64,
    id: String,
}

impl Position {
    /// Reads what [`fmt::Display`] wrote.
    pub(super) fn parse(token: &str) -> Option<Self> {
        let (created_at, id) = token.split_once('.')?;
        Some(Self { created_at: created_at.parse().ok()?, id: id.to_owned() })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.created_at, self.id)
    }
}

/// Up to `size` links, the newest first, from behind `after`; and where the next page begins, if there is one.
pub(super) async fn page(
    storage: &Storage,
    after: Option<Position>,
    size: u32,
) -> Result<(Vec<Model>, Option<Position>), StorageError> {
    let older = after.map(|Position { created_at, id }| {
        Condition::any()
            .add(Column::CreatedAt.lt(created_at))
            .add(Condition::all().add(Column::CreatedAt.eq(created_at)).add(Column::Id.lt(id)))
    });
    let mut rows = Entity::find()
        .filter(older.unwrap_or_else(Condition::all))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        // One more than asked for tells whether there is a next page.
        .limit(u64::from(size) + 1)
        .all(storage.reads())
        .await?;
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let next = rows.last().filter(|_| more);
    let next = next.map(|row| Position { created_at: row.created_at, id: row.id.clone() });
    Ok((rows, next))
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    async fn storage() -> Storage {
        Storage::direct(crate::tests::database().await)
    }

    #[tokio::test]
    async fn an_id_is_given_once_and_visits_count() {
        let storage = storage().await;
        assert!(insert(&storage, "a", "https://example.com/1", 5).await.expect("stored"));
        assert!(!insert(&storage, "a", "https://example.com/2", 6).await.expect("answered"));
        assert_eq!(resolve(&storage, "a").await.expect("found"), "https://example.com/1");
        assert_eq!(resolve(&storage, "a").await.expect("found"), "https://example.com/1");
        assert!(matches!(resolve(&storage, "b").await, Err(ResolveError::NotFound)));
        let (rows, next) = page(&storage, None, 10).await.expect("listed");
        assert_eq!((rows.len(), rows[0].hits, next), (1, 2, None));
    }

    #[tokio::test]
    async fn pages_follow_one_another_without_gap_or_repetition() {
        let storage = storage().await;
        for number in 0..7 {
            // Several in one millisecond: the id decides their order.
            assert!(
                insert(&storage, &format!("id{number}"), "https://example.com", number / 3)
                    .await
                    .expect("stored")
            );
        }
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let (rows, next) = page(&storage, after, 2).await.expect("listed");
            ids.extend(rows.into_iter().map(|row| row.id));
            let Some(next) = next else { break };
            after = Position::parse(&next.to_string());
            assert_eq!(after.as_ref(), Some(&next));
        }
        assert_eq!(ids, ["id6", "id5", "id4", "id3", "id2", "id1", "id0"]);
    }

    #[test]
    fn a_made_up_position_is_recognised() {
        for made_up in ["", "x", "12", "x.y"] {
            assert_eq!(Position::parse(made_up), None);
        }
    }
}
