//! Registrations: several services, versions and instances; leases; addresses that do not answer.

use crate::world::{self, SOON, any_zoo, background, open, service, world};
use micro_support::{Micro, Zoo, until};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn one_grpc_service_of_several_services_must_be_chosen() {
    let world = world();
    let zoo = world.any_zoo();
    let name = world.any_name();
    // A second name for the same service is enough.
    open(&world.micro, "second-zoo", zoo, &[]).await;
    let http = world.micro.http();
    let refused = http.json("/zoo.v1.Keeper/Tally", &json!({})).await.expect(400).json();
    assert_eq!(refused["code"], "failed_precondition");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(&name) && message.contains("second-zoo"), "{message}");
    assert!(message.contains("micro-service"), "{message}");
    let chosen = http.with("micro-service", &name).json("/zoo.v1.Keeper/Tally", &json!({})).await.expect(200);
    assert_eq!(chosen.json()["versionLabel"], zoo.language.as_str());
    let unknown = http.with("micro-service", "second-zo").json("/zoo.v1.Keeper/Tally", &json!({})).await;
    assert!(unknown.clone().expect(404).text().contains("second-zoo"), "{unknown:?}");
    let token = world.micro.token();
    let client = world.toolbox.client(&zoo.language, world.micro.address(), &["--token", &token, "tally"]);
    let error = &client.json_lines()[0];
    assert_eq!(error["code"], "FAILED_PRECONDITION", "{error}");
}

#[tokio::test]
async fn versions_are_chosen_by_metadata() {
    let world = world();
    let micro = &world.micro;
    let (old, new) = (any_zoo("label-1"), any_zoo("label-2"));
    open(micro, "versioned", &old, &["--version", "1.9.0"]).await;
    open(micro, "versioned", &new, &["--version", "1.10.0"]).await;
    let both = async || {
        let instances = service(micro, "versioned").unwrap();
        let up =
            instances["instances"].as_array().unwrap().iter().filter(|one| one["status"] == "up").count();
        (up == 2).then_some(instances)
    };
    let found = until("both versions are up", SOON, both).await;
    assert_eq!(found["versions"], json!(["1.9.0", "1.10.0"]), "{found}");
    let answers = async |version: Option<&str>| {
        let http = micro.http();
        let http = version.map_or(http.clone(), |version| http.with("micro-version", version));
        let tally = http.json("/v1/versioned/Tally", &json!({})).await.expect(200).json();
        tally["versionLabel"].as_str().unwrap().to_owned()
    };
    for _ in 0..5 {
        assert_eq!(answers(Some("1.9.0")).await, "label-1");
        assert_eq!(answers(Some("1.10.0")).await, "label-2");
    }
    let mut seen = std::collections::BTreeSet::new();
    until("calls that name no version reach both", SOON, async || {
        seen.insert(answers(None).await);
        (seen.len() == 2).then_some(())
    })
    .await;
    let unknown = micro.http().with("micro-version", "3").json("/v1/versioned/Tally", &json!({})).await;
    assert!((400..=404).contains(&unknown.status), "{unknown:?}");
    assert!(unknown.text().contains("1.10.0"), "it names the versions there are: {unknown:?}");
    let cli = micro.cli(&["call", "versioned", "Tally", "--version", "1.9.0"]).ok().json();
    assert_eq!(cli["versionLabel"], "label-1");
    let described = micro.cli(&["describe", "versioned", "--version", "1.9.0", "-o", "json"]).ok().json();
    assert_eq!(described["version"], "1.9.0");
    // Removing one leaves the other.
    micro.cli(&["deregister", "versioned", "--grpc", &old.address]).ok();
    assert_eq!(service(micro, "versioned").unwrap()["versions"], json!(["1.10.0"]));
    micro.cli(&["deregister", "versioned"]).ok();
    assert_eq!(service(micro, "versioned"), None);
    assert_eq!(micro.cli(&["deregister", "versioned"]).code, 69);
}

#[tokio::test]
async fn a_silent_address_is_accepted_and_failing() {
    let world = world();
    let micro = &world.micro;
    // Nothing listens on the discard port of a machine without inetd.
    micro.cli(&["register", "silent", "--grpc", "127.0.0.1:9"]).ok();
    let found = until("the silent instance is failing", SOON, async || {
        service(micro, "silent").filter(|found| found["status"] == "failing")
    })
    .await;
    let instance = &found["instances"][0];
    assert!(!instance["reason"].as_str().unwrap().is_empty(), "{found}");
    let answer = micro.http().json("/v1/silent/Tally", &json!({})).await.expect(503).json();
    assert_eq!(answer["code"], "unavailable");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("127.0.0.1:9"), "which instance: {message}");
    let cli = micro.cli(&["call", "silent", "Tally"]);
    assert!(cli.code == 78 && cli.stderr.contains("127.0.0.1:9"), "{cli:?}");
    micro.cli(&["deregister", "silent"]).ok();
}

