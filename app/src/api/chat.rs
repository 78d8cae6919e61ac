//! The bots, and the chat users who speak as the caller.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::chat::{BotStatus, Link, LinkRequest};
use micro_domain::identity::Secret;
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

/// What the page of a link request shows. Changes nothing.
#[server(endpoint = "chat/request", input = Json)]
pub(crate) async fn link_page(id: String) -> Result<Linking, AppError> {
    if let Some(Posted(outcome)) = use_context::<Posted>() {
        return outcome;
    }
    super::page::no_store();
    let mut chat = super::client()?.chat();
    let request = super::bounded(chat.link_request(&id)).await?;
    Ok(Linking { request, code: None })
}

/// How the bots of this server are; none where none is configured.
#[server(endpoint = "chat/bots", input = Json)]
pub(crate) async fn bots() -> Result<Vec<BotStatus>, AppError> {
    super::client()?;
    Ok(use_context::<crate::RequestContext>().map(|context| context.bots).unwrap_or_default())
}

/// A request to be linked, and the code that "Show code" made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linking {
    /// Who asked.
    pub request: LinkRequest,
    /// What they type, shown this once; or why there is none. None before anybody asked for it.
    pub code: Option<Result<Secret, AppError>>,
}

/// What came of "Show code"; in the context of the page that answers it.
#[cfg(feature = "ssr")]
#[derive(Debug, Clone)]
pub(crate) struct Posted(pub Result<Linking, AppError>);

/// Why a link was not removed; in the context of the settings page that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unremoved(pub AppError);

/// Why the form this page answers removed no link; none when it answers none.
pub(crate) fn unremoved() -> Option<Unremoved> {
    #[cfg(feature = "ssr")]
    return use_context::<Unremoved>();
    #[cfg(not(feature = "ssr"))]
    None
}
