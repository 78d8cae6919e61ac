//! Puts the client's credential, and whom it calls for, on every request.

use crate::transport::{BoxError, Transport};
use http::{HeaderName, HeaderValue, Request, Response, header::AUTHORIZATION};
use micro_domain::{
    chat::{CHAT_USER_HEADER, Person},
    identity::Credential,
};
use std::task::{Context, Poll};
use tonic::body::Body;
use tower::Service;

const CHAT_USER: HeaderName = HeaderName::from_static(CHAT_USER_HEADER);

/// A [`Transport`] whose requests carry one credential.
#[derive(Clone)]
pub(crate) struct Credentialed {
    transport: Transport,
    header: Option<HeaderValue>,
    person: Option<HeaderValue>,
}

impl Credentialed {
    pub(crate) fn new(
        transport: Transport,
        credential: Option<&Credential>,
        person: Option<&Person>,
    ) -> Self {
        let text = credential.map(|credential| match credential {
            Credential::Token(secret) => format!("Bearer {}", secret.reveal()),
            Credential::Session(secret) => format!("Session {}", secret.reveal()),
        });
        // A credential with bytes a header cannot hold is no credential; the server then answers how to get one.
        let header = text.and_then(|text| HeaderValue::try_from(text).ok()).map(|mut value| {
            value.set_sensitive(true);
            value
        });
        // Ids of chat users are letters, digits, `-` and `_`.
        let person = person.and_then(|person| HeaderValue::try_from(person.to_string()).ok());
        Self { transport, header, person }
    }
}

impl Service<Request<Body>> for Credentialed {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = <Transport as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.transport.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(header) = &self.header {
            request.headers_mut().insert(AUTHORIZATION, header.clone());
        }
        if let Some(person) = &self.person {
            request.headers_mut().insert(CHAT_USER, person.clone());
        }
        self.transport.call(request)
    }
}
