//! The gateway in front of real gRPC servers.

#![expect(clippy::unwrap_used, reason = "tests")]

mod api;
mod following;
mod forwarding;
mod service;

use self::service::Server;
use crate::deadline::Deadline;
use crate::testing;
use crate::{Body, Failure, Gateway, Options};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use micro_domain::Error;
use micro_domain::catalog::{Address, Catalog, Instance, Service, Status};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};

const MESSAGE_MAX_BYTES: usize = 64 * 1024;
/// Longest wait for anything; only a broken test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway and what it follows.
struct World {
    gateway: Gateway,
    catalog: watch::Sender<Arc<Catalog>>,
    failures: mpsc::Receiver<Failure>,
    revocations: broadcast::Sender<String>,
    _database: micro_database::testing::TestDatabase,
}

fn instance(id: &str, address: &str) -> Instance {
    Instance {
        id: id.to_owned(),
        address: Address::Network(address.to_owned()),
        version: String::new(),
        status: Status::Up,
        since_ms: 0,
        reason: String::new(),
        lease_expires_ms: None,
        descriptors: None,
    }
}

fn service(name: &str, instances: Vec<Instance>) -> Service {
    Service { name: name.to_owned(), instances }
}

impl World {
    async fn new(services: Vec<Service>) -> Self {
        Self::allowing_loopback(services, true).await
    }

    async fn allowing_loopback(services: Vec<Service>, allow_loopback: bool) -> Self {
        let (catalog, followed) = watch::channel(Arc::new(Catalog { revision: 1, services }));
        let (failures, failed) = mpsc::channel(8);
        let (revocations, _) = broadcast::channel(8);
        let database = micro_database::testing::sqlite().await;
        let uploaded: Arc<[u8]> = testing::EVERYTHING.to_vec().into();
        let gateway = Gateway::start(Options {
            catalog: followed,
            descriptors: Arc::new(move |digest| (digest == "everything").then(|| Arc::clone(&uploaded))),
            failures,
            embedded: Vec::new(),
            platform: None,
            own_tokens: testing::own_tokens(),
            revocations: revocations.clone(),
            database: database.database.clone(),
            allow_loopback,
            message_max_bytes: MESSAGE_MAX_BYTES,
        });
        Self { gateway, catalog, failures: failed, revocations, _database: database }
    }

    /// Replaces the catalog.
    fn set(&self, services: Vec<Service>) {
        self.catalog.send_modify(|catalog| {
            *catalog = Arc::new(Catalog { revision: catalog.revision + 1, services });
        });
    }

    async fn call(&self, method: &str, headers: &[(&str, &str)], message: &[u8]) -> Result<Answer, Error> {
        let mut request = Request::post("/").header("content-type", "application/grpc");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::new(Full::new(service::framed(message)))).unwrap();
        let response = self.send(method, request, None).await?;
        Ok(Answer::read(response).await)
    }

    async fn send(
        &self,
        method: &str,
        request: Request<Body>,
        timeout: Option<Duration>,
    ) -> Result<Response<Body>, Error> {
        let me = testing::principal("me");
        let plan = self.gateway.route_named(Some(&me), "everything", method, None, None).await?;
        let deadline = Deadline::starting_now(plan.method.schema.is_unary(), timeout);
        let forwarded = self.gateway.forward(&plan, Some(&me), request, deadline);
        tokio::time::timeout(PATIENCE, forwarded).await.unwrap()
    }

    /// Waits until `fits` holds for the routing table.
    async fn until(&self, fits: impl Fn(&crate::table::Table) -> bool) {
        let mut changed = self.gateway.0.changed.subscribe();
        let waiting = async {
            while !fits(&self.gateway.table()) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap();
    }
}

/// A whole answer.
#[derive(Debug)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
    trailers: HeaderMap,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = tokio::time::timeout(PATIENCE, body.collect()).await.unwrap().unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_else(|| parts.headers.clone());
        Self { headers: parts.headers, trailers, body: collected.to_bytes() }
    }

    fn status(&self) -> &str {
        self.trailers["grpc-status"].to_str().unwrap()
    }

    fn message(&self) -> String {
        crate::status::read(&self.trailers).unwrap().message
    }
}

/// One service, `everything`, with these servers as its instances.
fn everything(servers: &[&Server]) -> Vec<Service> {
    let instances =
        servers.iter().enumerate().map(|(index, server)| instance(&format!("i{index}"), &server.address));
    vec![service("everything", instances.collect())]
}
