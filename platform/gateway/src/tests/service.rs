//! A real gRPC server that offers `everything.v1.Everything`, frames in, frames out.

use crate::testing::EVERYTHING;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::body::Body;
use tonic::service::Routes;

/// Which reflection a server offers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reflects {
    V1,
    V1Alpha,
    Nothing,
}

/// A running server in a runtime of its own; dropping it breaks its connections, as a killed process does.
pub(super) struct Server {
    pub(super) address: String,
    pub(super) calls: Arc<AtomicUsize>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    pub(super) async fn start(reflects: Reflects) -> Self {
        Self::at("127.0.0.1:0", reflects, false).await
    }

    /// Answers UNAVAILABLE to every call.
    pub(super) async fn refusing() -> Self {
        Self::at("127.0.0.1:0", Reflects::V1, true).await
    }

    pub(super) async fn at(address: &str, reflects: Reflects, refuses: bool) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let calls = Arc::new(AtomicUsize::new(0));
        let everything = Everything { calls: Arc::clone(&calls), refuses };
        let builder = || {
            tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(&EVERYTHING)
        };
        let routes = Routes::new(everything);
        let routes = match reflects {
            Reflects::V1 => routes.add_service(builder().build_v1().unwrap()),
            Reflects::V1Alpha => routes.add_service(builder().build_v1alpha().unwrap()),
            Reflects::Nothing => routes,
        };
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            let incoming = TcpListenerStream::new(listener);
            tonic::transport::Server::builder()
                .add_routes(routes)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        });
        Self { address, calls, runtime: Some(runtime) }
    }
}

/// The service itself, below any generated code.
#[derive(Clone)]
pub(super) struct Everything {
    pub(super) calls: Arc<AtomicUsize>,
    pub(super) refuses: bool,
}

impl tonic::server::NamedService for Everything {
    const NAME: &'static str = "everything.v1.Everything";
}

impl tower::Service<Request<Body>> for Everything {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.refuses {
            return std::future::ready(Ok(refusal()));
        }
        let (parts, body) = request.into_parts();
        let (out, receiver) = mpsc::channel(8);
        let method = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        tokio::spawn(answer(method, body, out));
        let mut response = Response::new(Body::new(StreamBody::new(ReceiverStream::new(receiver))));
        response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
        for (name, value) in &parts.headers {
            // So that tests see what arrived.
            if let Ok(name) = format!("seen-{name}").parse::<HeaderName>() {
                response.headers_mut().append(name, value.clone());
            }
        }
        std::future::ready(Ok(response))
    }
}

fn refusal() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("grpc-status", HeaderValue::from_static("14"));
    response
}

type Out = mpsc::Sender<Result<Frame<Bytes>, Infallible>>;

async fn answer(method: String, mut body: Body, out: Out) {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    trailers.insert("x-trailer", HeaderValue::from_static("last"));
    match method.as_str() {
        "Never" => return std::future::pending().await,
        "Chat" => {
            while let Some(Ok(frame)) = body.frame().await {
                if out.send(Ok(frame)).await.is_err() {
                    return;
                }
            }
        }
        "Fail" => {
            let retry = tonic_types::ErrorDetails::with_retry_info(Some(std::time::Duration::from_secs(3)));
            let status = <tonic::Status as tonic_types::StatusExt>::with_error_details(
                tonic::Code::NotFound,
                "no such thing ☃",
                retry,
            );
            trailers = HeaderMap::new();
            status.add_header(&mut trailers).unwrap();
        }
        _ => {
            let whole = body.collect().await.unwrap().to_bytes();
            for _ in 0..if method == "List" { 3 } else { 1 } {
                out.send(Ok(Frame::data(whole.clone()))).await.unwrap();
            }
        }
    }
    let _ = out.send(Ok(Frame::trailers(trailers))).await;
}

/// One message as a frame.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_u8(0);
    out.put_u32(u32::try_from(message.len()).unwrap());
    out.put(message);
    out.freeze()
}
