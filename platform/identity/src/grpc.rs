//! `micro.v1.IdentityService`: wire messages in, domain calls, wire messages out. The gate of
//! [`crate::AuthorizeLayer`] has put the principal into the request.

use crate::{Actor, Identity};
use micro_domain::{Code, Error, identity::Principal};
use micro_proto::{
    error::to_status,
    v1::{self, identity_service_server},
};
use tonic::{Request, Response, Status};

/// The gRPC side of [`Identity`].
#[derive(Clone, Debug)]
pub struct Grpc {
    identity: Identity,
}

impl Grpc {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity }
    }
}

/// Who asks. Without the gate in front nobody does, and nothing is allowed.
pub(crate) fn principal<T>(request: &Request<T>) -> Result<Principal, Status> {
    let principal = request.extensions().get::<Principal>().cloned();
    principal.ok_or_else(|| refuse(Error::unauthenticated("this needs a credential")))
}

pub(crate) fn refuse(error: Error) -> Status {
    to_status(&error)
}

/// A lifetime in milliseconds; one below zero reads as 0, which is refused as out of range.
pub(crate) fn lifetime_ms(lifetime: prost_types::Duration) -> u64 {
    let ms = lifetime.seconds.saturating_mul(1_000).saturating_add(i64::from(lifetime.nanos) / 1_000_000);
    u64::try_from(ms).unwrap_or(0)
}

#[tonic::async_trait]
impl identity_service_server::IdentityService for Grpc {
    async fn who_am_i(
        &self,
        request: Request<v1::WhoAmIRequest>,
    ) -> Result<Response<v1::WhoAmIResponse>, Status> {
        Ok(Response::new((&principal(&request)?).into()))
    }

    async fn create_token(
        &self,
        request: Request<v1::CreateTokenRequest>,
    ) -> Result<Response<v1::CreateTokenResponse>, Status> {
        let principal = principal(&request)?;
        let wish = request.into_inner();
        let lifetime = wish.lifetime.map(lifetime_ms);
        let actor = Actor::from(&principal);
        let made = if wish.bot {
            if !principal.manages_platform() {
                return Err(refuse(Error::new(Code::PermissionDenied, "only an owner makes a bot's token")));
            }
            self.identity.create_bot_token(actor, &principal.account_id, &wish.name, lifetime).await
        } else {
            self.identity.create_token(actor, &principal.account_id, &wish.name, lifetime).await
        };
        made.map(|made| Response::new(made.into())).map_err(refuse)
    }

    async fn list_tokens(
        &self,
        request: Request<v1::ListTokensRequest>,
    ) -> Result<Response<v1::ListTokensResponse>, Status> {
        let principal = principal(&request)?;
        let tokens = self.identity.tokens(&principal.account_id).await.map_err(refuse)?;
        Ok(Response::new(v1::ListTokensResponse { tokens: tokens.into_iter().map(Into::into).collect() }))
    }

    async fn revoke_token(
        &self,
        request: Request<v1::RevokeTokenRequest>,
    ) -> Result<Response<v1::RevokeTokenResponse>, Status> {
        let principal = principal(&request)?;
        let token = request.into_inner().token;
        let actor = Actor::from(&principal);
        let revoked =
            self.identity.revoke_token(actor, &principal.account_id, &token).await.map_err(refuse)?;
        Ok(Response::new(v1::RevokeTokenResponse { token: Some(revoked.into()) }))
    }

    async fn create_sign_in_link(
        &self,
        request: Request<v1::CreateSignInLinkRequest>,
    ) -> Result<Response<v1::CreateSignInLinkResponse>, Status> {
        let principal = principal(&request)?;
        let link = self.identity.create_sign_in_link(Actor::from(&principal), &principal.account_id).await;
        link.map(|link| Response::new(link.into())).map_err(refuse)
    }

    async fn redeem_sign_in_link(
        &self,
        request: Request<v1::RedeemSignInLinkRequest>,
    ) -> Result<Response<v1::RedeemSignInLinkResponse>, Status> {
        let account = self.identity.redeem_sign_in_code(&request.into_inner().code).await.map_err(refuse)?;
        Ok(Response::new(v1::RedeemSignInLinkResponse { account_id: account.id, account: account.name }))
    }
}
