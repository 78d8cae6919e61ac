//! Bots' tokens, and the chat users who speak through them.

use crate::world::{self, SOON, read_until};
use bytes::Bytes;
use http::Method;
use micro_support::{
    Http, Micro,
    wire::{frame, frames},
};
use serde_json::{Value, json};
use std::time::Instant;

const PERSON: &str = "slack/T012AB/U034CD";
const UNLINKED: &str = "this chat user is not linked to an account; type `/micro link` first";
const REVOKED: &str = "the credential this call was opened with was revoked";
const WHO_AM_I: &str = "/micro.v1.IdentityService/WhoAmI";
const CALL: &str = "/micro.v1.GatewayService/Call";

/// HTTP with a bot's token.
fn bot(micro: &Micro) -> Http {
    let made = micro.cli(&["token", "create", "slack", "--bot", "-o", "json"]).ok().json();
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("mu_bot_") && secret.len() == 43 && made["bot"] == true, "{made}");
    micro.stranger().with("authorization", &format!("Bearer {secret}"))
}

/// The same, for the chat user.
fn on_behalf(bot: &Http) -> Http {
    bot.with("micro-chat-user", PERSON)
}

async fn chat(http: &Http, method: &str, body: Value, status: u16) -> Value {
    http.json(&format!("/micro.v1.ChatService/{method}"), &body).await.expect(status).json()
}

/// A code for the chat user, as the owner's page shows it.
async fn code(micro: &Micro, bot: &Http) -> String {
    let wish = json!({"person": PERSON, "workspaceName": "Acme", "userName": "Ann\u{202e}"});
    let asked = chat(bot, "CreateLinkRequest", wish, 200).await["request"].clone();
    assert_eq!((&asked["person"], &asked["userName"]), (&json!(PERSON), &json!("Ann")), "{asked}");
    let which = json!({"id": asked["id"]});
    assert_eq!(chat(&micro.http(), "GetLinkRequest", which.clone(), 200).await["request"], asked);
    // Neither a bot nor who is not linked yet is shown it.
    chat(bot, "ShowLinkCode", which.clone(), 403).await;
    chat(&on_behalf(bot), "ShowLinkCode", which.clone(), 401).await;
    let shown = chat(&micro.http(), "ShowLinkCode", which.clone(), 200).await;
    chat(&micro.http(), "ShowLinkCode", which, 404).await;
    shown["code"].as_str().unwrap().to_owned()
}

async fn link(micro: &Micro, bot: &Http) -> Value {
    let typed = json!({"person": PERSON, "code": code(micro, bot).await.to_lowercase()});
    chat(bot, "RedeemLinkCode", typed, 200).await["link"].clone()
}

/// The requests of a call that streams, in Connect's envelopes.
fn streaming(count: u32) -> Bytes {
    let message = json!({"count": count, "interval": "1s"}).to_string();
    let requests = [
        json!({"open": {"service": "helloworld", "method": "Stream"}}),
        json!({"message": message}),
        json!({"halfClose": {}}),
    ];
    requests.iter().flat_map(|request| frame(0, request.to_string().as_bytes())).collect()
}

const CONNECT: [(&str, &str); 1] = [("content-type", "application/connect+json")];

