//! Credentials: who is refused, and what a refusal tells.

use crate::world::{self, world};
use micro_proto::permission_of;
use prost_reflect::DescriptorPool;
use serde_json::json;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

/// What a stranger may ask: the ways in, each for who holds a code.
const OPEN: [&str; 3] = ["/RedeemSignInLink", "/GetInvite", "/AcceptInvite"];

/// The paths of Micro's own API.
fn platform_paths() -> Vec<String> {
    let pool = DescriptorPool::decode(micro_proto::DESCRIPTORS).unwrap();
    let services = pool.services().filter(|service| service.full_name().starts_with("micro."));
    let methods: Vec<_> = services.flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    methods.iter().map(|one| format!("/{}/{}", one.parent_service().full_name(), one.name())).collect()
}

#[tokio::test]
async fn s03_a_stranger_is_refused_everywhere() {
    let world = world();
    let stranger = world.micro.stranger();
    let paths = platform_paths();
    assert!(paths.len() > 15, "{paths:?}");
    for path in &paths {
        let answer = stranger.post(path, &JSON, "{}").await;
        let open = OPEN.iter().any(|method| path.ends_with(method));
        assert!(permission_of(path).is_some(), "{path} declares no permission");
        // Streams are refused before that for speaking another kind of JSON.
        assert!(open || [401, 415].contains(&answer.status), "{path}: {answer:?}");
        let grpc = stranger.h2().await.grpc(path, &[], &[]).await;
        // The way in refuses a wrong code as UNAUTHENTICATED, too, but asks for no credential.
        let refused =
            grpc.header("grpc-status") == "16" && grpc.header("grpc-message").contains("credential");
        assert_eq!(refused, !open, "{path}: {grpc:?}");
    }
    let name = world.any_name();
    for path in [
        "/v1/helloworld/Hello",
        "/v1/no-such-service/X",
        "/helloworld.v1.Helloworld/Hello",
        "/no.such.Service/X",
    ] {
        let answer = stranger.post(path, &JSON, "{}").await.expect(401);
        // What there is, is not told: every refusal is the same.
        assert_eq!(answer.json()["code"], "unauthenticated");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
        assert!(answer.text().contains("micro token create"), "{answer:?}");
        assert!(!answer.text().contains(&name), "{answer:?}");
    }
    for path in ["/v1/openapi.json", "/live/services"] {
        stranger.get(path).await.expect(401);
    }
    for path in ["/", "/services", "/tokens", "/services/helloworld", "/no-such-page"] {
        let answer = stranger.get(path).await;
        assert!((300..400).contains(&answer.status), "{path}: {answer:?}");
        assert!(answer.header("location").starts_with("/login"), "{path}: {answer:?}");
    }
    let reflection = stranger.h2().await;
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let answer = reflection.clone().grpc(path, &[], &[0x3a, 0]).await;
    assert_eq!(answer.header("grpc-status"), "16", "{answer:?}");
}

#[tokio::test]
async fn s02_tokens_that_were_changed_are_refused() {
    let world = world();
    let token = world.micro.token();
    let mut mutants: Vec<String> = (0..token.len()).map(|length| token[..length].to_owned()).collect();
    for (at, _) in token.char_indices() {
        for other in ['a', 'Z', '0', '_', ' '] {
            let mut mutant = token.clone();
            mutant.replace_range(at..=at, &other.to_string());
            if mutant != token {
                mutants.push(mutant);
            }
        }
    }
    mutants.extend([
        format!("{token}0"),
        format!("0{token}"),
        token.to_uppercase(),
        token.replace("mu_pat_", "mu_svc_"),
    ]);
    mutants.extend([token.replace("mu_pat_", "micro_"), format!("{token},{token}"), "null".to_owned()]);
    let mut h2 = world.micro.stranger().h2().await;
    h2.post("/v1/helloworld/Hello", &[JSON[0], ("authorization", &format!("Bearer {token}"))], "{}")
        .await
        .expect(200);
    for mutant in mutants {
        let value = format!("Bearer {mutant}");
        let trimmed = value.trim_end() == format!("Bearer {token}");
        if trimmed {
            continue;
        }
        let answer = h2.post("/v1/helloworld/Hello", &[JSON[0], ("authorization", &value)], "{}").await;
        assert_eq!(answer.status, 401, "{value}");
        assert!(mutant.len() < 8 || !answer.text().contains(&mutant), "a credential is repeated: {answer:?}");
    }
}

#[tokio::test]
async fn only_bearer_tokens_count_on_the_network() {
    let world = world();
    let token = world.micro.token();
    let stranger = world.micro.stranger();
    for value in [
        "Session x",
        "session 00000000-0000-0000-0000-000000000000",
        "Basic eA==",
        "",
        &token,
        &format!("Session {token}"),
    ] {
        for path in ["/v1/helloworld/Hello", "/micro.v1.IdentityService/WhoAmI"] {
            let answer = stranger.with("authorization", value).post(path, &JSON, "{}").await;
            assert_eq!(answer.status, 401, "{value}: {answer:?}");
        }
    }
    // Two credentials are no credential.
    let both = stranger.with("authorization", "Bearer x").with("authorization", &format!("Bearer {token}"));
    both.post("/v1/helloworld/Hello", &JSON, "{}").await.expect(401);
    let lower = stranger.with("authorization", &format!("bearer {token}"));
    lower.post("/v1/helloworld/Hello", &JSON, "{}").await.expect(200);
}

/// s15: secrets are in no log, however much is logged, and in no history.
#[tokio::test]
async fn s15_secrets_are_not_written_down() {
    let micro = micro_support::Micro::start_with(world::program(), |command| {
        command.env("MICRO_LOG", "trace,h2=info,hyper=info");
    });
    let made = micro.cli(&["token", "create", "canary", "-o", "json"]).ok().json();
    let secret = made["token"].as_str().unwrap().to_owned();
    let http = micro
        .stranger()
        .with("authorization", &format!("Bearer {secret}"))
        .with("cookie", "micro=canary-cookie");
    http.json("/v1/helloworld/Hello", &json!({"name": "canary-body"})).await.expect(200);
    http.json("/v1/otp/Generate", &json!({"account": "a", "secret": "CANARYCANARYCANARYCANARYCANARYCA"}))
        .await;
    let code = micro.sign_in().split_once("code=").unwrap().1.to_owned();
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let signed_in = micro.stranger().post("/login", &form, format!("code={code}")).await.expect(303);
    let cookie = signed_in.header("set-cookie").split([';', '=']).nth(1).unwrap().to_owned();
    micro.stranger().with("cookie", &format!("micro={cookie}")).get("/services").await.expect(200);
    micro.stranger().get(&format!("/login?code={code}")).await.expect(200);
    micro.cli(&["login", micro.url(), "--token", &secret]).ok();
    micro.cli(&["token", "revoke", "canary"]).ok();
    let mut kept = vec![("the log", micro.log().into_bytes())];
    for entry in std::fs::read_dir(micro.folder().join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name != "owner-token") {
            kept.push(("the data", std::fs::read(path).unwrap()));
        }
    }
    assert!(kept[0].1.len() > 1_000, "trace logs are there");
    for secret in
        [secret.as_str(), &micro.token(), &code, &cookie, "canary-body", "canary-cookie", "CANARYCANARY"]
    {
        for (place, bytes) in &kept {
            let body = secret == "canary-body" && *place == "the data";
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found || body, "{secret} is in {place}");
        }
    }
}
