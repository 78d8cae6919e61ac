//! Asking instances how they are: gRPC health over a kept connection, for each instance at least every 5 s.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use micro_domain::address::{HostPort, Policy};
use micro_domain::catalog::Status;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tonic::codec::CompressionEncoding;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::address::{self, Failure};
use crate::connection::{Connection, Loss};
use crate::keeper::Command;

/// Longest time between the beginnings of two checks of an instance.
const PERIOD_MAX: Duration = Duration::from_secs(5);
/// Checks come up to this much earlier, so that instances registered together are not checked together.
const JITTER_MAX: Duration = Duration::from_secs(1);
/// Shortest time between the beginnings of two checks, however many calls fail.
const PERIOD_MIN: Duration = Duration::from_millis(100);
/// The same after a lost connection, since some servers close every one after its first answer.
const PERIOD_MIN_LOST: Duration = Duration::from_millis(500);
/// An instance that begins to fail is checked again this soon, then after twice the time, up to the usual: most are
/// only being restarted.
const PERIOD_FAILING: Duration = Duration::from_millis(500);
/// Longest wait for an answer to a check, the connection included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// Checks running at one moment, over all instances.
pub(crate) const CONCURRENT_MAX: usize = 64;
/// Largest answer to a check, in bytes; a real one takes two.
const ANSWER_MAX_BYTES: usize = 1_024;

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    /// One sentence; empty when there is nothing to say.
    pub(crate) reason: String,
}

impl Outcome {
    fn up(reason: &str) -> Self {
        Self { status: Status::Up, reason: reason.to_owned() }
    }

    fn failing(reason: impl Into<String>) -> Self {
        Self { status: Status::Failing, reason: reason.into() }
    }
}

/// What all checks share.
#[derive(Debug, Clone)]
pub(crate) struct Checks {
    pub(crate) policy: Policy,
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) outcomes: mpsc::Sender<Command>,
}

/// One instance's checks; dropping it ends them.
#[derive(Debug)]
pub(crate) struct Checker {
    due: Arc<Notify>,
    task: AbortHandle,
}

impl Checker {
    /// Begins with a check at once.
    pub(crate) fn start(checks: &Checks, id: String, address: HostPort) -> Self {
        let due = Arc::new(Notify::new());
        let probe = Probe::new(address, checks.policy);
        let task = tokio::spawn(run(checks.clone(), id, probe, Arc::clone(&due))).abort_handle();
        Self { due, task }
    }

    /// Asks for a check now; asking again before it begins changes nothing.
    pub(crate) fn check_now(&self) {
        self.due.notify_one();
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(checks: Checks, id: String, mut probe: Probe, due: Arc<Notify>) {
    let mut failures = 0;
    for round in 0_u64.. {
        let Ok(slot) = checks.slots.acquire().await else { return };
        let began = Instant::now();
        let outcome = probe.check().await;
        drop(slot);
        failures = if outcome.status == Status::Failing { u32::saturating_add(failures, 1) } else { 0 };
        if checks.outcomes.send(Command::Checked { id: id.clone(), outcome }).await.is_err() {
            return;
        }
        tokio::select! {
            () = due.notified() => sleep_until(began + PERIOD_MIN).await,
            () = probe.loss.happened() => sleep_until(began + PERIOD_MIN_LOST).await,
            () = sleep_until(began + period(&id, round, failures)) => {}
        }
    }
}

/// The time from one check of an instance to the next; spread by instance and round, shorter when it began to fail.
fn period(id: &str, round: u64, failures: u32) -> Duration {
    let mut hasher = DefaultHasher::new();
    (id, round).hash(&mut hasher);
    let jitter_ms = hasher.finish() % u64::try_from(JITTER_MAX.as_millis()).unwrap_or(1);
    let usual = PERIOD_MAX - Duration::from_millis(jitter_ms);
    match failures {
        0 => usual,
        failures => PERIOD_FAILING.saturating_mul(2_u32.saturating_pow(failures - 1)).min(usual),
    }
}

/// Asks one address, keeping its connection.
struct Probe {
    address: HostPort,
    policy: Policy,
    kept: Option<HealthClient<Channel>>,
    loss: Arc<Loss>,
}

/// Whether asking again over a new connection may help.
enum Answer {
    Final(Outcome),
    Broken(Outcome),
}

impl Probe {
    fn new(address: HostPort, policy: Policy) -> Self {
        Self { address, policy, kept: None, loss: Arc::default() }
    }

    /// A connection that worked before may have been closed for its age; only a new one that breaks says something.
    async fn check(&mut self) -> Outcome {
        if let Some(client) = self.kept.take()
            && let Answer::Final(outcome) = self.ask(client).await
        {
            return outcome;
        }
        let client = match self.client() {
            Ok(client) => client,
            Err(outcome) => return outcome,
        };
        let (Answer::Final(outcome) | Answer::Broken(outcome)) = self.ask(client).await;
        outcome
    }

    fn client(&self) -> Result<HealthClient<Channel>, Outcome> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address));
        let endpoint = endpoint.map_err(|_| Outcome::failing(format!("{} is no address", self.address)))?;
        let (address, policy, loss) = (self.address.clone(), self.policy, Arc::clone(&self.loss));
        let connector = tower::service_fn(move |_: http::Uri| {
            let (address, loss) = (address.clone(), Arc::clone(&loss));
            async move {
                let stream = address::connect(&address, policy).await?;
                Ok::<_, Failure>(TokioIo::new(Connection::new(stream, loss)))
            }
        });
        let channel = endpoint.connect_with_connector_lazy(connector);
        // Some services compress whatever they answer.
        Ok(HealthClient::new(channel)
            .max_decoding_message_size(ANSWER_MAX_BYTES)
            .accept_compressed(CompressionEncoding::Gzip)
            .accept_compressed(CompressionEncoding::Deflate))
    }

    /// One check. The connection is kept only after an answer.
    async fn ask(&mut self, mut client: HealthClient<Channel>) -> Answer {
        let request = HealthCheckRequest { service: String::new() };
        self.loss.ignore();
        let Ok(answer) = timeout(ANSWER_TIMEOUT, client.check(request)).await else {
            return Answer::Final(Outcome::failing("no answer to the health check within 2 s"));
        };
        match answer {
            Ok(response) => {
                self.keep(client);
                Answer::Final(judge(response.get_ref().status()))
            }
            Err(status) if is_connection_failure(&status) => {
                Answer::Broken(Outcome::failing(self.explain(&status)))
            }
            Err(status) => {
                self.keep(client);
                Answer::Final(judge_refusal(&status))
            }
        }
    }

    fn keep(&mut self, client: HealthClient<Channel>) {
        self.loss.report();
        self.kept = Some(client);
    }

    fn explain(&self, status: &tonic::Status) -> String {
        let mut cause = std::error::Error::source(status);
        while let Some(error) = cause {
            if let Some(failure) = error.downcast_ref::<Failure>() {
                return failure.to_string();
            }
            cause = error.source();
        }
        format!("{} accepts connections but does not answer as a gRPC server", self.address)
    }
}