#[tokio::test]
async fn s03_a_bots_token_calls_no_service_on_any_door() {
    let micro = world::start();
    let bot = bot(&micro);
    for linked in [false, true] {
        if linked {
            link(&micro, &bot).await;
        }
        for http in [&bot, &on_behalf(&bot)] {
            for path in ["/v1/helloworld/Hello", "/helloworld.v1.Helloworld/Hello"] {
                http.json(path, &json!({})).await.expect(404);
                let chosen = http.with("micro-service", "helloworld");
                chosen.json(path, &json!({})).await.expect(404);
            }
            let mut h2 = http.h2().await;
            let answer = h2.grpc("/helloworld.v1.Helloworld/Hello", &[], &[]).await;
            assert_eq!(answer.header("grpc-status"), "5", "{answer:?}");
            let web = [("content-type", "application/grpc-web+proto")];
            let answer = http.post("/helloworld.v1.Helloworld/Hello", &web, frame(0, &[])).await;
            assert!(!answer.text().contains("Hello,"), "{answer:?}");
            assert!(
                answer.header("grpc-status") == "5" || answer.text().contains("grpc-status:5"),
                "{answer:?}"
            );
            let answer =
                h2.grpc("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &[], &[0x3a, 0]).await;
            assert!(!answer.text().contains("helloworld"), "{answer:?}");
            let health = h2.grpc("/grpc.health.v1.Health/Check", &[], b"\x0a\x0ahelloworld").await;
            assert_eq!(health.header("grpc-status"), "5", "{health:?}");
            let document = http.get("/v1/openapi.json").await.expect(200).json();
            assert_eq!(document["paths"], json!({}));
            http.get("/live/services").await.expect(401);
        }
        // Nor through Micro's own API, for itself.
        bot.json("/micro.v1.RegistryService/ListServices", &json!({})).await.expect(403);
        let answer = bot.post(CALL, &CONNECT, streaming(1)).await.expect(200);
        assert!(answer.text().contains("permission_denied"), "{answer:?}");
        let refused = bot.json(WHO_AM_I, &json!({})).await.expect(403).json();
        assert!(refused["message"].as_str().unwrap().contains("micro-chat-user"), "{refused}");
    }
}

#[tokio::test]
async fn s03_a_linked_chat_user_does_what_chat_may() {
    let micro = world::start();
    let bot = bot(&micro);
    let ann = on_behalf(&bot);
    let refused = ann.json(WHO_AM_I, &json!({})).await.expect(401).json();
    assert_eq!((&refused["code"], &refused["message"]), (&json!("unauthenticated"), &json!(UNLINKED)));
    let made = link(&micro, &bot).await;

    let who = ann.json(WHO_AM_I, &json!({})).await.expect(200).json();
    assert_eq!(
        (&who["credentialKind"], &who["credential"], &who["credentialId"]),
        (&json!("link"), &json!("Slack user Ann"), &made["id"])
    );
    // Native gRPC, and a header that reaches the gate through every layer.
    let answer = ann.h2().await.grpc(WHO_AM_I, &[], &[]).await;
    assert!(answer.text().contains("Slack user Ann"), "{answer:?}");
    let listed = ann.json("/micro.v1.RegistryService/ListServices", &json!({})).await.expect(200);
    assert!(listed.text().contains("helloworld"));
    let called = ann.post(CALL, &CONNECT, streaming(1)).await.expect(200);
    assert!(called.text().contains("\\\"number\\\""), "{called:?}");

    for (path, body) in [
        ("/micro.v1.IdentityService/CreateToken", json!({"name": "mine"})),
        ("/micro.v1.IdentityService/ListTokens", json!({})),
        ("/micro.v1.IdentityService/CreateSignInLink", json!({})),
        ("/micro.v1.ChatService/ListLinks", json!({})),
        ("/micro.v1.ChatService/RemoveLink", json!({"id": made["id"]})),
        ("/micro.v1.RegistryService/Register", json!({"service": "x", "address": "127.0.0.1:1"})),
    ] {
        let refused = ann.json(path, &body).await.expect(403).json();
        assert!(
            refused["message"].as_str().unwrap().contains("cannot be done from chat"),
            "{path}: {refused}"
        );
    }
    // The name of a chat user is worth nothing without a bot's token, and one is enough.
    for http in [micro.http().with("micro-chat-user", PERSON), micro.http().with("micro-chat-user", "x")] {
        http.json(WHO_AM_I, &json!({})).await.expect(403);
    }
    micro.stranger().with("micro-chat-user", PERSON).json(WHO_AM_I, &json!({})).await.expect(401);
    ann.with("micro-chat-user", PERSON).json(WHO_AM_I, &json!({})).await.expect(400);
    bot.with("micro-chat-user", "slack/T012AB").json(WHO_AM_I, &json!({})).await.expect(400);
    // Nobody but a bot asks for and spends codes.
    chat(&micro.http(), "CreateLinkRequest", json!({"person": PERSON}), 403).await;
    chat(&micro.http(), "RedeemLinkCode", json!({"person": PERSON, "code": "00000000"}), 403).await;

    assert_eq!(chat(&micro.http(), "Unlink", json!({}), 400).await["code"], "failed_precondition");
    assert_eq!(chat(&ann, "Unlink", json!({}), 200).await["link"], made);
    assert_eq!(ann.json(WHO_AM_I, &json!({})).await.expect(401).json()["message"], UNLINKED);
}

#[tokio::test]
async fn s07_a_removed_link_is_cut_off_at_once() {
    let micro = world::start();
    let bot = bot(&micro);
    let ann = on_behalf(&bot);
    let made = link(&micro, &bot).await;
    let list = || micro.cli(&["link", "list", "-o", "json"]).ok().json();
    let listed = list()[0].clone();
    let created = listed["created"].as_str().unwrap();
    assert!(created.ends_with('Z') && created.contains('T'), "{created}");
    let expected = json!({
        "id": made["id"], "platform": "slack", "workspace": "T012AB", "workspace_name": "Acme", "user": "U034CD",
        "user_name": "Ann", "created": created,
    });
    assert_eq!(listed, expected);
    let table = micro.cli(&["link", "list"]).ok().stdout;
    assert!(table.contains("Ann (U034CD)") && table.contains("Acme (T012AB)"), "{table}");

    let request = ann.request(Method::POST, CALL, &CONNECT, streaming(1_000));
    let mut stream = ann.open(request).await.into_body();
    read_until(&mut stream, "number").await;
    assert_ne!(micro.cli(&["link", "remove", "unknown"]).code, 0);
    let removed = micro.cli(&["link", "remove", made["id"].as_str().unwrap(), "-o", "json"]).ok().json();
    let cut = Instant::now();
    assert_eq!(removed, expected);
    ann.json(WHO_AM_I, &json!({})).await.expect(401);
    read_until(&mut stream, REVOKED).await;
    assert!(cut.elapsed().as_secs_f64() < 5.0, "{:?}", cut.elapsed());
    assert_eq!(list(), json!([]));

    // A bot whose token is revoked is cut off, too, with all it does for others.
    link(&micro, &bot).await;
    let request = ann.request(Method::POST, CALL, &CONNECT, streaming(1_000));
    let mut stream = ann.open(request).await.into_body();
    read_until(&mut stream, "number").await;
    micro.cli(&["token", "revoke", "slack"]).ok();
    ann.json(WHO_AM_I, &json!({})).await.expect(401);
    let cut = Instant::now();
    read_until(&mut stream, REVOKED).await;
    assert!(cut.elapsed() < SOON / 4, "{:?}", cut.elapsed());
}

#[tokio::test]
async fn tokens_say_whether_they_are_a_bots() {
    let micro = world::start();
    let plain = micro.cli(&["token", "create", "slack", "--bot"]).ok();
    assert!(plain.stdout.starts_with("mu_bot_") && plain.stdout.trim().len() == 43, "{plain:?}");
    let list = micro.cli(&["token", "list", "-o", "json"]).ok().json();
    let bots: Vec<&Value> = list.as_array().unwrap().iter().filter(|token| token["bot"] == true).collect();
    assert!(bots.len() == 1 && bots[0]["name"] == "slack", "{list}");
    assert!(
        micro
            .cli(&["token", "list"])
            .ok()
            .stdout
            .lines()
            .any(|row| row.contains("slack") && row.contains("bot"))
    );
    // The terminal with a bot's token says what it is for.
    let who = micro.cli(&["whoami", "--token", plain.stdout.trim()]);
    assert!(who.code != 0 && who.stderr.contains("bot's token"), "{who:?}");
    // Frames of gRPC hold what Connect's JSON does.
    let asked = micro.stranger().with("authorization", &format!("Bearer {}", plain.stdout.trim()));
    let person = [&[0x0a, PERSON.len() as u8], PERSON.as_bytes()].concat();
    let answer = asked.h2().await.grpc("/micro.v1.ChatService/CreateLinkRequest", &[], &person).await;
    assert_eq!(frames(&answer.body).len(), 1, "{answer:?}");
}
