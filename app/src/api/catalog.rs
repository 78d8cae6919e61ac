//! Pages of the catalog.

use crate::AppError;
use crate::listing::{Page, Query};
use leptos::prelude::*;
use server_fn::codec::Json;

/// The page of the catalog that `query` asks for.
#[server(endpoint = "catalog/page", input = Json)]
pub(crate) async fn catalog_page(query: Query) -> Result<Page, AppError> {
    let mut registry = super::client()?.registry();
    let catalog = super::bounded(registry.list()).await?;
    Ok(crate::listing::page(&catalog, &query))
}

/// Names of services that contain `text`, for the palette: at most [`FOUND_MAX`].
#[server(endpoint = "catalog/find", input = Json)]
pub(crate) async fn find_services(text: String) -> Result<Vec<String>, AppError> {
    let catalog = super::client()?.registry().list().await?;
    let query = Query { q: text, size: FOUND_MAX, ..Query::default() };
    Ok(crate::listing::page(&catalog, &query).rows.into_iter().map(|row| row.name).collect())
}

/// Services the palette offers at once.
#[cfg(feature = "ssr")]
const FOUND_MAX: u16 = 8;
