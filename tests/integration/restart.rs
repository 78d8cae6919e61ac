//! What survives: restarts, kills, and an orderly end with calls open.

use crate::world::{self, SOON, any_zoo, service};
use http::Method;
use http_body_util::BodyExt as _;
use micro_support::until;
use serde_json::json;
use std::time::Instant;

/// Kills in one run; the promise is tested with more before a release.
const KILLS: usize = 20;

#[tokio::test]
async fn r01_what_was_acknowledged_survives_kills() {
    let mut micro = world::start();
    for number in 0..KILLS {
        let name = format!("kept-{number}");
        if number % 2 == 0 {
            micro.cli(&["register", &name, "--grpc", "127.0.0.1:9", "--version", "1"]).ok();
        } else {
            micro.cli(&["token", "create", &name]).ok();
        }
        micro.process().kill();
        micro.start_again();
    }
    let services = micro.cli(&["services", "-o", "json"]).ok().stdout;
    let tokens = micro.cli(&["token", "list", "-o", "json"]).ok().stdout;
    for number in 0..KILLS {
        let kept = if number % 2 == 0 { &services } else { &tokens };
        assert!(
            kept.contains(&format!("\"kept-{number}\"")),
            "kept-{number} was acknowledged and is lost: {kept}"
        );
    }
    // A removal is as lasting as what it removed.
    micro.cli(&["deregister", "kept-0"]).ok();
    micro.cli(&["token", "revoke", "kept-1"]).ok();
    micro.process().kill();
    micro.start_again();
    assert_eq!(service(&micro, "kept-0"), None);
    assert!(!micro.cli(&["token", "list", "-o", "json"]).ok().stdout.contains("\"kept-1\""));
}

#[tokio::test]
async fn static_registrations_and_sessions_survive_a_restart() {
    let mut micro = world::start();
    let zoo = any_zoo("kept");
    world::open(&micro, "kept", &zoo, &["--version", "2"]).await;
    let short = micro.cli(&["url", "shorten", "--url", "https://example.com/kept"]).ok().json();
    let code = micro.sign_in().split_once("code=").unwrap().1.to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let signed_in = micro.stranger().post("/login", &form, format!("code={code}")).await.expect(303);
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let link = micro.sign_in().to_owned();
    micro.process().signal("TERM");
    assert!(micro.process().wait().success());
    micro.start_again();
    assert_ne!(micro.sign_in(), link, "every start hands out a fresh link");
    until("the service can be called again", SOON, async || {
        let answer = micro.http().json("/v1/kept/Tally", &json!({})).await;
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(service(&micro, "kept").unwrap()["versions"], json!(["2"]));
    let browser = micro.stranger().with("cookie", &cookie);
    browser.get("/services").await.expect(200);
    let id = short["id"].as_str().unwrap();
    let followed = browser.get(&format!("/u/{id}")).await;
    assert_eq!(followed.header("location"), "https://example.com/kept", "{followed:?}");
    micro.stranger().get(&format!("/u/{id}")).await.expect(303);
}

#[tokio::test]
async fn r08_an_orderly_end_finishes_calls_and_is_quick() {
    let mut micro = world::start();
    let zoo = any_zoo("busy");
    world::open(&micro, "busy", &zoo, &[]).await;
    let http = micro.http();
    let endless = json!({"count": 1000, "interval": "0.2s"}).to_string();
    let json = [("content-type", "application/json")];
    let request = http.request(Method::POST, "/v1/helloworld/Stream", &json, endless);
    let mut body = http.open(request).await.into_body();
    body.frame().await.unwrap().unwrap();
    let unary = tokio::spawn({
        let http = micro.http();
        async move { http.json("/v1/busy/Sleep", &json!({"ms": 1_500})).await }
    });
    until("the call has reached the service", SOON, async || {
        let tally = micro.http().json("/v1/busy/Tally", &json!({})).await.json();
        (tally["calls"]["Sleep"] == "1").then_some(())
    })
    .await;
    micro.process().signal("TERM");
    let started = Instant::now();
    unary.await.unwrap().expect(200);
    // Whatever way the stream ends, the process does not wait for ever.
    let _ = tokio::time::timeout(SOON * 2, body.collect()).await;
    assert!(micro.process().wait().success());
    assert!(started.elapsed() < SOON * 2, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_lease_is_taken_anew_after_a_restart() {
    let mut micro = world::start();
    let zoo = any_zoo("leased");
    let mut arguments =
        vec!["register", "leased", "--grpc", &zoo.address, "--lease", "--ttl", "2s", "-o", "json"];
    let more = world::described(world::toolbox(), &zoo.language);
    arguments.extend(more.iter().map(String::as_str));
    let _holder = world::background(&micro, "holder", &arguments);
    for _ in 0..2 {
        until("the leased service answers", SOON, async || {
            let answer = micro.http().json("/v1/leased/Tally", &json!({})).await;
            (answer.status == 200).then_some(())
        })
        .await;
        micro.process().kill();
        micro.start_again();
    }
}

#[tokio::test]
async fn starting_twice_on_one_address_says_so() {
    let micro = world::start();
    let mut command = micro.command(&["server", "--listen", micro.address(), "--data", "other"]);
    let output = micro_support::process::run(&mut command, b"");
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains(micro.address()) && output.stderr.contains("--listen"), "{output:?}");
    assert_eq!(output.stdout, "");
    for (arguments, said) in [
        (["--config", "no such file"].as_slice(), "no such file"),
        (&["--public-url", "ftp://x"], "ftp://x"),
        (&["--listen", "nowhere"], "nowhere"),
    ] {
        let output = micro.cli(&[&["server", "--data", "other"], arguments].concat());
        assert!(output.code != 0 && output.stderr.contains(said), "{output:?}");
    }
}

#[tokio::test]
async fn settings_come_from_flags_then_variables_then_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("micro.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\npublic_url = \"http://from-file.example\"\n").unwrap();
    let micro = micro_support::Micro::start_with(world::program(), |command| {
        // The flag that every start gives wins over the file's address.
        command.env("MICRO_CONFIG", &file);
    });
    assert_eq!(micro.url(), "http://from-file.example");
    std::fs::write(&file, "listn = \"127.0.0.1:1\"\n").unwrap();
    let wrong = micro.cli(&["server", "--data", "other", "--config", file.to_str().unwrap()]);
    assert!(wrong.code == 2 && wrong.stderr.contains("listn"), "{wrong:?}");
}
