//! `bench gateway`: one upstream, reached through Micro, through Envoy, and directly.
//!
//! Micro checks a credential on every call; Envoy, as configured, checks nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::load::{self, Request};
use super::micro::Micro;
use super::peers::{Envoy, Upstream};
use super::servers::Server;
use super::{Options, floors, judge, show};

const METHOD: &str = "bench.v1.Greeter/SayHello";

/// Seconds of load that are not measured, before the first round.
const WARM_UP_SECONDS: u32 = 2;

/// Connections of the loaded case.
const LOADED: u32 = 32;

/// A measured way to the upstream.
struct Way<'a> {
    server: &'a Server,
    request: Request<'a>,
}

/// One protocol, with what may not be exceeded and what is aimed at, as CPU per request over Envoy's.
struct Case<'a> {
    name: &'static str,
    limit: f64,
    goal: f64,
    ours: Way<'a>,
    theirs: Way<'a>,
    direct: Option<Way<'a>>,
}

pub(super) fn run(options: &Options, program: &Path, scratch: &Path) -> Result<()> {
    let upstream = Upstream::start(scratch)?;
    let envoy = Envoy::start(&upstream, scratch)?;
    println!("{}", envoy.version);
    floors::print()?;
    let micro = Micro::start(program, scratch, 1, &[])?;
    micro.cli(&["register", "greeter", "--grpc", &format!("127.0.0.1:{}", upstream.port)])?;
    let token = micro.token()?;
    let bodies = Bodies::write(scratch)?;
    for case in cases(&micro, &token, &envoy, &upstream, &bodies) {
        compare(&case)?;
        for way in [Some(&case.ours), Some(&case.theirs), case.direct.as_ref()].into_iter().flatten() {
            load::h2load(&way.request, LOADED, WARM_UP_SECONDS, way.server, scratch)?;
        }
        measure(&case, options, scratch)?;
    }
    println!(
        "RSS after load: micro {:.1} MB, envoy {:.1} MB",
        micro.server.rss_mb()?,
        envoy.server.rss_mb()?
    );
    Ok(())
}

/// The same request in both encodings.
struct Bodies {
    frame: PathBuf,
    json: PathBuf,
}

impl Bodies {
    fn write(scratch: &Path) -> Result<Self> {
        let (frame, json) = (scratch.join("hello.frame"), scratch.join("hello.json"));
        // Not compressed, seven bytes long; field 1 is a string of five.
        std::fs::write(&frame, b"\0\0\0\0\x07\x0a\x05world").context("cannot write the request")?;
        std::fs::write(&json, br#"{"name":"world"}"#).context("cannot write the request")?;
        Ok(Self { frame, json })
    }
}

fn cases<'a>(
    micro: &'a Micro,
    token: &str,
    envoy: &'a Envoy,
    upstream: &'a Upstream,
    bodies: &'a Bodies,
) -> [Case<'a>; 2] {
    let bearer = format!("authorization: Bearer {token}");
    let way = |server: &'a Server, base: &str, http2: bool, bearer: Option<&String>| {
        let kind: &[&str] = if http2 {
            &["content-type: application/grpc", "te: trailers"]
        } else {
            &["content-type: application/json"]
        };
        let headers = kind.iter().map(|header| (*header).to_owned()).chain(bearer.cloned()).collect();
        let body = if http2 { &bodies.frame } else { &bodies.json };
        Way { server, request: Request { url: format!("{base}/{METHOD}"), headers, body, http2 } }
    };
    let local = |port: u16| format!("http://127.0.0.1:{port}");
    [
        Case {
            name: "pass-through",
            limit: 1.0,
            goal: 0.6,
            ours: way(&micro.server, &micro.url, true, Some(&bearer)),
            theirs: way(&envoy.server, &local(envoy.pass_port), true, None),
            direct: Some(way(&upstream.server, &local(upstream.port), true, None)),
        },
        Case {
            name: "JSON transcoding",
            limit: 0.6,
            goal: 0.35,
            ours: way(&micro.server, &micro.url, false, Some(&bearer)),
            theirs: way(&envoy.server, &local(envoy.json_port), false, None),
            direct: None,
        },
    ]
}

/// Fails unless both ways answer alike.
fn compare(case: &Case<'_>) -> Result<()> {
    let (ours, theirs) = (load::answer(&case.ours.request)?, load::answer(&case.theirs.request)?);
    let alike = if case.ours.request.http2 {
        ours == theirs && !ours.is_empty()
    } else {
        let parsed = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes);
        parsed(&ours)? == parsed(&theirs)?
    };
    if !alike {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        bail!("{}: micro answers {:?}, envoy {:?}", case.name, text(&ours), text(&theirs));
    }
    Ok(())
}

fn measure(case: &Case<'_>, options: &Options, scratch: &Path) -> Result<()> {
    for clients in [1, LOADED] {
        println!("\n{}, {clients} connection(s)", case.name);
        let one = |way: &Way<'_>| load::h2load(&way.request, clients, options.seconds, way.server, scratch);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            ours.push(one(&case.ours)?);
            theirs.push(one(&case.theirs)?);
            theirs.push(one(&case.theirs)?);
            ours.push(one(&case.ours)?);
        }
        show("micro", &ours);
        show("envoy", &theirs);
        let direct = case.direct.as_ref().map(&one).transpose()?;
        if let Some(direct) = &direct {
            show("direct", std::slice::from_ref(direct));
        }
        let name = format!("{} c={clients}: CPU per request", case.name);
        judge(&name, &ours, &theirs, |measured| measured.cpu_us_per_request, (case.limit, case.goal));
        if let (1, Some(direct)) = (clients, &direct) {
            let name = format!("{} c=1: added p50", case.name);
            judge(&name, &ours, &theirs, |measured| measured.p50_us - direct.p50_us, (0.6, 0.35));
        }
    }
    Ok(())
}
