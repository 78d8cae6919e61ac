//! Which `Host` names this server answers to. A page of another site that rebinds its name to this address is refused.

use super::text;
use axum::{extract::Request, response::Response};
use http::{StatusCode, header};
use std::net::SocketAddr;
use url::Url;

/// The allow-list of hosts.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    /// Exact `host` or `host:port`, lower case.
    exact: Vec<String>,
}

impl Hosts {
    /// Localhost in its three spellings on any port, the listening address, and the public URL's host.
    pub(crate) fn new(listen: SocketAddr, public_url: &Url) -> Self {
        let mut exact = vec![listen.to_string()];
        if let Some(host) = public_url.host_str() {
            exact.push(host.to_lowercase());
            let port = public_url.port_or_known_default().unwrap_or(0);
            exact.push(format!("{}:{port}", host.to_lowercase()));
        }
        Self { exact }
    }

    /// Whether the request names a host this server answers to. A request without one is refused.
    pub(crate) fn allows(&self, request: &Request) -> bool {
        let authority = request.uri().authority().map(http::uri::Authority::as_str);
        let named = || request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
        authority.or_else(named).is_some_and(|host| self.holds(host))
    }

    fn holds(&self, host: &str) -> bool {
        is_localhost(host) || self.exact.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}

/// Whether `host`, with or without a port, is `localhost`, `127.0.0.1` or `[::1]`.
pub(crate) fn is_localhost(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "[::1]") || name.eq_ignore_ascii_case("localhost")
}

/// The answer to a host this server does not know.
pub(crate) fn misdirected() -> Response {
    text(
        StatusCode::MISDIRECTED_REQUEST,
        "This server does not answer to that host name. Start it with --public-url if it should.\n",
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn knows_localhost_its_address_and_its_public_name_alone() {
        let url = Url::parse("https://micro.example.com").unwrap();
        let hosts = Hosts::new("10.0.0.7:8080".parse().unwrap(), &url);
        for good in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:8080",
            "[::1]:3",
            "10.0.0.7:8080",
            "micro.example.com:443",
            "Micro.Example.com",
        ] {
            assert!(hosts.holds(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "10.0.0.7:81",
            "micro.example.com:81",
            "127.0.0.1.evil.example",
        ] {
            assert!(!hosts.holds(bad), "{bad}");
        }
    }
}
