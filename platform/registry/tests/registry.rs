//! The registry as its neighbours use it: real databases, real gRPC servers, and waiting only on conditions.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use micro_database::{Database, audit, testing};
use micro_domain::access::{self, Access};
use micro_domain::address::Policy;
use micro_domain::catalog::{Address, Catalog, Instance, Registration, Status};
use micro_domain::identity::{CredentialKind, CredentialRef, Principal};
use micro_domain::{Code, Error as Refusal};
use micro_proto::v1;
use micro_proto::v1::registry_service_client::RegistryServiceClient;
use micro_proto::v1::watch_services_response::Change;
use micro_registry::{Embedded, Error, Options, Registry};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Longest wait for anything: far above what is expected, so that only a defect reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

fn owner() -> Principal {
    Principal {
        account_id: "account-1".to_owned(),
        account: "owner".to_owned(),
        access: Access::new(access::Policy::alone("account-1")),
        credential: CredentialRef {
            kind: CredentialKind::Token,
            id: "token-1".to_owned(),
            name: "test".to_owned(),
        },
    }
}

async fn start_with(database: &Database, revocations: &broadcast::Sender<String>) -> Registry {
    let embedded = Embedded {
        name: "helloworld".to_owned(),
        version: "1".to_owned(),
        descriptors: Arc::from(micro_proto::DESCRIPTORS),
    };
    let options = Options {
        database: database.clone(),
        policy: Policy { allow_loopback: true },
        embedded: vec![embedded],
        revocations: revocations.clone(),
    };
    Registry::start(options).await.unwrap()
}

async fn start(database: &Database) -> Registry {
    start_with(database, &broadcast::channel(16).0).await
}

fn registration(service: &str, address: impl ToString) -> Registration {
    Registration {
        service: service.to_owned(),
        version: String::new(),
        address: address.to_string(),
        ttl_ms: None,
        descriptors: None,
    }
}

/// Waits until the catalog fulfils `condition`.
async fn until(
    catalog: &mut watch::Receiver<Arc<Catalog>>,
    condition: impl Fn(&Catalog) -> bool,
) -> Arc<Catalog> {
    let waiting = catalog.wait_for(|catalog| condition(catalog));
    let found = tokio::time::timeout(PATIENCE, waiting).await;
    found.unwrap().unwrap().clone()
}

async fn until_status(
    catalog: &mut watch::Receiver<Arc<Catalog>>,
    service: &str,
    status: Status,
) -> Instance {
    let reached =
        |catalog: &Catalog| catalog.service(service).is_some_and(|service| service.status() == status);
    until(catalog, reached).await.service(service).unwrap().instances[0].clone()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    result.unwrap_err().into()
}

/// A gRPC server with the health service, in a runtime of its own so that its connections can die with it.
struct Upstream {
    address: SocketAddr,
    health: HealthReporter,
    runtime: Runtime,
}

impl Upstream {
    fn start(address: SocketAddr) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (health, service) = tonic_health::server::health_reporter();
        runtime.spawn(async move {
            let incoming = TcpListenerStream::new(TcpListener::from_std(listener).unwrap());
            Server::builder().add_service(service).serve_with_incoming(incoming).await.unwrap();
        });
        Self { address, health, runtime }
    }

    fn kill(self) {
        self.runtime.shutdown_background();
    }
}

fn anywhere() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[tokio::test]
async fn an_instance_is_shown_as_it_comes_goes_and_returns() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let mut catalog = registry.catalog();
    let upstream = Upstream::start(anywhere());
    let address = upstream.address;
    let id = registry.register(&owner(), registration("greeter", address)).await.unwrap().instance_id;
    let up = until_status(&mut catalog, "greeter", Status::Up).await;
    assert_eq!((up.id.as_str(), up.reason.as_str()), (id.as_str(), ""));

    upstream.health.set_service_status("", ServingStatus::NotServing).await;
    registry.report_failure(&id, "the call failed");
    let failing = until_status(&mut catalog, "greeter", Status::Failing).await;
    assert_eq!(failing.reason, "says NOT_SERVING");
    assert!(failing.since_ms >= up.since_ms);

    upstream.kill();
    let refused = format!("connection refused at {address}");
    let with_reason = |reason: &str, catalog: &Catalog| {
        catalog.service("greeter").is_some_and(|service| service.instances[0].reason == reason)
    };
    let down = until(&mut catalog, |catalog| with_reason(&refused, catalog)).await;
    assert_eq!(
        down.service("greeter").unwrap().instances[0].since_ms,
        failing.since_ms,
        "it fails all along"
    );

    let again = Upstream::start(address);
    until_status(&mut catalog, "greeter", Status::Up).await;
    again.kill();
    until_status(&mut catalog, "greeter", Status::Failing).await;
}

