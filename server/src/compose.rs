//! Makes every subsystem and joins them through handles: the only place that knows them all.

use crate::{Config, Error, Ready, edge, owner, web};
use axum::Router;
use micro_client::{BoxError, Client, Transport};
use micro_database::Database;
use micro_domain::{address::Policy, call::MESSAGE_MAX_BYTES};
use micro_gateway::Gateway;
use micro_identity::{Actor, Identity};
use micro_registry::Registry;
use micro_services::{Base, Storage};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::{ServiceBuilder, ServiceExt as _, service_fn, util::BoxCloneSyncService};
use url::Url;

/// Failed calls waiting to be reported to the registry; further ones are dropped, since each only hastens a check.
const FAILURES_MAX: usize = 256;

/// A server, ready to serve.
pub(crate) struct Composed {
    pub(crate) edge: edge::Edge,
    pub(crate) ready: Ready,
    pub(crate) platform: Platform,
}

/// What must be put in order before the process ends.
pub(crate) struct Platform {
    database: Database,
    identity: Identity,
}

impl Platform {
    /// Writes down what is kept back and closes the database.
    pub(crate) async fn close(self) {
        if let Err(error) = self.identity.flush().await {
            tracing::warn!(%error, "the last uses of tokens were not written down");
        }
        if let Err(error) = self.database.close().await {
            tracing::warn!(%error, "the database did not close cleanly; nothing acknowledged is lost");
        }
    }
}

/// Makes the server that will listen on `address`.
pub(crate) async fn compose(
    config: &Config,
    address: SocketAddr,
    stopping: CancellationToken,
) -> Result<Composed, Error> {
    let public_url = public_url(config, address)?;
    // Before anything is made: a configuration that is wrong changes nothing.
    let (slack, discord) = (config.chat.slack()?, config.chat.discord()?);
    owner::prepare(&config.data)?;
    let database = match &config.database {
        Some(location) => Database::open(&micro_database::Options::parse(location)?).await?,
        None => Database::open(&micro_database::Options::in_folder(&config.data)).await?,
    };
    let bases = micro_services::all(micro_services::Options {
        storage: storage(&database),
        public_url: public_url.as_str().trim_end_matches('/').to_owned(),
    });
    let identity = identity(&database, config, &bases).await?;
    // Loopback services are this machine's own; they may be called from it, or where the operator says so.
    let policy = Policy { allow_loopback: address.ip().is_loopback() || config.allow_loopback_upstreams };
    let registry = registry(&database, &identity, policy, &bases).await?;
    let (gateway, platform) = gateway(&database, &identity, &registry, policy, bases);
    let client = Client::in_process(platform.clone());
    let owner_token = owner::token(&config.data, &identity).await?;
    let link =
        identity.create_sign_in_link(Actor::server(), &identity.owner().id).await.map_err(Error::Identity)?;
    let url = public_url.as_str().trim_end_matches('/').to_owned();
    let sign_in = format!("{url}{}?code={}", micro_app::routes::LOGIN, link.code.reveal());
    let bot = match (&slack, &discord) {
        (None, None) => None,
        _ => {
            let client = bot_client(platform, &identity);
            let options = micro_bot::Options { slack, discord, client, public_url: url.clone() };
            Some(micro_bot::Bot::start(options, stopping.clone())?)
        }
    };
    let browser = web::router(web::Web {
        client,
        identity: identity.clone(),
        gateway: gateway.clone(),
        public_url: url.as_str().into(),
        assets: web::locate_assets(),
        options: web::leptos_options(),
        database: database.clone(),
        stopping,
        bot,
    });
    let hosts = Arc::new(edge::host::Hosts::new(address, &public_url));
    let edge = edge::Edge { hosts, identity: identity.clone(), gateway, browser };
    let ready = Ready { address, url, sign_in, owner_token };
    Ok(Composed { edge, ready, platform: Platform { database, identity } })
}

