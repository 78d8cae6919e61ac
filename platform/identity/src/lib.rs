//! Who is asking: accounts, API tokens, browser sessions, sign-in links and linked chat users, and the gate that refuses
//! everybody else.
//!
//! [`Identity::start`] opens it. [`Identity::layer`] is the gate in front of the platform's gRPC methods,
//! [`Identity::resolve_bearer`] and [`Identity::resolve_session`] are for edges that speak something else, and
//! [`Identity::service`] and [`Identity::chat_service`] are `micro.v1`'s.

mod account;
mod audit;
mod authorize;
mod chat_grpc;
mod entity;
mod error;
mod grpc;
mod invite;
mod link;
mod link_request;
mod local;
mod password;
mod policy;
mod resolve;
mod secret;
pub mod session;
mod sign_in;
mod team;
mod team_grpc;
#[cfg(test)]
mod tests;
mod token;
mod upkeep;

pub use authorize::{Authorize, AuthorizeLayer};
pub use chat_grpc::ChatGrpc;
pub use error::Error;
pub use grpc::Grpc;
pub use invite::SUBMISSIONS_PER_HOUR;
pub use link::LINKS_MAX;
pub use link_request::{ATTEMPTS_MAX, REQUEST_LIFETIME_MS, REQUESTS_MAX};
pub use local::LOCAL_TOKEN_NAME;
pub use password::PASSWORD_MIN;
pub use sign_in::CODE_LIFETIME_MS;
pub use team_grpc::TeamGrpc;
pub use token::{LIFETIME_DEFAULT_MS, LIFETIME_MAX_MS, TOKENS_MAX};

use authorize::HOW_TO;
use micro_database::Database;
use micro_domain::identity::{
    Account, CredentialKind, CredentialRef, NewToken, Principal, SignInLink, Token,
};
use micro_domain::{Code, access::Access};
use micro_proto::v1::{
    chat_service_server::ChatServiceServer, identity_service_server::IdentityServiceServer,
    invite_service_server::InviteServiceServer, team_service_server::TeamServiceServer,
};
use resolve::{By, Resolved, Resolver, lock};
use secret::Kind;
use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::sync::broadcast;

/// Tells the time in milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Revocations a slow listener may be behind before it misses some; it then checks its principals anew.
const REVOCATIONS_MAX: usize = 1_024;
/// Largest request to identity, in bytes.
const REQUEST_MAX_BYTES: usize = 16 * 1024;

/// What identity needs to start.
#[derive(Clone)]
pub struct Options {
    /// Where accounts and credentials are kept.
    pub database: Database,
    /// The owner's name, should there be no owner yet; an unusable one becomes `owner`.
    pub owner_name: String,
    /// The clock that decides what has expired; tests move it.
    pub clock: Clock,
    /// The names of the platform's own services, which every member of a team may call.
    pub platform_services: HashSet<String>,
}

impl Options {
    /// Options with the system's clock.
    #[must_use]
    pub fn new(database: Database, owner_name: impl Into<String>) -> Self {
        Self {
            database,
            owner_name: owner_name.into(),
            clock: Arc::new(micro_domain::clock::now_ms),
            platform_services: HashSet::new(),
        }
    }
}

/// Who does something, for the audit log.
#[derive(Debug, Clone)]
pub struct Actor {
    account_id: Option<String>,
    credential_id: Option<String>,
}

impl Actor {
    /// The server itself, as at its start.
    #[must_use]
    pub fn server() -> Self {
        Self { account_id: None, credential_id: None }
    }

    fn account(id: &str) -> Self {
        Self { account_id: Some(id.to_owned()), credential_id: None }
    }

    fn new(account_id: Option<String>, credential_id: String) -> Self {
        Self { account_id, credential_id: Some(credential_id) }
    }
}

impl From<&Principal> for Actor {
    fn from(principal: &Principal) -> Self {
        Self {
            account_id: Some(principal.account_id.clone()),
            credential_id: Some(principal.credential.id.clone()),
        }
    }
}

