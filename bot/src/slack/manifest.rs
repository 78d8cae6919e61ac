//! The app's manifest (<https://docs.slack.dev/reference/app-manifest>), made from the command tree.

use super::render::cut;
use micro_domain::command::{Surface, on};
use serde_json::{Value, json};

/// Longest hint of a command, in characters.
const HINT_MAX: usize = 1_000;
/// What the bot cannot do without.
pub(super) const SCOPES: [&str; 2] = ["commands", "chat:write"];

/// The manifest: signed HTTP to `public_url`, or Socket Mode without one.
pub(crate) fn manifest(public_url: Option<&str>) -> Value {
    let url = |path: &str| public_url.map(|base| format!("{}/chat/slack/{path}", base.trim_end_matches('/')));
    let mut command = json!({
        "command": "/micro",
        "description": "Find, describe and call your team's services",
        "usage_hint": cut(&hint(), HINT_MAX),
        "should_escape": false,
    });
    let mut interactivity = json!({"is_enabled": true});
    if let (Some(command), Some(interactivity)) = (command.as_object_mut(), interactivity.as_object_mut()) {
        command.extend(url("command").map(|url| ("url".to_owned(), json!(url))));
        interactivity.extend(url("interaction").map(|url| ("request_url".to_owned(), json!(url))));
        interactivity.extend(url("options").map(|url| ("message_menu_options_url".to_owned(), json!(url))));
    }
    json!({
        "display_information": {
            "name": "Micro",
            "description": "Share, find, call and watch your team's services",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": false,
                "messages_tab_enabled": true,
                "messages_tab_read_only_enabled": true,
            },
            "bot_user": {"display_name": "Micro", "always_online": true},
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": SCOPES}},
        "settings": {
            "interactivity": interactivity,
            "org_deploy_enabled": false,
            "socket_mode_enabled": public_url.is_none(),
            "token_rotation_enabled": false,
        },
    })
}

fn hint() -> String {
    let words: Vec<&str> = on(Surface::Chat).filter_map(|command| command.path.first().copied()).collect();
    words.join(" | ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_keeps_slack_s_limits() {
        for public_url in [None, Some("https://micro.example/")] {
            let manifest = manifest(public_url);
            let length =
                |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap().chars().count();
            assert!(length("/display_information/name") <= 35);
            assert!(length("/display_information/description") <= 140);
            assert!(length("/features/slash_commands/0/command") <= 32);
            assert!(length("/features/slash_commands/0/usage_hint") <= HINT_MAX);
            assert_eq!(manifest["settings"]["socket_mode_enabled"], public_url.is_none());
        }
        let http = manifest(Some("https://micro.example/"));
        assert_eq!(http["features"]["slash_commands"][0]["url"], "https://micro.example/chat/slack/command");
    }
}
