//! An invite, for who holds its code.

use crate::AppError;
use leptos::prelude::*;
use micro_domain::team::Invite;
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// What the page of an invite shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invitation {
    /// The invite.
    pub invite: Invite,
    /// Why accepting it failed; none before anybody tried.
    pub refused: Option<Refused>,
}

/// Why an invite was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// The name that was typed; never the password.
    pub name: String,
    /// Why.
    pub error: AppError,
}

/// What the page of an invite shows. Changes nothing.
#[server(endpoint = "invites/page", input = Json)]
pub(crate) async fn invite_page(code: String) -> Result<Invitation, AppError> {
    super::page::no_store();
    let mut invites = super::anybodys_client()?.invites();
    let invite = super::bounded(invites.get(&micro_domain::identity::Secret::new(code))).await?;
    Ok(Invitation { invite, refused: use_context::<Refused>() })
}
