//! How requests reach the platform: a tower service, in this process or over HTTP/2.

use http::{Request, Response};
use micro_domain::Error;
use std::time::Duration;
use tonic::{body::Body, transport::Endpoint};
use tower::{ServiceExt as _, util::BoxCloneSyncService};

/// Why a request did not reach the platform.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The platform as a service of HTTP requests.
pub type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// Longest wait for a connection, in seconds.
const CONNECT_TIMEOUT_S: u64 = 5;
/// How often an open connection is probed, so that a dead server ends a stream, in seconds.
const KEEP_ALIVE_S: u64 = 20;

/// A transport to the server at `url`.
///
/// # Errors
/// INVALID_ARGUMENT when `url` is no http or https address.
pub(crate) fn channel(url: &str) -> Result<Transport, Error> {
    let bad = |why: &str| {
        Error::invalid(format!(
            "`{url}` is not a Micro server's address ({why}). Write it like http://127.0.0.1:8080."
        ))
    };
    let mut endpoint =
        Endpoint::from_shared(url.trim_end_matches('/').to_owned()).map_err(|_| bad("not a URL"))?;
    match endpoint.uri().scheme_str() {
        Some("https") => {
            let tls = tonic::transport::ClientTlsConfig::new().with_native_roots();
            endpoint = endpoint.tls_config(tls).map_err(|_| bad("TLS is not available"))?;
        }
        Some("http") => {}
        _ => return Err(bad("neither http nor https")),
    }
    let channel = endpoint
        .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT_S))
        .http2_keep_alive_interval(Duration::from_secs(KEEP_ALIVE_S))
        .keep_alive_while_idle(false)
        .connect_lazy();
    Ok(BoxCloneSyncService::new(channel.map_err(BoxError::from)))
}