#[tokio::test]
async fn without_a_health_service_answering_is_enough() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let listener = TcpListener::bind(anywhere()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let other = registry.grpc();
    tokio::spawn(Server::builder().add_service(other).serve_with_incoming(TcpListenerStream::new(listener)));
    registry.register(&owner(), registration("plain", address)).await.unwrap();
    let up = until_status(&mut registry.catalog(), "plain", Status::Up).await;
    assert_eq!(up.reason, "accepts connections; it offers no gRPC health check");
}

#[tokio::test]
async fn a_lease_ends_with_its_holder() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let mut catalog = registry.catalog();
    let leased = Registration { ttl_ms: Some(1_000), ..registration("mortal", "127.0.0.1:9") };
    let registered = registry.register(&owner(), leased.clone()).await.unwrap();
    assert_eq!(registered.ttl_ms, Some(1_000));
    assert!(catalog.borrow().service("mortal").unwrap().instances[0].lease_expires_ms.is_some());
    assert_eq!(registry.renew(&owner(), &registered.instance_id).await.unwrap(), Duration::from_secs(1));
    until(&mut catalog, |catalog| catalog.service("mortal").is_none()).await;

    let late = refusal(registry.renew(&owner(), &registered.instance_id).await);
    assert_eq!(late.code, Code::NotFound);
    assert!(late.message.contains("register again"), "{late}");

    registry.register(&owner(), leased).await.unwrap();
    drop(registry);
    let again = start(&test.database).await;
    assert!(again.catalog().borrow().service("mortal").is_none(), "leases are only in memory");
}

#[tokio::test]
async fn static_registrations_survive_a_restart() {
    for test in testing::fresh().await {
        let registry = start(&test.database).await;
        let by = owner();
        let described = Registration {
            version: "1".to_owned(),
            descriptors: Some(micro_proto::DESCRIPTORS.to_vec()),
            ..registration("ledger", "127.0.0.1:9")
        };
        let id = registry.register(&by, described.clone()).await.unwrap().instance_id;
        let update = Registration { version: "2".to_owned(), ..described };
        assert_eq!(registry.register(&by, update).await.unwrap().instance_id, id, "the same address updates");
        registry.register(&by, registration("ledger", "[::1]:9")).await.unwrap();
        registry.register(&by, registration("brief", "127.0.0.1:9")).await.unwrap();
        assert_eq!(registry.deregister(&by, "brief", None).await.unwrap(), 1);
        drop(registry);

        test.database.close().await.unwrap();
        let database = Database::open(&test.options).await.unwrap();
        let registry = start(&database).await;
        let catalog = registry.catalog().borrow().clone();
        assert!(catalog.service("brief").is_none());
        let ledger = catalog.service("ledger").unwrap();
        assert_eq!(ledger.versions(), ["2"]);
        let addresses: Vec<_> = ledger.instances.iter().map(|it| it.address.to_string()).collect();
        assert_eq!(addresses, ["127.0.0.1:9", "[::1]:9"]);
        assert_eq!(ledger.instances[0].id, id);
        let digest = ledger.instances[0].descriptors.clone().unwrap();
        assert_eq!(registry.descriptors(&digest).as_deref(), Some(micro_proto::DESCRIPTORS));

        assert_eq!(registry.deregister(&by, "ledger", Some("[0::1]:9")).await.unwrap(), 1);
        let verdict = audit::verify(database.read()).await.unwrap();
        assert_eq!(verdict, audit::Verdict::Sound { rows: 6 }, "a row for each change");
    }
}

