//! The typed driver against the program it drives.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use micro_support::{
    Http,
    fake_discord::{Actor, FakeDiscord, Mode},
};
use serde_json::json;
use std::time::Duration;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";

fn bot(fake: &FakeDiscord) -> Http {
    let http = Http::new(fake.ready("url").trim_start_matches("http://"));
    http.with("authorization", &format!("Bot {}", fake.ready("bot_token")))
}

#[tokio::test]
async fn its_answers_have_the_shape_the_driver_reads() {
    let fake = FakeDiscord::start_with(&["--guild", "42"]);
    assert_eq!(fake.ready("guild"), "42");
    assert_eq!(fake.ready("public_key").len(), 64);
    let names = |mode| fake.environment(mode).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!((names(Mode::Gateway).len(), names(Mode::Http).len()), (2, 4));

    let embed = json!({"title": "Greeter", "fields": [{"name": "State", "value": "up"}]});
    let rows =
        json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Open", "custom_id": "o"}]}]);
    let body = json!({"embeds": [embed], "components": rows, "allowed_mentions": {"parse": []}});
    bot(&fake).json("/api/v10/channels/7/messages", &body).await.expect(200);
    let message = fake.wait_for_message("the card", |message| message.channel == "7").await;
    assert_eq!((message.text().trim(), message.button("Open")), ("Greeter\nState\nup", "o".to_owned()));
    fake.expect_clean().await;

    let ann = Actor::ann(Some(NOWHERE));
    for outcome in [
        fake.command(&ann.in_dm().with("locale", "de"), "micro", json!([])).await,
        fake.click(&ann, &message.id, "o", &[]).await,
        fake.ping(NOWHERE, "bad").await,
        fake.raw(NOWHERE, "{", 3).await,
    ] {
        assert!(!outcome.acknowledged && outcome.error.is_some(), "{outcome:#?}");
    }
    let kinds: Vec<String> =
        fake.state().await.deliveries.into_iter().map(|delivery| delivery.kind).collect();
    assert_eq!(kinds, ["command", "click", "ping", "raw"]);
}

#[tokio::test]
async fn faults_and_limits_are_answered_as_discord_does() {
    let fake = FakeDiscord::start();
    let bot = bot(&fake);
    fake.inject(
        &json!({"path_contains": "@me", "times": 1, "status": 429, "retry_after": 1.5, "global": true}),
    )
    .await;
    let limited = bot.get("/api/v10/users/@me").await.expect(429);
    assert_eq!((limited.header("retry-after"), limited.header("x-ratelimit-global")), ("2", "true"));
    assert_eq!(limited.json()["retry_after"], 1.5);
    let me = bot.get("/api/v10/users/@me").await.expect(200);
    assert_eq!(me.header("x-ratelimit-remaining"), "29");

    bot.bare().get("/api/v10/users/@me").await.expect(401);
    bot.get("/api/v10/nothing").await.expect(404);
    let wrong =
        bot.json("/api/v10/channels/7/messages", &json!({"content": "a".repeat(2_001)})).await.expect(400);
    assert_eq!(wrong.json()["code"], 50035);
    bot.json("/api/v10/webhooks/1/old", &json!({"content": "c"})).await.expect(404);
    let state = fake.state().await;
    assert_eq!((state.invalid_answers, state.rate_limited), (2, 1));
    let refused: Vec<u16> = fake.rejected().await.into_iter().map(|rejected| rejected.status).collect();
    assert_eq!(refused, [401, 404, 400, 404]);

    fake.advance(Duration::from_secs(601)).await;
    assert_eq!(fake.state().await.invalid_answers, 0);
    fake.gateway(&json!({"action": "session_start_limit", "remaining": 3})).await;
    let gateway = bot.get("/api/v10/gateway/bot").await.expect(200).json();
    assert_eq!(gateway["session_start_limit"]["remaining"], 3);
    assert!(gateway["url"].as_str().unwrap().starts_with("ws://127.0.0.1:"));
    fake.reset().await;
    assert!(fake.state().await.calls.is_empty());
}
