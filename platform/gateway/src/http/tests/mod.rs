//! Every protocol through [`Gateway::handle`], in front of a service on the network, one inside the process, and Micro's
//! own API.
#![expect(clippy::unwrap_used, reason = "tests")]

mod connect;
mod grpc;
mod json;
mod own;
mod service;
mod web;

use self::service::{Echo, Note, note, refusal};
use crate::{Body, Embedded, Gateway, Options};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use micro_domain::access::{Access, Policy};
use micro_domain::catalog::{Address, Catalog, Instance, Service, Status};
use micro_domain::identity::{CredentialKind, CredentialRef, Principal};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};
use tonic::service::Routes;

/// The largest message in these tests.
const MESSAGE_MAX_BYTES: usize = 64 * 1024;
/// Longest wait for anything; only a broken test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway and what it follows.
struct World {
    gateway: Gateway,
    catalog: watch::Sender<Arc<Catalog>>,
    revocations: broadcast::Sender<String>,
    _failures: mpsc::Receiver<crate::Failure>,
    _database: micro_database::testing::TestDatabase,
}

fn descriptors() -> Bytes {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/http/tests");
    let mut compiler = protox::Compiler::new([folder]).unwrap();
    compiler.include_imports(true).include_source_info(true).open_file("echo.proto").unwrap();
    compiler.encode_file_descriptor_set().into()
}

fn instance(id: &str, address: Address, digest: Option<&str>) -> Instance {
    Instance {
        id: id.to_owned(),
        address,
        version: String::new(),
        status: Status::Up,
        since_ms: 0,
        reason: String::new(),
        lease_expires_ms: None,
        descriptors: digest.map(str::to_owned),
    }
}

/// Starts the service on a port of its own and gives its address.
async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
    tokio::spawn(
        tonic::transport::Server::builder().add_service(Echo::<false>).serve_with_incoming(incoming),
    );
    address
}

impl World {
    /// `echo` on the network; `inside`, which offers the same, in the process where `both`.
    async fn new(both: bool) -> Self {
        let echo = instance("e1", Address::Network(serve().await), Some("digest"));
        let mut services = vec![Service { name: "echo".to_owned(), instances: vec![echo] }];
        if both {
            let inside = instance("i1", Address::InProcess, None);
            services.push(Service { name: "inside".to_owned(), instances: vec![inside] });
        }
        Self::with(services).await
    }

    /// `inside` alone.
    async fn inside() -> Self {
        let inside = instance("i1", Address::InProcess, None);
        Self::with(vec![Service { name: "inside".to_owned(), instances: vec![inside] }]).await
    }

    async fn with(services: Vec<Service>) -> Self {
        let (catalog, followed) = watch::channel(Arc::new(Catalog { revision: 1, services }));
        let (failures, failed) = mpsc::channel(8);
        let (revocations, _) = broadcast::channel(8);
        let uploaded: Arc<[u8]> = descriptors().to_vec().into();
        let database = micro_database::testing::sqlite().await;
        let embedded = Embedded {
            name: "inside".to_owned(),
            version: String::new(),
            routes: Routes::new(Echo::<false>),
            descriptors: descriptors(),
        };
        let gateway = Gateway::start(Options {
            catalog: followed,
            descriptors: Arc::new(move |digest| (digest == "digest").then(|| Arc::clone(&uploaded))),
            failures,
            embedded: vec![embedded],
            platform: Some((Routes::new(Echo::<true>), Bytes::from_static(micro_proto::DESCRIPTORS))),
            own_tokens: crate::testing::own_tokens(),
            revocations: revocations.clone(),
            database: database.database.clone(),
            allow_loopback: true,
            message_max_bytes: MESSAGE_MAX_BYTES,
        });
        Self { gateway, catalog, revocations, _failures: failed, _database: database }
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        tokio::time::timeout(PATIENCE, self.gateway.handle(request, Some(principal()))).await.unwrap()
    }

    /// Sends a body and reads the whole answer.
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::new(Full::new(body.into()))).unwrap();
        Answer::read(self.send(request).await).await
    }

    async fn post_json(&self, path: &str, body: &str) -> Answer {
        self.post(path, &[("content-type", "application/json")], body.to_owned()).await
    }
}

fn principal() -> Principal {
    Principal {
        account_id: "a1".to_owned(),
        account: "ann".to_owned(),
        access: Access::new(Policy::alone("a1")),
        credential: CredentialRef {
            kind: CredentialKind::Token,
            id: "c1".to_owned(),
            name: "laptop".to_owned(),
        },
    }
}

/// A whole answer.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = tokio::time::timeout(PATIENCE, body.collect()).await.unwrap().unwrap();
        let trailers = body.trailers().cloned();
        Self { status: parts.status, headers: parts.headers, body: body.to_bytes(), trailers }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// A body that is sent piece by piece.
fn growing() -> (mpsc::Sender<Bytes>, Body) {
    let (sender, receiver) = mpsc::channel::<Bytes>(4);
    let stream =
        tokio_stream::StreamExt::map(tokio_stream::wrappers::ReceiverStream::new(receiver), |chunk| {
            Ok::<_, tonic::Status>(http_body::Frame::data(chunk))
        });
    (sender, Body::new(http_body_util::StreamBody::new(stream)))
}

/// The next piece of an answer.
async fn piece(body: &mut Body) -> Option<Bytes> {
    let frame = tokio::time::timeout(PATIENCE, body.frame()).await.unwrap()?;
    frame.unwrap().into_data().ok()
}
