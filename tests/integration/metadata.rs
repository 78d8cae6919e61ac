//! Metadata, deadlines and errors between caller and service.

use crate::world::{SOON, World, in_each_language, name};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use micro_support::{Zoo, until};
use serde_json::{Value, json};
use std::time::Instant;

in_each_language!(
    metadata_passes_both_ways,
    s06_what_callers_say_of_themselves_stops_at_micro,
    deadlines_reach_the_service,
    deadlines_say_whose_they_are,
    errors_keep_code_message_and_details,
    large_messages_pass,
);

async fn metadata_passes_both_ways(world: &World, zoo: &Zoo) {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let http = world.micro.http().with("x-own", "1").with("x-own", "2").with("x-own-bin", "AAEC/f7/");
    let http = http.with("traceparent", trace);
    let answer = http.json(&path(zoo, "Headers"), &json!({})).await.expect(200);
    let seen = answer.json();
    assert_eq!(values(&seen, "x-own").join(", ").replace(' ', ""), "1,2", "{seen}");
    assert_eq!(values(&seen, "x-own-bin"), ["AAEC/f7/"], "{seen}");
    let traced = values(&seen, "traceparent").concat();
    assert!(traced.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{seen}");
    assert_eq!(answer.header("x-zoo-header"), "header");
    assert_eq!(answer.header("trailer-x-zoo-trailer"), "trailer");
    let binary = answer.header("x-zoo-bin").trim_end_matches('=');
    assert_eq!(STANDARD_NO_PAD.decode(binary).unwrap(), [0, 1, 2, 253, 254, 255]);
    // The same through the language's own client.
    let (token, name) = (world.micro.token(), name(&zoo.language));
    let arguments = [
        "--token",
        &token,
        "--service",
        &name,
        "--header",
        "x-own:1",
        "--header",
        "x-own-bin:AAEC",
        "headers",
    ];
    let own = world.toolbox.client(&zoo.language, world.micro.address(), &arguments).ok().json();
    assert_eq!(values(&own["reply"], "x-own-bin"), ["AAEC"], "{own}");
    assert_eq!(own["initial"]["x-zoo-bin"], json!(["AAEC/f7/"]), "{own}");
    assert_eq!(own["trailing"]["x-zoo-trailer"], json!(["trailer"]), "{own}");
}

async fn s06_what_callers_say_of_themselves_stops_at_micro(world: &World, zoo: &Zoo) {
    let forged = [
        ("cookie", "a=b"),
        ("proxy-authorization", "Basic eA=="),
        ("forwarded", "for=192.0.2.1"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-anything", "x"),
        ("x-real-ip", "192.0.2.1"),
        ("micro-anything", "x"),
        ("micro-account", "root"),
    ];
    let kind = [("content-type", "application/json")];
    let http = world.micro.http();
    let answer =
        http.post(&path(zoo, "Headers"), &[&kind, forged.as_slice()].concat(), "{}").await.expect(200);
    let name = name(&zoo.language);
    let grpc = [&[("micro-service", name.as_str())], forged.as_slice()].concat();
    let mut h2 = http.h2().await;
    let direct = h2.grpc("/zoo.v1.Zoo/Headers", &grpc, &[]).await.expect(200);
    let frames = micro_support::wire::frames(&direct.body);
    for seen in [answer.json(), world.types.decode("zoo.v1.HeadersReply", &frames[0].1)] {
        for name in forged.map(|(name, _)| name).into_iter().chain(["authorization", "micro-service"]) {
            assert_eq!(seen["headers"].get(name), None, "{name}: {seen}");
        }
        assert!(!seen.to_string().contains("mu_pat_"), "{seen}");
    }
}

async fn deadlines_reach_the_service(world: &World, zoo: &Zoo) {
    let left = async |headers: &[(&str, &str)]| {
        let headers = [&[("content-type", "application/json")], headers].concat();
        let answer = world.micro.http().post(&path(zoo, "Sleep"), &headers, r#"{"ms":1}"#).await.expect(200);
        answer.json()["deadlineRemainingMs"].as_str().unwrap().parse::<i64>().unwrap()
    };
    // The caller's own, Micro's default and its maximum.
    assert!((5_000..=9_000).contains(&left(&[("connect-timeout-ms", "9000")]).await));
    assert!((25_000..=30_000).contains(&left(&[]).await));
    assert!((290_000..=300_000).contains(&left(&[("connect-timeout-ms", "9000000")]).await));
}

async fn deadlines_say_whose_they_are(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    let cancelled = async || {
        let tally = world.micro.http().json(&path(zoo, "Tally"), &json!({})).await.expect(200).json();
        tally["cancelled"]["Sleep"].as_str().map_or(0, |count| count.parse::<u32>().unwrap())
    };
    let before = cancelled().await;
    let late = world.micro.http().with("connect-timeout-ms", "200");
    let started = Instant::now();
    let answer = late.json(&path(zoo, "Sleep"), &json!({"ms": 20_000})).await.expect(504);
    assert!(started.elapsed().as_secs() < 10);
    let error = answer.json();
    assert_eq!(error["code"], "deadline_exceeded");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("caller") && message.contains("200 ms"), "{message}");
    let token = world.micro.token();
    let arguments = ["--token", &token, "--service", &name, "--timeout-ms", "200", "sleep", "20000"];
    let own = world.toolbox.client(&zoo.language, world.micro.address(), &arguments);
    assert_eq!((own.code, &own.json_lines()[0]["code"]), (1, &json!("DEADLINE_EXCEEDED")));
    let cli = world.micro.cli(&["call", &name, "Sleep", r#"{"ms":20000}"#, "--timeout", "200ms"]);
    assert_eq!(cli.code, 68, "{cli:?}");
    assert!(cli.stderr.starts_with("DEADLINE_EXCEEDED: "), "{cli:?}");
    // The service was told. A call whose time was over before it arrived is not counted there.
    until("the service gave up", SOON, async || (cancelled().await > before).then_some(())).await;
}

async fn errors_keep_code_message_and_details(world: &World, zoo: &Zoo) {
    let http = world.micro.http();
    let codes = [
        (1, 499),
        (2, 500),
        (3, 400),
        (4, 504),
        (5, 404),
        (6, 409),
        (7, 403),
        (8, 429),
        (9, 400),
        (10, 409),
        (11, 400),
        (12, 501),
        (13, 500),
        (14, 503),
        (15, 500),
        (16, 401),
    ];
    for (code, status) in codes {
        let message = format!("zu laut: 100 % \u{1f514} {code}");
        let failing = json!({"code": code, "message": message, "withDetails": true});
        let answer = http.json(&path(zoo, "Fail"), &failing).await.expect(status);
        let error = answer.json();
        assert_eq!(error["message"], message.as_str());
        let types: Vec<&str> = error["details"]
            .as_array()
            .unwrap()
            .iter()
            .map(|detail| detail["type"].as_str().unwrap())
            .collect();
        assert_eq!(types, ["google.rpc.BadRequest", "google.rpc.ErrorInfo", "zoo.v1.Refusal"], "{error}");
    }
    let fine = http.json(&path(zoo, "Fail"), &json!({})).await.expect(200);
    assert_eq!(fine.json(), json!({}));
}

async fn large_messages_pass(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    let big = world.micro.http().json(&path(zoo, "Big"), &json!({"bytes": 3_000_000})).await.expect(200);
    assert_eq!(big.json()["payload"].as_str().unwrap().len(), 4_000_000);
    let more = world.micro.http().json(&path(zoo, "Big"), &json!({"bytes": 6_000_000})).await.expect(429);
    assert_eq!(more.json()["code"], "resource_exhausted");
    let token = world.micro.token();
    let arguments = ["--token", &token, "--service", &name, "big", "6000000"];
    let own = world.toolbox.client(&zoo.language, world.micro.address(), &arguments);
    assert_eq!(own.json_lines()[0]["code"], "RESOURCE_EXHAUSTED", "{own:?}");
}

fn path(zoo: &Zoo, method: &str) -> String {
    format!("/v1/{}/{method}", name(&zoo.language))
}

/// The values of one key of `HeadersReply`.
fn values(reply: &Value, key: &str) -> Vec<String> {
    let values = reply["headers"][key]["values"].as_array().cloned().unwrap_or_default();
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}
