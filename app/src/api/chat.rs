//! The bots, and the chat users who speak as the caller.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::chat::{BotStatus, Link, LinkRequest};
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// Who speaks as the caller, newest link first.
#[server(endpoint = "chat/links", input = Json)]
pub(crate) async fn chat_links() -> Result<Vec<Link>, AppError> {
    let mut chat = super::client()?.chat();
    let mut links = super::bounded(chat.links()).await?;
    links.sort_by_key(|link| std::cmp::Reverse(link.created_ms));
    Ok(links)
}

/// Ends a link, by id.
#[server(endpoint = "chat/remove", input = Json)]
pub(crate) async fn remove_link(id: String) -> Result<Link, AppError> {
    Ok(super::client()?.chat().remove_link(&id).await?)
}

/// Who would be linked. Changes nothing.
#[server(endpoint = "chat/request", input = Json)]
pub(crate) async fn read_request(id: String) -> Result<LinkRequest, AppError> {
    super::page::no_store();
    let mut chat = super::client()?.chat();
    let request = super::bounded(chat.link_request(&id)).await;
    request.inspect_err(|error: &AppError| super::page::set_status(error.code()))
}

/// How the bots of this server are; none where none is configured.
#[server(endpoint = "chat/bots", input = Json)]
pub(crate) async fn bots() -> Result<Vec<BotStatus>, AppError> {
    super::client()?;
    Ok(use_context::<crate::RequestContext>().map(|context| context.bots).unwrap_or_default())
}

/// A code, and whom it links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Who asked.
    pub request: LinkRequest,
    /// What they type.
    pub code: String,
}

/// What came of "Show code".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted(pub Result<Shown, AppError>);

/// What came of the form this page answers; none when it answers none.
pub(crate) fn posted() -> Option<Posted> {
    #[cfg(feature = "ssr")]
    return use_context::<Posted>();
    #[cfg(not(feature = "ssr"))]
    None
}
