//! Chat users, and the links that let them speak as accounts.

use crate::{credential::Credentialed, error, incomplete};
use micro_domain::{
    Error,
    chat::{Link, LinkRequest, Names, Person, Redeemed},
    identity::Secret,
};
use micro_proto::v1::{self, chat_service_client::ChatServiceClient};

/// Typed calls to the chat side of identity.
#[derive(Clone)]
pub struct Chat {
    inner: ChatServiceClient<Credentialed>,
}

impl Chat {
    pub(crate) fn new(service: Credentialed) -> Self {
        Self { inner: ChatServiceClient::new(service) }
    }

    /// A page for a chat user to be linked on, at `/link/{id}`; for bots.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED while too many wait.
    pub async fn request_link(&mut self, person: &Person, names: &Names) -> Result<LinkRequest, Error> {
        let request = v1::CreateLinkRequestRequest {
            person: person.to_string(),
            workspace_name: names.workspace.clone(),
            user_name: names.user.clone(),
        };
        let answer = self.inner.create_link_request(request).await.map_err(error)?;
        answer.into_inner().request.and_then(Into::into).ok_or_else(|| incomplete("CreateLinkRequest"))
    }

    /// Who would be linked.
    ///
    /// # Errors
    /// NOT_FOUND for a request that is unknown, used or expired, all alike.
    pub async fn link_request(&mut self, id: &str) -> Result<LinkRequest, Error> {
        let request = v1::GetLinkRequestRequest { id: id.to_owned() };
        let answer = self.inner.get_link_request(request).await.map_err(error)?;
        answer.into_inner().request.and_then(Into::into).ok_or_else(|| incomplete("GetLinkRequest"))
    }

    /// The code that links the chat user to the caller's account, the one time it is shown.
    ///
    /// # Errors
    /// NOT_FOUND as for [`Chat::link_request`]; RESOURCE_EXHAUSTED for an account with too many links.
    pub async fn show_code(&mut self, id: &str) -> Result<Secret, Error> {
        let request = v1::ShowLinkCodeRequest { id: id.to_owned() };
        let answer = self.inner.show_link_code(request).await.map_err(error)?;
        Ok(Secret::new(answer.into_inner().code))
    }

    /// Spends the code a chat user typed; for bots.
    ///
    /// # Errors
    /// INVALID_ARGUMENT, in words for that user, for a code that does not link them.
    pub async fn redeem(&mut self, person: &Person, code: &str) -> Result<Redeemed, Error> {
        let request = v1::RedeemLinkCodeRequest { person: person.to_string(), code: code.to_owned() };
        let answer = self.inner.redeem_link_code(request).await.map_err(error)?;
        Option::from(answer.into_inner()).ok_or_else(|| incomplete("RedeemLinkCode"))
    }

    /// Ends the link of the chat user this client calls for: [`crate::Client::on_behalf_of`].
    ///
    /// # Errors
    /// FAILED_PRECONDITION for a client that calls for itself.
    pub async fn unlink(&mut self) -> Result<Link, Error> {
        let answer = self.inner.unlink(v1::UnlinkRequest {}).await.map_err(error)?;
        answer.into_inner().link.and_then(Into::into).ok_or_else(|| incomplete("Unlink"))
    }

    /// Who speaks as the caller's account, oldest link first.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn links(&mut self) -> Result<Vec<Link>, Error> {
        let answer = self.inner.list_links(v1::ListLinksRequest {}).await.map_err(error)?;
        Ok(answer.into_inner().links.into_iter().filter_map(Into::into).collect())
    }

    /// Ends one of the caller's links.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub async fn remove_link(&mut self, id: &str) -> Result<Link, Error> {
        let request = v1::RemoveLinkRequest { id: id.to_owned() };
        let answer = self.inner.remove_link(request).await.map_err(error)?;
        answer.into_inner().link.and_then(Into::into).ok_or_else(|| incomplete("RemoveLink"))
    }
}