#[tokio::test]
async fn a_registration_may_turn_from_static_to_leased_and_back() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let by = owner();
    let fixed = registration("greeter", "127.0.0.1:9");
    let leased = Registration { ttl_ms: Some(3_600_000), ..fixed.clone() };
    let id = registry.register(&by, fixed.clone()).await.unwrap().instance_id;
    assert_eq!(refusal(registry.renew(&by, &id).await).code, Code::FailedPrecondition);
    assert_eq!(registry.register(&by, leased).await.unwrap().instance_id, id);
    let restarted = start(&test.database).await;
    assert!(restarted.catalog().borrow().service("greeter").is_none());
    assert_eq!(registry.register(&by, fixed).await.unwrap().instance_id, id);
    assert_eq!(refusal(registry.renew(&by, &id).await).code, Code::FailedPrecondition);
    let restarted = start(&test.database).await;
    assert_eq!(restarted.catalog().borrow().service("greeter").unwrap().instances[0].id, id);
}

#[tokio::test]
async fn what_may_not_be_is_refused() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let by = owner();
    let base = registry.catalog().borrow().service("helloworld").unwrap().instances[0].clone();
    assert_eq!((base.address, base.status), (Address::InProcess, Status::Up));
    assert!(registry.descriptors(&base.descriptors.unwrap()).is_some());

    let taken = registry.register(&by, registration("helloworld", "127.0.0.1:9")).await;
    assert_eq!(refusal(taken).code, Code::AlreadyExists);
    assert_eq!(refusal(registry.deregister(&by, "helloworld", None).await).code, Code::FailedPrecondition);
    let unknown = refusal(registry.deregister(&by, "helloword", None).await);
    assert_eq!(unknown.code, Code::NotFound);
    assert!(unknown.message.contains("did you mean `helloworld`?"), "{unknown}");
    registry.register(&by, registration("greeter", "127.0.0.1:9")).await.unwrap();
    let elsewhere = refusal(registry.deregister(&by, "greeter", Some("127.0.0.1:10")).await);
    assert!(elsewhere.code == Code::NotFound && elsewhere.message.contains("127.0.0.1:9"), "{elsewhere}");

    let fine = registration("greeter", "127.0.0.1:9");
    for (field, wrong) in [
        ("service", Registration { service: "micro".to_owned(), ..fine.clone() }),
        ("service", Registration { service: "no spaces".to_owned(), ..fine.clone() }),
        ("version", Registration { version: "1 2".to_owned(), ..fine.clone() }),
        ("address", Registration { address: "169.254.169.254:80".to_owned(), ..fine.clone() }),
        ("ttl", Registration { ttl_ms: Some(1), ..fine.clone() }),
        ("descriptors", Registration { descriptors: Some(b"nonsense".to_vec()), ..fine }),
    ] {
        let refused = refusal(registry.register(&by, wrong).await);
        assert_eq!((refused.code, refused.violations[0].field.as_str()), (Code::InvalidArgument, field));
    }
}

/// The gRPC edge, called in the process.
macro_rules! client {
    ($registry:expr) => {
        RegistryServiceClient::new($registry.grpc())
    };
}

fn signed<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(owner());
    request
}

#[tokio::test]
async fn s03_a_call_without_a_principal_is_answered_nothing() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let mut client = client!(registry);
    let codes = [
        client.list_services(v1::ListServicesRequest {}).await.map(drop),
        client.get_service(v1::GetServiceRequest { name: "helloworld".to_owned() }).await.map(drop),
        client.register(v1::RegisterRequest::default()).await.map(drop),
        client.renew(v1::RenewRequest::default()).await.map(drop),
        client.deregister(v1::DeregisterRequest::default()).await.map(drop),
        client.watch_services(v1::WatchServicesRequest::default()).await.map(drop),
    ]
    .map(|answer| answer.unwrap_err().code());
    assert_eq!(codes, [tonic::Code::Unauthenticated; 6]);
}