#[tokio::test]
async fn a_service_that_went_down_says_since_when() {
    let world = world();
    let micro = &world.micro;
    let zoo = any_zoo("down");
    open(micro, "going-down", &zoo, &[]).await;
    let Zoo { address, mut process, .. } = zoo;
    process.kill();
    let answer = until("calls fail", SOON, async || {
        let answer = micro.http().json("/v1/going-down/Tally", &json!({})).await;
        (answer.status != 200 && answer.text().contains("since")).then_some(answer)
    })
    .await;
    let error = answer.expect(503).json();
    assert_eq!(error["code"], "unavailable");
    assert!(error["message"].as_str().unwrap().contains(&address), "{error}");
    let found = until("the catalog shows it", SOON, async || {
        service(micro, "going-down").filter(|found| found["status"] == "failing")
    })
    .await;
    assert!(!found["instances"][0]["reason"].as_str().unwrap().is_empty(), "{found}");
    // It is described and called again as soon as it is back on its address.
    let port = address.rsplit_once(':').unwrap().1;
    let language = world.any_zoo().language.clone();
    let _back = world.toolbox.start_with(&language, &["--version-label", "back", "--port", port]);
    until("it answers again", SOON, async || {
        let answer = micro.http().json("/v1/going-down/Tally", &json!({})).await;
        (answer.status == 200 && answer.json()["versionLabel"] == "back").then_some(())
    })
    .await;
    micro.cli(&["deregister", "going-down"]).ok();
}

#[tokio::test]
async fn leases_end_with_their_process() {
    let world = world();
    let micro = &world.micro;
    let zoo = world.any_zoo();
    let more = world::described(world.toolbox, &zoo.language);
    let hold = |name: &str| {
        let mut arguments =
            vec!["register", name, "--grpc", &zoo.address, "--lease", "--ttl", "3s", "-o", "json"];
        arguments.extend(more.iter().map(String::as_str));
        background(micro, name, &arguments)
    };
    let (mut killed, mut interrupted) = (hold("leased-killed"), hold("leased-interrupted"));
    assert_eq!(killed.ready()["service"], "leased-killed");
    until("a leased service is up", SOON, async || {
        service(micro, "leased-killed").filter(|found| found["status"] == "up")
    })
    .await;
    // Longer than the lease: it is renewed.
    let started = Instant::now();
    until("two leases have passed", SOON, async || {
        assert!(service(micro, "leased-killed").is_some(), "a lease was not renewed");
        (started.elapsed() > Duration::from_secs(6)).then_some(())
    })
    .await;
    interrupted.signal("INT");
    assert!(interrupted.wait().success());
    assert_eq!(service(micro, "leased-interrupted"), None, "an interrupted lease is given back");
    killed.kill();
    let ended = Instant::now();
    until("the lease ends", SOON, async || service(micro, "leased-killed").is_none().then_some(())).await;
    // Its last renewal may have been just before; the rest is what looking takes.
    assert!(ended.elapsed() < Duration::from_secs(3 + 5), "{:?}", ended.elapsed());
}

#[tokio::test]
async fn s10_addresses_that_lead_elsewhere_are_refused() {
    let world = world();
    for address in [
        "169.254.169.254:80",
        "[::ffff:169.254.169.254]:80",
        "[fe80::1]:80",
        "0.0.0.0:80",
        "[::]:80",
        "[::ffff:0.0.0.0]:80",
        "[fd00:ec2::254]:80",
        "224.0.0.1:80",
        "255.255.255.255:80",
        "127.0.0.1:0",
        "127.0.0.1",
        "http://127.0.0.1:80",
        "127.0.0.1:80/path",
        "user@127.0.0.1:80",
        "",
    ] {
        let output = world.micro.cli(&["register", "elsewhere", "--grpc", address]);
        assert!(output.code >= 64, "{address}: {output:?}");
    }
    assert_eq!(service(&world.micro, "elsewhere"), None);
    for name in ["", "micro", "a/b", "a b", "../x", "ä", &"a".repeat(200)] {
        let output = world.micro.cli(&["register", name, "--grpc", "127.0.0.1:9"]);
        assert!(output.code >= 64, "{name}: {output:?}");
    }
}

/// Loopback is this machine's own: who reaches Micro from elsewhere must not reach it through Micro.
#[tokio::test]
async fn s10_loopback_is_for_servers_on_loopback() {
    let start = |arguments: &'static [&'static str]| {
        Micro::start_on(world::program(), "0.0.0.0:0", |command| {
            command.args(arguments);
        })
    };
    let open = start(&[]);
    for address in
        ["127.0.0.1:9", "localhost:9", "[::1]:9", "[::ffff:127.0.0.1]:9", "127.1:9", "2130706433:9"]
    {
        let output = open.cli(&["register", "elsewhere", "--grpc", address]);
        assert!(output.code >= 64, "{address}: {output:?}");
    }
    let told = open.cli(&["register", "elsewhere", "--grpc", "127.0.0.1:9"]).stderr;
    assert!(told.contains("--allow-loopback-upstreams"), "{told}");
    let allowed = start(&["--allow-loopback-upstreams"]);
    allowed.cli(&["register", "here", "--grpc", "127.0.0.1:9"]).ok();
}

#[tokio::test]
async fn the_same_address_is_the_same_instance() {
    let world = world();
    let micro = &world.micro;
    let zoo = world.any_zoo();
    open(micro, "updated", zoo, &["--version", "1"]).await;
    open(micro, "updated", zoo, &["--version", "2"]).await;
    let found = service(micro, "updated").unwrap();
    assert_eq!((found["versions"].clone(), found["instances"].as_array().unwrap().len()), (json!(["2"]), 1));
    until("the new version is described", SOON, async || {
        let described = micro.cli(&["describe", "updated", "--version", "2", "-o", "json"]);
        (described.code == 0 && described.json()["version"] == "2").then_some(())
    })
    .await;
    micro.cli(&["deregister", "updated"]).ok();
}
