//! What Micro itself offers: health, its API document, its live catalog.

use crate::world::{SOON, read_until, world};
use http::Method;
use micro_support::until;
use serde_json::{Value, json};

#[tokio::test]
async fn health_and_readiness_need_no_credential() {
    let world = world();
    let http = world.micro.stranger();
    assert_eq!(http.get("/healthz").await.expect(200).text().trim(), "ok");
    http.get("/readyz").await.expect(200);
}

/// Every reference leads somewhere, and every path is one that can be called.
#[tokio::test]
async fn the_api_document_is_whole() {
    let world = world();
    let answer = world.micro.http().get("/v1/openapi.json").await.expect(200);
    assert!(answer.header("content-type").starts_with("application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let paths = document["paths"].as_object().unwrap();
    for name in [world.any_name().as_str(), "helloworld"] {
        assert!(paths.keys().any(|path| path.starts_with(&format!("/v1/{name}/"))), "{name}");
    }
    let mut operations = std::collections::BTreeSet::new();
    for (path, item) in paths {
        let operation = &item["post"];
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{path} has no id"));
        assert!(operations.insert(id), "{id} is there twice");
        assert!(operation["responses"]["200"]["content"].is_object(), "{path}");
        assert!(operation["requestBody"]["content"].is_object(), "{path}");
        assert_eq!(path.split('/').count(), 4, "{path}");
    }
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads elsewhere"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let echo = &paths[&format!("/v1/{}/Count", world.any_name())]["post"];
    assert!(echo["responses"]["200"]["content"]["application/x-ndjson"].is_object(), "{echo}");
    assert!(echo["responses"]["200"]["content"]["text/event-stream"].is_object(), "{echo}");
}

fn collect<'v>(value: &'v Value, references: &mut Vec<&'v str>) {
    match value {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect(value, references));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// A change of the catalog reaches a watcher without being asked for.
#[tokio::test]
async fn the_catalog_is_watched() {
    let world = world();
    let http = world.micro.http();
    let kind = [("content-type", "application/connect+json")];
    let body = micro_support::wire::frame(0, b"{}");
    let request = http.request(Method::POST, "/micro.v1.RegistryService/WatchServices", &kind, body);
    let mut answer = http.open(request).await.into_body();
    read_until(&mut answer, "helloworld").await;
    world.micro.cli(&["register", "watched", "--grpc", "127.0.0.1:9"]).ok();
    read_until(&mut answer, "watched").await;
    world.micro.cli(&["deregister", "watched"]).ok();
}

/// The platform's own API answers on the wire as every service does.
#[tokio::test]
async fn the_platform_answers_connect() {
    let world = world();
    let http = world.micro.http();
    let who = http.json("/micro.v1.IdentityService/WhoAmI", &json!({})).await.expect(200).json();
    assert_eq!((&who["credential"], &who["credentialKind"]), (&json!("local"), &json!("token")));
    until("the catalog lists the base services", SOON, async || {
        let list = http.json("/micro.v1.RegistryService/ListServices", &json!({})).await;
        (list.status == 200 && list.text().contains("helloworld")).then_some(())
    })
    .await;
}