#[tokio::test]
async fn the_edge_registers_lists_and_removes() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let mut client = client!(registry);
    let ttl = Some(prost_types::Duration { seconds: 30, nanos: 0 });
    let request = v1::RegisterRequest {
        service: "greeter".to_owned(),
        address: "127.0.0.1:9".to_owned(),
        ttl,
        ..Default::default()
    };
    let registered = client.register(signed(request)).await.unwrap().into_inner();
    assert_eq!(registered.ttl, ttl);
    let renewal = v1::RenewRequest { instance_id: registered.instance_id.clone() };
    assert_eq!(client.renew(signed(renewal)).await.unwrap().into_inner().ttl, ttl);
    let listed = client.list_services(signed(v1::ListServicesRequest {})).await.unwrap().into_inner();
    assert_eq!(
        listed.services.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["greeter", "helloworld"]
    );
    let got = client.get_service(signed(v1::GetServiceRequest { name: "greeter".to_owned() })).await.unwrap();
    assert_eq!(got.into_inner().service.unwrap().instances[0].id, registered.instance_id);
    let missing =
        client.get_service(signed(v1::GetServiceRequest { name: "greter".to_owned() })).await.unwrap_err();
    assert!(missing.message().contains("did you mean `greeter`?"), "{missing}");
    let removal = v1::DeregisterRequest { service: "greeter".to_owned(), address: String::new() };
    assert_eq!(client.deregister(signed(removal)).await.unwrap().into_inner().removed, 1);
}

async fn next(stream: &mut tonic::Streaming<v1::WatchServicesResponse>) -> v1::WatchServicesResponse {
    tokio::time::timeout(PATIENCE, stream.message()).await.unwrap().unwrap().unwrap()
}

#[tokio::test]
async fn a_watch_begins_resumes_and_recovers_from_lagging() {
    let test = testing::sqlite().await;
    let registry = start(&test.database).await;
    let mut client = client!(registry);
    let watch = |revision| signed(v1::WatchServicesRequest { revision });
    let mut first = client.watch_services(watch(0)).await.unwrap().into_inner();
    let begin = next(&mut first).await;
    assert!(matches!(begin.change, Some(Change::Snapshot(snapshot)) if snapshot.services.len() == 1));
    // A port nobody listens on, and then only leases: nothing but the changes below moves the catalog for long.
    let leased = |version: usize| Registration {
        ttl_ms: Some(3_600_000),
        version: version.to_string(),
        ..registration("greeter", "127.0.0.1:9")
    };
    registry.register(&owner(), leased(0)).await.unwrap();
    let event = next(&mut first).await;
    assert!(event.revision > begin.revision);
    assert!(matches!(event.change, Some(Change::Upserted(service)) if service.name == "greeter"));

    let mut resumed = client.watch_services(watch(begin.revision)).await.unwrap().into_inner();
    assert!(
        matches!(next(&mut resumed).await.change, Some(Change::Upserted(service)) if service.name == "greeter")
    );

    for version in 1..=1_100 {
        registry.register(&owner(), leased(version)).await.unwrap();
    }
    let newest = registry.catalog().borrow().revision;
    let mut revision = event.revision;
    let mut snapshots = 0;
    while revision < newest {
        let event = next(&mut first).await;
        assert!(event.revision > revision, "revisions only grow");
        revision = event.revision;
        snapshots += usize::from(matches!(event.change, Some(Change::Snapshot(_))));
    }
    assert_eq!(snapshots, 1, "a watcher that lags gets one snapshot");
    let mut forgotten = client.watch_services(watch(begin.revision)).await.unwrap().into_inner();
    assert!(matches!(next(&mut forgotten).await.change, Some(Change::Snapshot(_))));
}

#[tokio::test]
async fn s07_a_revoked_credential_ends_its_watches() {
    let test = testing::sqlite().await;
    let (revocations, _) = broadcast::channel(16);
    let registry = start_with(&test.database, &revocations).await;
    let mut client = client!(registry);
    let request = signed(v1::WatchServicesRequest { revision: 0 });
    let mut stream = client.watch_services(request).await.unwrap().into_inner();
    next(&mut stream).await;
    revocations.send("somebody else's".to_owned()).unwrap();
    revocations.send("token-1".to_owned()).unwrap();
    let ended = tokio::time::timeout(PATIENCE, stream.message()).await.unwrap().unwrap_err();
    assert_eq!(ended.code(), tonic::Code::Unauthenticated);
}
