//! The one gate in front of the platform's gRPC methods: finds out who asks, and for whom, and refuses what they may not
//! do. A method without a declared permission, and a path that is no method, goes no further.

use crate::Identity;
use http::{HeaderMap, Request, Response, header::AUTHORIZATION};
use micro_domain::{
    Code, Error,
    chat::{CHAT_USER_HEADER, Person, UNLINKED},
    identity::{CredentialKind, Permission, Principal},
};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use tonic::body::Body;
use tower::{Layer, Service};

/// How to get a credential, at the end of every refusal for the lack of one.
pub(crate) const HOW_TO: &str = "Sign in with `micro login`, or make a token with `micro token create NAME` and send it \
     as `authorization: Bearer mu_pat_...`.";

/// Puts the gate in front of a service.
#[derive(Clone, Debug)]
pub struct AuthorizeLayer {
    identity: Identity,
}

impl AuthorizeLayer {
    pub(crate) fn new(identity: Identity) -> Self {
        Self { identity }
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize { identity: self.identity.clone(), inner }
    }
}

/// A service behind the gate.
#[derive(Clone, Debug)]
pub struct Authorize<S> {
    identity: Identity,
    inner: S,
}

impl<S, B> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The ready one is used, and its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let identity = self.identity.clone();
        Box::pin(async move {
            let known = request.extensions_mut().remove::<Principal>();
            match authorize(&identity, request.uri().path(), request.headers(), known).await {
                Ok(principal) => {
                    if let Some(principal) = principal {
                        request.extensions_mut().insert(principal);
                    }
                    inner.call(request).await
                }
                Err(error) => Ok(micro_proto::error::to_status(&error).into_http()),
            }
        })
    }
}

/// The principal to call the method at `path` as; none for a stranger at a public one.
///
/// `known` is the principal an outer layer of this process found already.
async fn authorize(
    identity: &Identity,
    path: &str,
    headers: &HeaderMap,
    known: Option<Principal>,
) -> Result<Option<Principal>, Error> {
    let Some(permission) = micro_proto::permission_of(path) else {
        return Err(Error::new(Code::PermissionDenied, "this is no method of Micro, or one nobody may call"));
    };
    let caller = match known {
        Some(principal) => Ok(Some(principal)),
        None => resolve(identity, headers).await,
    };
    let public = permission == Permission::Public;
    // A credential that is no longer good must not keep anybody from the way in.
    let caller = if public { caller.unwrap_or_default() } else { caller? };
    match caller {
        Some(caller) => {
            let acting = acting(identity, permission, headers, caller).await?;
            if acting.may(permission, None) { Ok(Some(acting)) } else { Err(refusal(permission, &acting)) }
        }
        None if public => Ok(None),
        None => Err(Error::unauthenticated(format!("this needs a credential. {HOW_TO}"))),
    }
}

/// Whom the caller acts as: itself, or, where a bot names a chat user, the account that user is linked to at this moment.
async fn acting(
    identity: &Identity,
    permission: Permission,
    headers: &HeaderMap,
    caller: Principal,
) -> Result<Principal, Error> {
    let Some(person) = chat_user(headers) else { return Ok(caller) };
    if caller.credential.kind != CredentialKind::Bot {
        let error = format!("only a bot calls for a chat user: `{CHAT_USER_HEADER}` needs a bot's token");
        return Err(Error::new(Code::PermissionDenied, error));
    }
    let person = person?;
    if matches!(permission, Permission::Bot | Permission::Public) {
        return Ok(caller);
    }
    identity.resolve_link(&person).await?.ok_or_else(|| Error::unauthenticated(UNLINKED))
}

/// The chat user a bot calls for, if it names one.
fn chat_user(headers: &HeaderMap) -> Option<Result<Person, Error>> {
    let mut values = headers.get_all(CHAT_USER_HEADER).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return Some(Err(Error::invalid(format!(
            "the request names several chat users in `{CHAT_USER_HEADER}`"
        ))));
    }
    let person = value.to_str().unwrap_or_default().parse();
    Some(person.map_err(|error: Error| Error::invalid(format!("`{CHAT_USER_HEADER}`: {}", error.message))))
}

fn refusal(permission: Permission, principal: &Principal) -> Error {
    let message = match (principal.credential.kind, permission) {
        (CredentialKind::Bot, _) => format!(
            "a bot's token alone may not do this; name the chat user it is done for in `{CHAT_USER_HEADER}`"
        ),
        (_, Permission::Bot) => {
            "only a bot may do this; `micro token create NAME --bot` makes its token".to_owned()
        }
        (CredentialKind::Link, _) => {
            "this cannot be done from chat; use the dashboard or the terminal".to_owned()
        }
        _ => format!("the account `{}` may not do this", principal.account),
    };
    Error::new(Code::PermissionDenied, message)
}

/// The principal the `authorization` header proves; none without that header.
async fn resolve(identity: &Identity, headers: &HeaderMap) -> Result<Option<Principal>, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::unauthenticated(format!(
            "the request has several `authorization` headers. {HOW_TO}"
        )));
    }
    let value = value.to_str().unwrap_or_default();
    match value.strip_prefix("Session ") {
        Some(id) => match identity.resolve_session(id).await {
            Some(principal) => Ok(Some(principal)),
            None => Err(Error::unauthenticated("the browser's session has ended; sign in again")),
        },
        None => identity.resolve_bearer(value).await.map(Some),
    }
}
