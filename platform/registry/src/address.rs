//! Reading, resolving and connecting to addresses, under the policy every time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use micro_domain::Error;
use micro_domain::address::{Host, HostPort, Policy, Refusal};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longest wait for a name to resolve and a connection to open, together.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why there is no connection: a sentence people are shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the host name of {0} does not resolve")]
    Resolve(HostPort),
    #[error("{0} is not connected to: {1}")]
    Refusal(HostPort, Refusal),
    #[error("connection refused at {0}")]
    Refused(HostPort),
    #[error("{0} is unreachable")]
    Unreachable(HostPort),
    #[error("no connection to {0} within 1 s")]
    Timeout(HostPort),
    #[error("cannot connect to {0}")]
    Other(HostPort),
}

impl Failure {
    fn io(address: &HostPort, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused(address.clone()),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                Self::Unreachable(address.clone())
            }
            io::ErrorKind::TimedOut => Self::Timeout(address.clone()),
            _ => Self::Other(address.clone()),
        }
    }
}

/// Reads the address of a registration. A name that resolves only to refused addresses is refused at once; one that
/// does not resolve yet is accepted, as an instance that does not answer yet is.
pub(crate) async fn accept(text: &str, policy: Policy) -> Result<HostPort, Error> {
    let refuse =
        |why: String| Error::invalid(format!("the address is refused: {why}")).with_violation("address", why);
    let address: HostPort = text.parse().map_err(|malformed| {
        let malformed: micro_domain::address::Malformed = malformed;
        Error::invalid(format!("the address is not understood: {malformed}"))
            .with_violation("address", malformed.to_string())
    })?;
    policy.check_host(&address.host).map_err(|refusal| refuse(refusal.to_string()))?;
    match timeout(CONNECT_TIMEOUT, resolve(&address, policy)).await {
        Ok(Err(Failure::Refusal(_, refusal))) => Err(refuse(refusal.to_string())),
        Ok(Ok(_) | Err(_)) | Err(_) => Ok(address),
    }
}

/// The addresses to connect to now, all of them admitted by the policy.
async fn resolve(address: &HostPort, policy: Policy) -> Result<Vec<SocketAddr>, Failure> {
    let refused = |refusal| Failure::Refusal(address.clone(), refusal);
    match &address.host {
        Host::Ip(ip) => policy.admit(&address.host, [SocketAddr::new(*ip, address.port)]).map_err(refused),
        Host::Name(name) => {
            policy.check_host(&address.host).map_err(refused)?;
            let resolved = tokio::net::lookup_host((name.as_str(), address.port)).await;
            let resolved = resolved.map_err(|_| Failure::Resolve(address.clone()))?;
            policy.admit(&address.host, resolved).map_err(refused)
        }
    }
}

/// Connects to the first admitted address that answers.
pub(crate) async fn connect(address: &HostPort, policy: Policy) -> Result<TcpStream, Failure> {
    let attempt = async {
        let mut failure = Failure::Resolve(address.clone());
        for candidate in resolve(address, policy).await? {
            match TcpStream::connect(candidate).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = Failure::io(address, &error),
            }
        }
        Err(failure)
    };
    timeout(CONNECT_TIMEOUT, attempt).await.unwrap_or_else(|_| Err(Failure::Timeout(address.clone())))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const STRICT: Policy = Policy { allow_loopback: false };
    const LOCAL: Policy = Policy { allow_loopback: true };

    #[tokio::test]
    async fn refused_addresses_are_refused_by_field() {
        for text in [
            "nonsense",
            "0.0.0.0:80",
            "127.0.0.1:80",
            "localhost:80",
            "[fe80::1]:80",
            "metadata.google.internal:80",
        ] {
            let error = accept(text, STRICT).await.unwrap_err();
            assert_eq!(error.code, micro_domain::Code::InvalidArgument, "{text}");
            assert_eq!(error.violations[0].field, "address", "{text}");
        }
        assert_eq!(accept("LOCALHOST:80", LOCAL).await.unwrap().to_string(), "localhost:80");
        assert_eq!(accept("nowhere.invalid:80", STRICT).await.unwrap().to_string(), "nowhere.invalid:80");
    }

    #[tokio::test]
    async fn s10_the_policy_holds_at_every_connect() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: HostPort = listener.local_addr().unwrap().to_string().parse().unwrap();
        assert!(connect(&address, LOCAL).await.is_ok());
        let failure = connect(&address, STRICT).await.unwrap_err();
        assert!(matches!(failure, Failure::Refusal(_, Refusal::Loopback)), "{failure}");
        drop(listener);
        let failure = connect(&address, LOCAL).await.unwrap_err();
        assert_eq!(failure.to_string(), format!("connection refused at {address}"));
    }
}
