#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::discord::payload::What;
use micro_domain::identity::Secret;
use serde_json::json;

fn options(api_url: &str, elsewhere: bool) -> options::Discord {
    options::Discord {
        bot_token: Secret::new("t"),
        delivery: options::DiscordDelivery::Gateway,
        api_url: api_url.to_owned(),
        elsewhere,
    }
}

#[test]
fn a_gateway_belongs_to_the_api_that_names_it() {
    let own = options("https://discord.com", false);
    for (url, good) in [
        ("wss://gateway.discord.gg", true),
        ("wss://gateway-us-east1-b.discord.gg/", true),
        ("ws://gateway.discord.gg", false),
        ("wss://evil-discord.gg", false),
        ("wss://discord.gg.example", false),
        ("", false),
    ] {
        assert_eq!(is_expected(url, &own), good, "{url}");
    }
    let fake = options("http://127.0.0.1:4000", true);
    assert!(is_expected("ws://127.0.0.1:4001", &fake));
    assert!(!is_expected("wss://gateway.discord.gg", &fake));
    assert!(!is_expected("http://127.0.0.1:4000", &fake));
}

#[test]
fn with_few_identifies_left_it_stays_away() {
    let limit = |remaining| json!({"total": 1_000, "remaining": remaining, "reset_after": 60_000});
    assert_eq!(stay_away(&limit(IDENTIFIES_KEPT)), None);
    assert_eq!(stay_away(&limit(IDENTIFIES_KEPT - 1)), Some(Duration::from_secs(60)));
    assert_eq!(stay_away(&json!({"remaining": 0})), Some(Duration::from_secs(1)));
    assert_eq!(stay_away(&Value::Null), None);
}

/// An interaction as Discord sends it.
fn sent(kind: u8, data: Value) -> Value {
    let user =
        json!({"id": "42", "username": "ann", "global_name": "Ann", "discriminator": "0", "avatar": null});
    let mut payload = json!({
        "id": "1", "application_id": "2", "token": "tok", "type": kind, "version": 1, "channel_id": "3",
        "channel": {"id": "3", "type": 1, "name": null, "permissions": "0"}, "user": user, "locale": "en-US",
        "app_permissions": "0", "entitlements": [], "authorizing_integration_owners": {"0": "0"}, "context": 1,
        "attachment_size_limit": 10_485_760,
    });
    if matches!(kind, 3 | 5) {
        payload["message"] = json!({
            "id": "4", "type": 0, "channel_id": "3", "author": user, "content": "", "edited_timestamp": null,
            "timestamp": "2026-01-01T00:00:00+00:00", "tts": false, "mention_everyone": false, "mentions": [],
            "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "components": [],
        });
    }
    payload["data"] = data;
    payload
}

#[test]
fn what_the_library_understood_reads_as_what_was_sent() {
    let option = json!({"type": 3, "name": "service", "value": "gree", "focused": true});
    let command = json!({"id": "9", "name": "micro", "type": 1, "options": [
        {"type": 1, "name": "run", "options": [option]},
    ]});
    let modal = json!({"custom_id": "form", "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "name", "value": "Ann"}]},
    ]});
    for (kind, data) in [
        (
            2,
            json!({"id": "9", "name": "micro", "type": 1, "options": [{"type": 1, "name": "help", "options": []}]}),
        ),
        (3, json!({"component_type": 2, "custom_id": "abc"})),
        (3, json!({"component_type": 3, "custom_id": "open", "values": ["def"]})),
        (4, command),
        (5, modal),
    ] {
        let sent = sent(kind, data);
        let understood: serenity::all::Interaction = serde_json::from_value(sent.clone()).unwrap();
        let read = read(&understood).unwrap();
        assert_eq!(read, Interaction::read(&sent).unwrap(), "{sent}");
        assert_ne!(read.what, What::Ping);
    }
}
