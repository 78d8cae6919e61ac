//! The way to one instance: a few HTTP/2 connections opened when first needed, or a call inside the process.

use crate::body::Outgoing;
use arc_swap::ArcSwapOption;
use http::{Request, Response, Uri, uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use micro_domain::Code;
use micro_domain::address::{HostPort, Malformed, Policy, Refusal};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tonic::service::Routes;
use tower::Service as _;

/// Connections per instance: all streams of one connection share a lock, so one would hold a busy core back.
const CONNECTIONS: usize = 4;
/// Calls under way for each connection in use: a quiet instance is called over one, which stays warm.
const CALLS_PER_CONNECTION: usize = 8;
/// Longest wait for a connection, name resolution and HTTP/2 preface included.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// How much of one stream may wait unread, in bytes.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// How much of one connection may wait unread, in bytes.
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Largest response headers and trailers, in bytes.
const HEADERS_MAX_BYTES: u32 = 64 * 1024;
/// A connection with open streams is pinged this often, so that a dead peer is noticed.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Why an instance cannot be connected to; nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("its address cannot be read")]
    Malformed(#[from] Malformed),
    #[error("its address is not allowed: {0}")]
    Refused(Refusal),
    #[error("its name does not resolve")]
    Resolve(#[source] std::io::Error),
    #[error("the connection failed: {}", .0.kind())]
    Connect(#[source] std::io::Error),
    #[error("it does not speak HTTP/2")]
    Handshake(#[source] hyper::Error),
    #[error("it did not accept a connection within 2 s")]
    Timeout,
}

/// Why a request that was on its way has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the connection broke before an answer came")]
    Broken(#[source] hyper::Error),
}

/// One instance's connections and how busy it is.
pub(crate) struct Upstream {
    in_flight: AtomicUsize,
    way: Way,
}

enum Way {
    InProcess(Routes),
    Network(Box<Connections>),
}

struct Connections {
    address: String,
    /// The address as requests carry it; none where it cannot be read.
    authority: Option<uri::Authority>,
    policy: Policy,
    slots: [Slot; CONNECTIONS],
}

#[derive(Default)]
struct Slot {
    open: ArcSwapOption<SendRequest<Outgoing>>,
    /// Held while opening, so that a burst opens one connection.
    opening: tokio::sync::Mutex<()>,
}

/// Counts one call in flight until it is dropped.
pub(crate) struct InFlight(Arc<Upstream>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection that takes one request.
pub(crate) enum Ready {
    InProcess(Routes),
    Network(SendRequest<Outgoing>, uri::Authority),
}

/// An answer's body before it is bounded.
pub(crate) enum Answered {
    InProcess(Response<crate::Body>),
    Network(Response<Incoming>),
}

impl Upstream {
    /// An instance inside this process.
    pub(crate) fn in_process(routes: Routes) -> Arc<Self> {
        // Prepared once, or every clone would build the router again.
        Arc::new(Self { in_flight: AtomicUsize::new(0), way: Way::InProcess(routes.prepare()) })
    }

    /// An instance at `host:port`; connects when first called.
    pub(crate) fn network(address: &str, policy: Policy) -> Arc<Self> {
        let slots = std::array::from_fn(|_| Slot::default());
        let connections =
            Connections { address: address.to_owned(), authority: address.parse().ok(), policy, slots };
        Arc::new(Self { in_flight: AtomicUsize::new(0), way: Way::Network(Box::new(connections)) })
    }

    /// Calls under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Counts a call from now on.
    pub(crate) fn enter(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    /// A connection that is open now.
    ///
    /// # Errors
    /// When none can be opened; nothing was sent, so the call may go elsewhere.
    pub(crate) async fn connect(&self) -> Result<Ready, ConnectError> {
        match &self.way {
            Way::InProcess(routes) => Ok(Ready::InProcess(routes.clone())),
            Way::Network(connections) => connections.ready(self.in_flight()).await,
        }
    }
}

impl Connections {
    /// A connection, chosen by the calls under way, this one included.
    async fn ready(&self, in_flight: usize) -> Result<Ready, ConnectError> {
        let slot = &self.slots[in_flight.saturating_sub(1) / CALLS_PER_CONNECTION % CONNECTIONS];
        let sender = match slot.usable() {
            Some(sender) => sender,
            None => self.open(slot).await?,
        };
        let authority = self.authority.clone().ok_or(Malformed::Host)?;
        Ok(Ready::Network(sender, authority))
    }

    async fn open(&self, slot: &Slot) -> Result<SendRequest<Outgoing>, ConnectError> {
        let opening = async {
            let _alone = slot.opening.lock().await;
            if let Some(sender) = slot.usable() {
                return Ok(sender);
            }
            let stream = self.dial().await?;
            let sender = handshake(stream).await?;
            slot.open.store(Some(Arc::new(sender.clone())));
            Ok(sender)
        };
        tokio::time::timeout(CONNECT_MAX, opening).await.unwrap_or(Err(ConnectError::Timeout))
    }

    /// Resolves the name once and connects to an address that passed the policy, never to the name again.
    async fn dial(&self) -> Result<TcpStream, ConnectError> {
        let address: HostPort = self.address.parse()?;
        let resolved: Vec<SocketAddr> = match address.literal() {
            Some(literal) => vec![literal],
            None => {
                let host = (address.host.to_string(), address.port);
                tokio::net::lookup_host(host).await.map_err(ConnectError::Resolve)?.collect()
            }
        };
        let admitted = self.policy.admit(&address.host, resolved).map_err(ConnectError::Refused)?;
        let stream = TcpStream::connect(admitted.as_slice()).await.map_err(ConnectError::Connect)?;
        stream.set_nodelay(true).map_err(ConnectError::Connect)?;
        Ok(stream)
    }
}

impl Slot {
    fn usable(&self) -> Option<SendRequest<Outgoing>> {
        let open = self.open.load();
        open.as_ref().filter(|sender| !sender.is_closed()).map(|sender| SendRequest::clone(sender))
    }
}

async fn handshake(stream: TcpStream) -> Result<SendRequest<Outgoing>, ConnectError> {
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(HEADERS_MAX_BYTES)
        .keep_alive_interval(PING_EVERY)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(ConnectError::Handshake)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "an upstream connection ended");
        }
    });
    Ok(sender)
}

impl Ready {
    /// Sends one request, whose URI is a path.
    ///
    /// # Errors
    /// When the connection broke before response headers came; [`SendError`] and, where nothing was sent, the request.
    pub(crate) async fn send(
        self,
        request: Request<Outgoing>,
    ) -> Result<Answered, (SendError, Option<Request<Outgoing>>)> {
        match self {
            Self::InProcess(mut routes) => {
                let Ok(response) = routes.call(request.map(crate::Body::new)).await;
                Ok(Answered::InProcess(response))
            }
            Self::Network(mut sender, authority) => {
                let request = absolute(request, authority);
                match sender.try_send_request(request).await {
                    Ok(response) => Ok(Answered::Network(response)),
                    Err(mut error) => {
                        let unsent = error.take_message();
                        Err((SendError::Broken(error.into_error()), unsent))
                    }
                }
            }
        }
    }
}

/// HTTP/2 needs a scheme and an authority.
fn absolute(mut request: Request<Outgoing>, authority: uri::Authority) -> Request<Outgoing> {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(uri::Scheme::HTTP);
    parts.authority = Some(authority);
    parts.path_and_query = request.uri().path_and_query().cloned();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// The code a stream reset by the upstream stands for; none where the connection itself broke.
pub(crate) fn reset_code(error: &(dyn std::error::Error + 'static)) -> Option<Code> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(h2) = error.downcast_ref::<h2::Error>() {
            return match h2.reason()? {
                _ if h2.is_io() || h2.is_go_away() => None,
                h2::Reason::REFUSED_STREAM => Some(Code::Unavailable),
                h2::Reason::CANCEL => Some(Code::Cancelled),
                h2::Reason::ENHANCE_YOUR_CALM => Some(Code::ResourceExhausted),
                h2::Reason::INADEQUATE_SECURITY => Some(Code::PermissionDenied),
                _ => Some(Code::Internal),
            };
        }
        cause = error.source();
    }
    None
}
