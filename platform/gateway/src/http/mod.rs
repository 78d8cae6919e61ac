//! The wire protocols: one address answers gRPC, gRPC-Web, Connect and plain JSON, for every registered service and for
//! Micro's own API, told apart by path and content type.
//!
//! Whatever the protocol, a call is routed and forwarded as gRPC. gRPC and gRPC-Web pass frames through undecoded;
//! Connect and `/v1` write and read the messages here.

mod connect;
mod exchange;
mod framing;
mod grpc;
mod grpc_web;
mod health;
mod incoming;
mod json;
mod metadata;
mod openapi;
mod own;
mod reflection;
mod status;
mod unary;

use self::connect::Kind;
use self::metadata::{media_type, text};
use self::status::WireError;
use crate::deadline::Deadline;
use crate::route::Plan;
use crate::{Body, Gateway};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use micro_domain::identity::Principal;
use micro_domain::{Code, Error};
use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

/// What calls by `/package.Service/Method` may be sent as.
const PROTOCOLS: &str = "application/grpc, application/grpc-web, application/grpc-web-text, application/json, \
                         application/proto, application/connect+json, application/connect+proto";

impl Gateway {
    /// Answers a request on the wire: `/{package.Service}/{Method}` in gRPC, gRPC-Web or Connect, `/v1/...` in JSON,
    /// `/v1/openapi.json`. `principal` is who sent it, where a credential was given and checked.
    ///
    /// Never fails: what goes wrong is told in the protocol the request spoke.
    pub async fn handle(&self, request: Request<Body>, principal: Option<Principal>) -> Response<Body> {
        let principal = principal.as_ref();
        let path = request.uri().path();
        // Boxed: together these are some 30 kB, which the server would copy several times on every request.
        if path == openapi::PATH {
            return Box::pin(openapi::serve(self, request.method(), principal)).await;
        }
        if path.starts_with(json::PREFIX) {
            return Box::pin(json::serve(self, request, principal)).await;
        }
        if crate::headers::is_grpc(request.headers()) {
            return Box::pin(grpc::serve(self, request, principal)).await;
        }
        Box::pin(self.handle_other(request, principal)).await
    }

    async fn handle_other(&self, request: Request<Body>, principal: Option<&Principal>) -> Response<Body> {
        if request.method() == Method::GET && request.uri().query().is_some() {
            return Box::pin(connect::serve_get(self, request, principal)).await;
        }
        if request.method() != Method::POST {
            let error = format!("{} calls nothing; methods are called with POST", request.method());
            let error = Error::new(Code::Unimplemented, error);
            return WireError::with_http(error, StatusCode::METHOD_NOT_ALLOWED).into_response(None);
        }
        let media_type = media_type(request.headers());
        match (Kind::of(&media_type), media_type.as_str()) {
            (Some(kind), _) => Box::pin(connect::serve(self, request, principal, kind)).await,
            (
                None,
                "application/grpc-web"
                | "application/grpc-web+proto"
                | "application/grpc-web-text"
                | "application/grpc-web-text+proto",
            ) => Box::pin(grpc_web::serve(self, request, principal, &media_type)).await,
            (None, other) => {
                let what = if other.is_empty() {
                    "a body without a content type".to_owned()
                } else {
                    format!("`{other}`")
                };
                let error = format!("{what} is not understood here; send one of {PROTOCOLS}");
                let error = Error::new(Code::InvalidArgument, error);
                WireError::with_http(error, StatusCode::UNSUPPORTED_MEDIA_TYPE).into_response(None)
            }
        }
    }

    /// The largest message in either direction, in bytes.
    fn message_max_bytes(&self) -> usize {
        self.0.message_max_bytes
    }

    /// The method at a path of gRPC's form.
    ///
    /// # Errors
    /// NOT_FOUND for a path of another form; what [`Gateway::route_grpc`] says for one that names no method.
    async fn open(
        &self,
        path: &str,
        headers: &HeaderMap,
        principal: Option<&Principal>,
    ) -> Result<Route, Error> {
        let (service, method) = names(path)?;
        if let Some(own) = own::find(service, method) {
            return Ok(Route::Own(own?));
        }
        let (name, version) = (text(headers, "micro-service"), text(headers, "micro-version"));
        Ok(Route::Service(self.route_grpc(principal, service, method, name, version).await?))
    }

    /// Makes a call whose request is gRPC's.
    async fn send(
        &self,
        route: &Route,
        principal: Option<&Principal>,
        mut request: Request<Body>,
        deadline: Deadline,
    ) -> Result<Response<Body>, Error> {
        // What it says was checked before; inside, some schemes mean more than they do on the wire.
        request.headers_mut().remove(header::AUTHORIZATION);
        match route {
            Route::Service(plan) => self.forward(plan, principal, request, deadline).await,
            Route::Own(method) => Ok(Box::pin(self.answer_own(method, principal, request, deadline)).await),
        }
    }

    /// Answers a call of health or reflection.
    async fn answer_own(
        &self,
        method: &MethodDescriptor,
        principal: Option<&Principal>,
        request: Request<Body>,
        deadline: Deadline,
    ) -> Response<Body> {
        let limits = own::Limits::new(self, principal, deadline);
        let answered = if method.parent_service().full_name() == own::HEALTH {
            health::serve(self, method.name(), principal, request.into_body(), limits).await
        } else {
            reflection::serve(self, principal, request, limits).await
        };
        answered.unwrap_or_else(|error| error.into_grpc(http::HeaderValue::from_static("application/grpc")))
    }
}

/// The gRPC service and method of `/package.Service/Method`.
fn names(path: &str) -> Result<(&str, &str), Error> {
    let named = path.strip_prefix('/').and_then(|path| path.split_once('/'));
    match named {
        Some((service, method)) if !service.is_empty() && !method.is_empty() && !method.contains('/') => {
            Ok((service, method))
        }
        _ => Err(Error::not_found(format!(
            "there is nothing at `{path}`; call a method at /{{package.Service}}/{{Method}} or /v1/{{service}}/{{method}}"
        ))),
    }
}

/// What answers a call.
enum Route {
    /// A service of the catalog, or Micro's own API.
    Service(Plan),
    /// Micro itself: health and reflection.
    Own(MethodDescriptor),
}

impl Route {
    /// The deadline of a call that starts now and asks for `asked`.
    fn deadline(&self, asked: Option<std::time::Duration>) -> Deadline {
        Deadline::starting_now(!self.client_streaming() && !self.server_streaming(), asked)
    }

    fn input(&self) -> MessageDescriptor {
        match self {
            Self::Service(plan) => plan.method.input.clone(),
            Self::Own(method) => method.input(),
        }
    }

    fn output(&self) -> MessageDescriptor {
        match self {
            Self::Service(plan) => plan.method.output.clone(),
            Self::Own(method) => method.output(),
        }
    }

    fn client_streaming(&self) -> bool {
        match self {
            Self::Service(plan) => plan.method.schema.client_streaming,
            Self::Own(method) => method.is_client_streaming(),
        }
    }

    fn server_streaming(&self) -> bool {
        match self {
            Self::Service(plan) => plan.method.schema.server_streaming,
            Self::Own(method) => method.is_server_streaming(),
        }
    }

    /// Declared to change nothing.
    fn read_only(&self) -> bool {
        matches!(self, Self::Service(plan) if plan.method.schema.read_only)
    }

    /// The types its errors may use.
    fn pool(&self) -> DescriptorPool {
        self.output().parent_pool().clone()
    }
}

#[cfg(test)]
mod tests;
