use super::*;
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
