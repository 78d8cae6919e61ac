//! API tokens of the caller.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::identity::Token;
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// A token just made, and its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Made {
    /// The token.
    pub token: Token,
    /// Its secret.
    pub secret: micro_domain::identity::Secret,
}

/// Milliseconds of a day.
#[cfg(feature = "ssr")]
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The caller's tokens, newest first.
#[server(endpoint = "tokens/list", input = Json)]
pub(crate) async fn list_tokens() -> Result<Vec<Token>, AppError> {
    let mut identity = super::client()?.identity();
    let mut tokens = super::bounded(identity.tokens()).await?;
    tokens.sort_by_key(|token| std::cmp::Reverse(token.created_ms));
    Ok(tokens)
}

/// Makes a token that lives `days` days.
#[server(endpoint = "tokens/create", input = Json)]
pub(crate) async fn create_token(name: String, days: u32) -> Result<Made, AppError> {
    let lifetime_ms = u64::from(days).saturating_mul(DAY_MS);
    let made = super::client()?.identity().create_token(name.trim(), Some(lifetime_ms)).await?;
    super::page::no_store();
    Ok(Made { token: made.token, secret: made.secret })
}

/// Ends a token, by id.
#[server(endpoint = "tokens/revoke", input = Json)]
pub(crate) async fn revoke_token(id: String) -> Result<Token, AppError> {
    Ok(super::client()?.identity().revoke_token(&id).await?)
}

/// What came of a form sent without scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Posted(pub Result<Made, AppError>);

/// What came of the form this page answers; none when it answers none.
pub(crate) fn posted() -> Option<Posted> {
    #[cfg(feature = "ssr")]
    return use_context::<Posted>();
    #[cfg(not(feature = "ssr"))]
    None
}
