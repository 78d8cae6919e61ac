//! The load generators: h2load for gRPC and JSON, wrk for pages, curl to look at one answer.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::servers::Server;
use super::statistics::percentile;
use crate::process;

/// One kind of request.
pub(super) struct Request<'a> {
    pub(super) url: String,
    pub(super) headers: Vec<String>,
    /// The file that holds the body.
    pub(super) body: &'a Path,
    /// HTTP/2 without TLS; else HTTP/1.1.
    pub(super) http2: bool,
}

/// What one measurement found.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) requests_per_second: f64,
    pub(super) cpu_us_per_request: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
}

/// Loads for this long over `clients` connections with one request at a time each, and measures `server` meanwhile.
pub(super) fn h2load(
    request: &Request<'_>,
    clients: u32,
    seconds: u32,
    server: &Server,
    scratch: &Path,
) -> Result<Measured> {
    let log = scratch.join("requests.tsv");
    let _ = std::fs::remove_file(&log);
    let mut command = process::command("h2load");
    command.args(["-t", "1", "-m", "1", "-c", &clients.to_string(), "-D", &seconds.to_string()]);
    command.arg("-d").arg(request.body).arg(format!("--log-file={}", log.display()));
    if !request.http2 {
        command.arg("--h1");
    }
    for header in &request.headers {
        command.args(["-H", header]);
    }
    let before = server.cpu_seconds()?;
    let printed = process::output(command.arg(&request.url))?;
    let cpu = server.cpu_seconds()? - before;
    let (succeeded, other) = counts(&printed).with_context(|| format!("h2load printed:\n{printed}"))?;
    if succeeded < 1.0 || other > f64::from(clients) {
        bail!("{other} of {} requests to {} failed:\n{printed}", succeeded + other, request.url);
    }
    let mut times = times(&std::fs::read_to_string(&log)?);
    Ok(Measured {
        requests_per_second: succeeded / f64::from(seconds),
        cpu_us_per_request: cpu * 1e6 / succeeded,
        p50_us: percentile(&mut times, 0.5),
        p99_us: percentile(&mut times, 0.99),
    })
}

/// Requests that succeeded, and those that did not, from `status codes: 9 2xx, 0 3xx, 0 4xx, 0 5xx`.
fn counts(printed: &str) -> Option<(f64, f64)> {
    let line = printed.lines().find_map(|line| line.strip_prefix("status codes: "))?;
    let mut numbers =
        line.split(", ").map(|part| part.split(' ').next().and_then(|number| number.parse::<f64>().ok()));
    let succeeded = numbers.next()??;
    Some((succeeded, numbers.map(|number| number.unwrap_or_default()).sum()))
}

/// Microseconds per request, the third column of h2load's log.
fn times(log: &str) -> Vec<f64> {
    log.lines().filter_map(|line| line.split('\t').nth(2)?.parse().ok()).collect()
}

/// What wrk found: requests, and requests per second.
pub(super) fn wrk(url: &str, header: &str, connections: u32, seconds: u32) -> Result<(f64, f64)> {
    let mut command = process::command("wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-H", header, url]);
    let printed = process::output(&mut command)?;
    if printed.contains("Non-2xx") || printed.contains("Socket errors") {
        bail!("requests failed:\n{printed}");
    }
    let per_second =
        printed.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse().ok());
    let total =
        printed.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.trim().parse().ok());
    Ok((total.context("wrk printed no total")?, per_second.context("wrk printed no rate")?))
}

/// curl that fails on an error status and shows only the body.
pub(super) fn curl() -> Command {
    let mut command = process::command("curl");
    command.args(["--silent", "--show-error", "--fail-with-body", "--max-time", "10"]);
    command
}

/// The answer's body, as bytes.
pub(super) fn answer(request: &Request<'_>) -> Result<Vec<u8>> {
    let mut command = curl();
    command.arg(if request.http2 { "--http2-prior-knowledge" } else { "--http1.1" });
    for header in &request.headers {
        command.args(["-H", header]);
    }
    command.arg("--data-binary").arg(format!("@{}", request.body.display())).arg(&request.url);
    let done = command.output().context("cannot start curl")?;
    if !done.status.success() {
        bail!(
            "{}: {}{}",
            request.url,
            String::from_utf8_lossy(&done.stderr),
            String::from_utf8_lossy(&done.stdout)
        );
    }
    Ok(done.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h2load_is_understood() {
        let printed = "finished in 1.00s\nstatus codes: 1200 2xx, 0 3xx, 3 4xx, 0 5xx\ntraffic: 1MB";
        assert_eq!(counts(printed), Some((1200.0, 3.0)));
        assert_eq!(times("1700000000\t200\t42\n1700000001\t200\t43\n"), vec![42.0, 43.0]);
    }
}
