//! Accounts and credentials.

use crate::{credential::Credentialed, error, incomplete};
use micro_domain::{
    Error,
    identity::{Account, NewToken, SignInLink, Token, Whoami},
};
use micro_proto::v1::{self, identity_service_client::IdentityServiceClient};
use prost_types::Duration;

/// Typed calls to identity.
#[derive(Clone)]
pub struct Identity {
    inner: IdentityServiceClient<Credentialed>,
}

impl Identity {
    pub(crate) fn new(service: Credentialed) -> Self {
        Self { inner: IdentityServiceClient::new(service) }
    }

    /// The account and credential behind this client.
    ///
    /// # Errors
    /// UNAUTHENTICATED without a valid credential.
    pub async fn whoami(&mut self) -> Result<Whoami, Error> {
        Ok(self.inner.who_am_i(v1::WhoAmIRequest {}).await.map_err(error)?.into_inner().into())
    }

    /// Makes an API token that lives `lifetime_ms` milliseconds, or the server's default.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a bad name or lifetime, ALREADY_EXISTS for a name in use.
    pub async fn create_token(&mut self, name: &str, lifetime_ms: Option<u64>) -> Result<NewToken, Error> {
        self.create(name, lifetime_ms, false).await
    }

    /// Makes a token for a bot, which calls on behalf of linked chat users: [`crate::Client::on_behalf_of`].
    ///
    /// # Errors
    /// Those of [`Identity::create_token`], and PERMISSION_DENIED for who owns nothing.
    pub async fn create_bot_token(
        &mut self,
        name: &str,
        lifetime_ms: Option<u64>,
    ) -> Result<NewToken, Error> {
        self.create(name, lifetime_ms, true).await
    }

    async fn create(&mut self, name: &str, lifetime_ms: Option<u64>, bot: bool) -> Result<NewToken, Error> {
        let lifetime = lifetime_ms.map(|ms| Duration {
            seconds: i64::try_from(ms / 1_000).unwrap_or(i64::MAX),
            nanos: i32::try_from(ms % 1_000 * 1_000_000).unwrap_or(0),
        });
        let request = v1::CreateTokenRequest { name: name.to_owned(), lifetime, bot };
        let answer = self.inner.create_token(request).await.map_err(error)?;
        Into::<Option<NewToken>>::into(answer.into_inner()).ok_or_else(|| incomplete("CreateToken"))
    }

    /// The caller's live tokens, oldest first.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn tokens(&mut self) -> Result<Vec<Token>, Error> {
        let answer = self.inner.list_tokens(v1::ListTokensRequest {}).await.map_err(error)?;
        Ok(answer.into_inner().tokens.into_iter().map(Into::into).collect())
    }

    /// Ends a token, named by id or name.
    ///
    /// # Errors
    /// NOT_FOUND.
    pub async fn revoke_token(&mut self, token: &str) -> Result<Token, Error> {
        let request = v1::RevokeTokenRequest { token: token.to_owned() };
        let answer = self.inner.revoke_token(request).await.map_err(error)?;
        answer.into_inner().token.map(Into::into).ok_or_else(|| incomplete("RevokeToken"))
    }

    /// A single-use code that signs the caller's browser in.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn sign_in_link(&mut self) -> Result<SignInLink, Error> {
        let answer = self.inner.create_sign_in_link(v1::CreateSignInLinkRequest {}).await.map_err(error)?;
        Ok(answer.into_inner().into())
    }

    /// Spends a sign-in code; needs no credential.
    ///
    /// # Errors
    /// UNAUTHENTICATED for a code that is unknown, used or expired, all alike.
    pub async fn redeem_sign_in_link(&mut self, code: &str) -> Result<Account, Error> {
        let request = v1::RedeemSignInLinkRequest { code: code.to_owned() };
        let answer = self.inner.redeem_sign_in_link(request).await.map_err(error)?.into_inner();
        Ok(Account { id: answer.account_id, name: answer.account })
    }
}