/// A status with a source was made on this side: the connection broke. One the instance sent has none.
fn is_connection_failure(status: &tonic::Status) -> bool {
    std::error::Error::source(status).is_some()
}

fn judge(status: ServingStatus) -> Outcome {
    match status {
        ServingStatus::Serving => Outcome::up(""),
        ServingStatus::NotServing => Outcome::failing("says NOT_SERVING"),
        ServingStatus::Unknown => Outcome::failing("says UNKNOWN"),
        ServingStatus::ServiceUnknown => Outcome::failing("says SERVICE_UNKNOWN"),
    }
}

/// An instance without a health service, or one that keeps it to itself, is up while it answers at all.
fn judge_refusal(status: &tonic::Status) -> Outcome {
    use tonic::Code;
    match status.code() {
        Code::Unimplemented | Code::NotFound | Code::Unauthenticated | Code::PermissionDenied => {
            Outcome::up("accepts connections; it offers no gRPC health check")
        }
        code => {
            let code = micro_domain::Code::from_number(code as i32);
            Outcome::failing(format!("answers the health check with {code}"))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const LOCAL: Policy = Policy { allow_loopback: true };

    fn probe(address: std::net::SocketAddr) -> Probe {
        Probe::new(address.to_string().parse().unwrap(), LOCAL)
    }

    #[test]
    fn every_period_is_within_its_bounds() {
        let periods: Vec<_> = (0..100).map(|round| period("instance", round, 0)).collect();
        assert!(periods.iter().all(|period| *period <= PERIOD_MAX && *period >= PERIOD_MAX - JITTER_MAX));
        assert!(periods.iter().any(|period| period != &periods[0]));
        assert_eq!(period("instance", 0, 1), PERIOD_FAILING);
        assert_eq!(period("instance", 0, 3), 4 * PERIOD_FAILING);
        assert_eq!(period("instance", 0, u32::MAX), periods[0]);
    }

    #[tokio::test]
    async fn nobody_listening_is_said_plainly() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let outcome = probe(address).check().await;
        assert_eq!(outcome, Outcome::failing(format!("connection refused at {address}")));
    }

    #[tokio::test]
    async fn the_policy_is_the_reason_where_it_refuses() {
        let outcome =
            Probe::new("127.0.0.1:1".parse().unwrap(), Policy { allow_loopback: false }).check().await;
        assert!(outcome.reason.contains("127.0.0.1:1 is not connected to: it is a loopback"), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_listener_that_never_answers_is_failing() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let outcome = probe(listener.local_addr().unwrap()).check().await;
        assert_eq!(outcome, Outcome::failing("no answer to the health check within 2 s"));
    }

    #[tokio::test]
    async fn what_speaks_no_grpc_is_failing() {
        use tokio::io::AsyncWriteExt as _;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
            }
        });
        let outcome = probe(address).check().await;
        server.abort();
        let reason = format!("{address} accepts connections but does not answer as a gRPC server");
        assert_eq!(outcome, Outcome::failing(reason));
    }
}
