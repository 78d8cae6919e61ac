//! `micro.v1.ChatService`: wire messages in, domain calls, wire messages out. The gate of [`crate::AuthorizeLayer`] has
//! put the principal into the request: the bot itself, or the account somebody is linked to.

use crate::{
    Actor, Identity,
    grpc::{principal, refuse},
};
use micro_domain::{
    Code, Error,
    chat::{Names, Person},
    identity::CredentialKind,
};
use micro_proto::v1::{self, chat_service_server};
use tonic::{Request, Response, Status};

/// The gRPC side of [`Identity`]'s links.
#[derive(Clone, Debug)]
pub struct ChatGrpc {
    identity: Identity,
}

impl ChatGrpc {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity }
    }
}

fn person(text: &str) -> Result<Person, Status> {
    text.parse().map_err(|error: Error| {
        let expected = "expected slack/WORKSPACE/USER or discord/USER";
        refuse(error.with_violation("person", expected))
    })
}

#[tonic::async_trait]
impl chat_service_server::ChatService for ChatGrpc {
    async fn create_link_request(
        &self,
        request: Request<v1::CreateLinkRequestRequest>,
    ) -> Result<Response<v1::CreateLinkRequestResponse>, Status> {
        principal(&request)?;
        let wish = request.into_inner();
        let names = Names { workspace: wish.workspace_name, user: wish.user_name };
        let made = self.identity.create_link_request(person(&wish.person)?, &names).await.map_err(refuse)?;
        Ok(Response::new(v1::CreateLinkRequestResponse { request: Some(made.into()) }))
    }

    async fn get_link_request(
        &self,
        request: Request<v1::GetLinkRequestRequest>,
    ) -> Result<Response<v1::GetLinkRequestResponse>, Status> {
        principal(&request)?;
        let found = self.identity.link_request(&request.into_inner().id).await.map_err(refuse)?;
        Ok(Response::new(v1::GetLinkRequestResponse { request: Some(found.into()) }))
    }

    async fn show_link_code(
        &self,
        request: Request<v1::ShowLinkCodeRequest>,
    ) -> Result<Response<v1::ShowLinkCodeResponse>, Status> {
        let principal = principal(&request)?;
        let id = request.into_inner().id;
        let shown = self.identity.show_link_code(Actor::from(&principal), &principal.account_id, &id).await;
        let code = shown.map_err(refuse)?.reveal().to_owned();
        Ok(Response::new(v1::ShowLinkCodeResponse { code }))
    }

    async fn redeem_link_code(
        &self,
        request: Request<v1::RedeemLinkCodeRequest>,
    ) -> Result<Response<v1::RedeemLinkCodeResponse>, Status> {
        let bot = principal(&request)?;
        let wish = request.into_inner();
        let redeemed = self.identity.redeem_link_code(&bot, person(&wish.person)?, &wish.code).await;
        redeemed.map(|redeemed| Response::new(redeemed.into())).map_err(refuse)
    }

    async fn unlink(
        &self,
        request: Request<v1::UnlinkRequest>,
    ) -> Result<Response<v1::UnlinkResponse>, Status> {
        let principal = principal(&request)?;
        if principal.credential.kind != CredentialKind::Link {
            let error = "this call came through no link; end one with `micro link remove ID`";
            return Err(refuse(Error::new(Code::FailedPrecondition, error)));
        }
        let (actor, id) = (Actor::from(&principal), &principal.credential.id);
        let ended = self.identity.remove_link(actor, &principal.account_id, id).await.map_err(refuse)?;
        Ok(Response::new(v1::UnlinkResponse { link: Some(ended.into()) }))
    }

    async fn list_links(
        &self,
        request: Request<v1::ListLinksRequest>,
    ) -> Result<Response<v1::ListLinksResponse>, Status> {
        let principal = principal(&request)?;
        let links = self.identity.links(&principal.account_id).await.map_err(refuse)?;
        Ok(Response::new(v1::ListLinksResponse { links: links.into_iter().map(Into::into).collect() }))
    }

    async fn remove_link(
        &self,
        request: Request<v1::RemoveLinkRequest>,
    ) -> Result<Response<v1::RemoveLinkResponse>, Status> {
        let principal = principal(&request)?;
        let id = request.into_inner().id;
        let actor = Actor::from(&principal);
        let ended = self.identity.remove_link(actor, &principal.account_id, &id).await.map_err(refuse)?;
        Ok(Response::new(v1::RemoveLinkResponse { link: Some(ended.into()) }))
    }
}