/// A handle to identity; clones share everything.
#[derive(Clone)]
pub struct Identity {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    clock: Clock,
    owner: Account,
    access: Access,
    platform_services: Arc<HashSet<String>>,
    /// Held while the policy is read and published.
    publishing: tokio::sync::Mutex<()>,
    resolver: Resolver,
    passwords: password::Passwords,
    revocations: broadcast::Sender<String>,
    failures: Mutex<sign_in::Failures>,
    invite_failures: Mutex<sign_in::Failures>,
}

impl Inner {
    fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// A token or session ended: nothing resolves it any more, and what was opened with it is told.
    fn ended(&self, hash: &[u8], credential_id: &str) {
        self.resolver.forget(hash);
        self.announce(credential_id);
    }

    /// What was opened with a credential is told that it ended.
    fn announce(&self, credential_id: &str) {
        // Nobody listening is fine: then nothing is open.
        let _ = self.revocations.send(credential_id.to_owned());
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Identity")
    }
}

impl Identity {
    /// Opens identity, creating the owner on the first start.
    ///
    /// # Errors
    ///
    /// When the database fails or the system gives no random numbers.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let Options { database, owner_name, clock, platform_services } = options;
        let owner = account::ensure_owner(&database, &owner_name, clock()).await?;
        let access = Access::default();
        let inner = Arc::new(Inner {
            resolver: Resolver::new(database.clone(), Arc::clone(&clock), access.clone()),
            database,
            clock,
            owner,
            access,
            platform_services: Arc::new(platform_services),
            publishing: tokio::sync::Mutex::default(),
            passwords: password::Passwords::default(),
            revocations: broadcast::Sender::new(REVOCATIONS_MAX),
            failures: Mutex::default(),
            invite_failures: Mutex::default(),
        });
        inner.publish_policy().await?;
        tokio::spawn(upkeep::run(Arc::downgrade(&inner)));
        if inner.database.is_shared() {
            tokio::spawn(policy::follow(Arc::downgrade(&inner)));
        }
        Ok(Self { inner })
    }

    /// The account that owns the server.
    #[must_use]
    pub fn owner(&self) -> &Account {
        &self.inner.owner
    }

    /// `micro.v1.IdentityService`, to be put behind [`Identity::layer`].
    #[must_use]
    pub fn service(&self) -> IdentityServiceServer<Grpc> {
        IdentityServiceServer::new(Grpc::new(self.clone())).max_decoding_message_size(REQUEST_MAX_BYTES)
    }

    /// `micro.v1.ChatService`, to be put behind [`Identity::layer`].
    #[must_use]
    pub fn chat_service(&self) -> ChatServiceServer<ChatGrpc> {
        ChatServiceServer::new(ChatGrpc::new(self.clone())).max_decoding_message_size(REQUEST_MAX_BYTES)
    }

    /// `micro.v1.TeamService`, to be put behind [`Identity::layer`].
    #[must_use]
    pub fn team_service(&self) -> TeamServiceServer<TeamGrpc> {
        TeamServiceServer::new(TeamGrpc::new(self.clone())).max_decoding_message_size(REQUEST_MAX_BYTES)
    }

    /// `micro.v1.InviteService`, to be put behind [`Identity::layer`].
    #[must_use]
    pub fn invite_service(&self) -> InviteServiceServer<TeamGrpc> {
        InviteServiceServer::new(TeamGrpc::new(self.clone())).max_decoding_message_size(REQUEST_MAX_BYTES)
    }

    /// The gate in front of the platform's gRPC methods.
    #[must_use]
    pub fn layer(&self) -> AuthorizeLayer {
        AuthorizeLayer::new(self.clone())
    }

    /// What tower-sessions keeps its sessions in. A session signs in the account whose id its data hold under
    /// [`session::ACCOUNT_KEY`].
    #[must_use]
    pub fn session_store(&self) -> session::Store {
        session::Store::new(Arc::clone(&self.inner))
    }

    /// The ids of credentials that end before their time, as they do. A receiver that lagged checks everything anew.
    #[must_use]
    pub fn revocations(&self) -> broadcast::Sender<String> {
        self.inner.revocations.clone()
    }

    /// The principal an `authorization` header's value, `Bearer mu_pat_...` or `Bearer mu_bot_...`, proves.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED, saying whether the header is malformed or the token unknown or expired, and how to get another.
    pub async fn resolve_bearer(&self, header_value: &str) -> Result<Principal, micro_domain::Error> {
        let refuse = |why: &str| Err(micro_domain::Error::unauthenticated(format!("{why}. {HOW_TO}")));
        let token = header_value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, token)) = token else {
            return refuse("the `authorization` header is not `Bearer TOKEN`");
        };
        let kinds = [(Kind::Member, CredentialKind::Token), (Kind::Bot, CredentialKind::Bot)];
        let parse = |(kind, credential)| Some((credential, secret::parse(kind, token)?));
        let Some((kind, hash)) = kinds.into_iter().find_map(parse) else {
            return refuse("the token is malformed: it was cut, mistyped, or is no token of Micro");
        };
        match self.inner.resolver.resolve(By::Secret(kind, &hash)).await? {
            Resolved::Live(principal) => Ok(principal),
            Resolved::Expired => refuse("the token has expired"),
            Resolved::Unknown => refuse("the token is unknown here, or was revoked"),
        }
    }

    /// The principal behind a browser session's id, as its cookie holds it; none where it has ended or signs nobody in.
    pub async fn resolve_session(&self, session_id: &str) -> Option<Principal> {
        let hash = session::parse(session_id)?;
        match self.inner.resolver.resolve(By::Secret(CredentialKind::Session, &hash)).await {
            Ok(Resolved::Live(principal)) => Some(principal),
            Ok(Resolved::Expired | Resolved::Unknown) => None,
            Err(error) => {
                // Converting logs the cause; the caller is a stranger then.
                let _ = micro_domain::Error::from(error);
                None
            }
        }
    }

    /// Makes a token for an account, living `lifetime_ms` or [`LIFETIME_DEFAULT_MS`].
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT for the name or lifetime, ALREADY_EXISTS for a name in use, RESOURCE_EXHAUSTED at
    /// [`TOKENS_MAX`].
    pub async fn create_token(
        &self,
        actor: Actor,
        account_id: &str,
        name: &str,
        lifetime_ms: Option<u64>,
    ) -> Result<NewToken, micro_domain::Error> {
        self.create(actor, token::Wish::new(account_id, name, lifetime_ms)?).await
    }

    /// Makes a token for a bot of an account, which must be an owner's: it speaks for whoever is linked.
    ///
    /// # Errors
    ///
    /// Those of [`Identity::create_token`].
    pub async fn create_bot_token(
        &self,
        actor: Actor,
        account_id: &str,
        name: &str,
        lifetime_ms: Option<u64>,
    ) -> Result<NewToken, micro_domain::Error> {
        let wish = token::Wish::new(account_id, name, lifetime_ms)?;
        self.create(actor, token::Wish { bot: true, ..wish }).await
    }

    async fn create(&self, actor: Actor, wish: token::Wish) -> Result<NewToken, micro_domain::Error> {
        let now_ms = self.inner.now_ms();
        let made =
            self.inner.database.write(move |txn| Box::pin(token::create(txn, actor, wish, now_ms))).await;
        made.map_err(|error: Error| error.into())
    }

    /// Who calls as one of the principal's own live tokens. Only somebody who signed in may: a token must not reach beyond
    /// itself by naming another.
    ///
    /// # Errors
    /// PERMISSION_DENIED for who is not signed in and for a bot's token, NOT_FOUND where the account has no such live one.
    pub async fn as_token(
        &self,
        principal: &Principal,
        token_id: &str,
    ) -> Result<Principal, micro_domain::Error> {
        if principal.credential.kind != CredentialKind::Session {
            let error = "only a signed-in browser calls as a token; send the token itself instead";
            return Err(micro_domain::Error::new(Code::PermissionDenied, error));
        }
        let tokens = self.tokens(&principal.account_id).await?;
        let token = tokens.into_iter().find(|token| token.id == token_id);
        let token = token.ok_or_else(|| token::not_found(token_id))?;
        if token.bot {
            let error = format!("`{}` is a bot's token, which calls no services", token.name);
            return Err(micro_domain::Error::new(Code::PermissionDenied, error));
        }
        let credential = CredentialRef { kind: CredentialKind::Token, id: token.id, name: token.name };
        Ok(Principal { credential, ..principal.clone() })
    }

    /// The live tokens of an account, oldest first.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn tokens(&self, account_id: &str) -> Result<Vec<Token>, micro_domain::Error> {
        self.inner.resolver.flush().await?;
        Ok(token::list(self.inner.database.read(), account_id, self.inner.now_ms()).await?)
    }

    /// Revokes an account's token, named by id or name; it is refused from then on, and what it opened is told.
    ///
    /// # Errors
    ///
    /// NOT_FOUND.
    pub async fn revoke_token(
        &self,
        actor: Actor,
        account_id: &str,
        id_or_name: &str,
    ) -> Result<Token, micro_domain::Error> {
        let now_ms = self.inner.now_ms();
        let (account_id, wanted) = (account_id.to_owned(), id_or_name.to_owned());
        let revoked = self.inner.database.write(move |txn| {
            Box::pin(async move { token::revoke(txn, actor, &account_id, &wanted, now_ms).await })
        });
        let revoked = revoked.await.map_err(|error: Error| micro_domain::Error::from(error))?;
        let revoked = revoked.ok_or_else(|| token::not_found(id_or_name))?;
        self.inner.ended(&revoked.hash, &revoked.token.id);
        Ok(revoked.token)
    }

    /// Makes a code that signs one browser in as the account, once, within [`CODE_LIFETIME_MS`].
    ///
    /// # Errors
    ///
    /// RESOURCE_EXHAUSTED when too many are unused.
    pub async fn create_sign_in_link(
        &self,
        actor: Actor,
        account_id: &str,
    ) -> Result<SignInLink, micro_domain::Error> {
        let (account_id, now_ms) = (account_id.to_owned(), self.inner.now_ms());
        let made = self
            .inner
            .database
            .write(move |txn| Box::pin(sign_in::create(txn, actor, account_id, now_ms)))
            .await;
        made.map_err(|error: Error| error.into())
    }

    /// Spends a sign-in code.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED for a code that is unknown, spent or expired, all alike; RESOURCE_EXHAUSTED for further ones
    /// after too many of those. A good code works all the same, so that no stranger can keep the owner out.
    pub async fn redeem_sign_in_code(&self, code: &str) -> Result<Account, micro_domain::Error> {
        let exhausted = lock(&self.inner.failures).exhausted(Instant::now());
        if let Some(account) = self.redeem(code, exhausted).await? {
            return Ok(account);
        }
        if exhausted {
            return Err(sign_in::too_many());
        }
        lock(&self.inner.failures).add(Instant::now());
        Err(sign_in::refusal())
    }

    async fn redeem(&self, code: &str, exhausted: bool) -> Result<Option<Account>, Error> {
        let Some(hash) = secret::parse(Kind::SignIn, code) else { return Ok(None) };
        let (database, now_ms) = (&self.inner.database, self.inner.now_ms());
        // After too many failures a bad code costs one read: no transaction and no audit row.
        if exhausted && !sign_in::is_good(database.read(), hash, now_ms).await? {
            return Ok(None);
        }
        database.write(move |txn| Box::pin(sign_in::redeem(txn, hash, now_ms))).await
    }

    /// An account's browser sessions, last used first.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn sessions(&self, account_id: &str) -> Result<Vec<session::Session>, micro_domain::Error> {
        self.inner.resolver.flush().await?;
        Ok(session::list(&self.inner, account_id).await?)
    }

    /// Ends one of an account's browser sessions, named by its [`session::Session::id`].
    ///
    /// # Errors
    ///
    /// NOT_FOUND.
    pub async fn revoke_session(
        &self,
        actor: Actor,
        account_id: &str,
        id: &str,
    ) -> Result<(), micro_domain::Error> {
        let now_ms = self.inner.now_ms();
        let (account_id, id) = (account_id.to_owned(), id.to_owned());
        let ended = self
            .inner
            .database
            .write(move |txn| Box::pin(session::revoke(txn, actor, account_id, id, now_ms)))
            .await
            .map_err(|error: Error| micro_domain::Error::from(error))?
            .ok_or_else(|| micro_domain::Error::not_found("no such session of yours"))?;
        self.inner.ended(&ended.hash, &ended.id);
        Ok(())
    }

    /// Writes down what is kept back for a minute, such as when tokens were last used: for an orderly end.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn flush(&self) -> Result<(), micro_domain::Error> {
        Ok(self.inner.resolver.flush().await?)
    }
}