fn public_url(config: &Config, address: SocketAddr) -> Result<Url, Error> {
    let text = config.public_url.clone().unwrap_or_else(|| format!("http://{}", owner::reachable(address)));
    let url = Url::parse(&text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    url.ok_or(Error::PublicUrl(text))
}

async fn identity(database: &Database, config: &Config, bases: &[Base]) -> Result<Identity, Error> {
    let options = micro_identity::Options {
        platform_services: bases.iter().map(|base| base.name.to_owned()).collect(),
        ..micro_identity::Options::new(database.clone(), &config.owner_name)
    };
    Identity::start(options).await.map_err(|error| Error::Identity(error.into()))
}

/// The base services keep their data through the database's one writer.
fn storage(database: &Database) -> Storage {
    let writer = database.clone();
    Storage::new(database.read().clone(), move |statement| {
        let database = writer.clone();
        Box::pin(async move {
            let write = database.write(move |transaction| {
                Box::pin(async move {
                    use sea_orm::ConnectionTrait as _;
                    Ok(transaction.execute_raw(statement).await?.rows_affected())
                })
            });
            write.await.map_err(|error: micro_database::Error| error.into())
        })
    })
}

async fn registry(
    database: &Database,
    identity: &Identity,
    policy: Policy,
    bases: &[Base],
) -> Result<Registry, Error> {
    let embedded = bases.iter().map(|base| micro_registry::Embedded {
        name: base.name.to_owned(),
        version: base.version.to_owned(),
        descriptors: Arc::from(base.descriptors.as_ref()),
    });
    let options = micro_registry::Options {
        database: database.clone(),
        policy,
        embedded: embedded.collect(),
        revocations: identity.revocations(),
    };
    Registry::start(options).await.map_err(|error| Error::Registry(error.into()))
}

/// The backend as this server's own bot: the gate lets it ask for links, and speak for people who are linked.
fn bot_client(platform: Transport, identity: &Identity) -> Client {
    let principal = identity.bot_principal();
    let transport = platform.map_request(move |mut request: http::Request<tonic::body::Body>| {
        request.extensions_mut().insert(principal.clone());
        request
    });
    Client::in_process(BoxCloneSyncService::new(transport))
}

fn own_tokens(identity: &Identity) -> micro_gateway::OwnTokens {
    let identity = identity.clone();
    Arc::new(move |principal, token_id| {
        let identity = identity.clone();
        Box::pin(async move { identity.as_token(&principal, &token_id).await })
    })
}

/// The gateway, and the platform's whole API behind its one gate.
///
/// The API holds the gateway's own service and the gateway answers the API on every wire protocol, so the one that is
/// made first reaches the other through a cell that is filled before anything is served.
fn gateway(
    database: &Database,
    identity: &Identity,
    registry: &Registry,
    policy: Policy,
    bases: Vec<Base>,
) -> (Gateway, Transport) {
    let cell: Arc<OnceLock<Transport>> = Arc::default();
    let (failures, failed) = mpsc::channel(FAILURES_MAX);
    report_failures(registry.clone(), failed);
    let finder = registry.clone();
    let gateway = Gateway::start(micro_gateway::Options {
        catalog: registry.catalog(),
        descriptors: Arc::new(move |digest| finder.descriptors(digest)),
        failures,
        embedded: bases.into_iter().map(embedded).collect(),
        platform: Some((late_routes(&cell), micro_proto::DESCRIPTORS.into())),
        own_tokens: own_tokens(identity),
        revocations: identity.revocations(),
        database: database.clone(),
        allow_loopback: policy.allow_loopback,
        message_max_bytes: MESSAGE_MAX_BYTES,
    });
    let routes = Routes::new(identity.service())
        .add_service(identity.chat_service())
        .add_service(identity.team_service())
        .add_service(identity.invite_service())
        .add_service(registry.grpc())
        .add_service(gateway.grpc())
        .prepare();
    let gated = ServiceBuilder::new().layer(identity.layer()).service(routes);
    let transport: Transport = ServiceBuilder::new()
        .layer_fn(BoxCloneSyncService::new)
        .map_err(|never: Infallible| -> BoxError { match never {} })
        .map_request(|request: http::Request<tonic::body::Body>| request)
        .service(gated);
    // Nothing else fills the cell.
    let _ = cell.set(transport.clone());
    (gateway, transport)
}

fn embedded(base: Base) -> micro_gateway::Embedded {
    micro_gateway::Embedded {
        name: base.name.to_owned(),
        version: base.version.to_owned(),
        routes: base.routes,
        descriptors: base.descriptors,
    }
}

/// Routes that answer through what the cell holds by the time they are called.
fn late_routes(cell: &Arc<OnceLock<Transport>>) -> Routes {
    let cell = Arc::clone(cell);
    let answer = service_fn(move |request: axum::extract::Request| {
        let transport = cell.get().cloned();
        async move {
            let Some(transport) = transport else {
                return Ok(tonic::Status::unavailable("The server is starting.").into_http());
            };
            match transport.oneshot(request.map(tonic::body::Body::new)).await {
                Ok(response) => Ok::<_, Infallible>(response.map(axum::body::Body::new)),
                Err(error) => {
                    tracing::error!(%error, "the platform's own API failed");
                    Ok(tonic::Status::internal("The platform failed.").into_http())
                }
            }
        }
    });
    Routes::from(Router::new().fallback_service(answer))
}

fn report_failures(registry: Registry, mut failed: mpsc::Receiver<micro_gateway::Failure>) {
    tokio::spawn(async move {
        while let Some(failure) = failed.recv().await {
            registry.report_failure(&failure.instance_id, &failure.reason);
        }
    });
}
