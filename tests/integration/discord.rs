//! Stories in Discord, over both ways of delivery; and what must not happen there.

use crate::{chat, world};
use micro_support::{
    Micro,
    fake_discord::{Actor, FakeDiscord, Message, Mode, Outcome},
    until,
};
use serde_json::json;
use std::time::Duration;

/// A server and the Discord it answers in.
struct Chat {
    micro: Micro,
    discord: FakeDiscord,
    ann: Actor,
}

impl Chat {
    async fn start(mode: Mode) -> Self {
        let discord = FakeDiscord::start();
        let environment = discord.environment(mode).into_iter();
        let micro = chat::start(environment.map(|(name, value)| (name.to_owned(), value)).collect());
        let ann = match mode {
            Mode::Http => Actor::ann(Some(micro.url())),
            Mode::Gateway => {
                discord.wait_for_session().await;
                Actor::ann(None)
            }
        };
        until("the commands are registered", world::SOON, async || {
            (!discord.state().await.commands.is_empty()).then_some(())
        })
        .await;
        Self { micro, discord, ann }
    }

    async fn send(&self, command: &str, options: &[(&str, &str)]) -> Outcome {
        self.discord.command(&self.ann, "micro", chat::typed(command, options)).await.acknowledged()
    }

    async fn ask(&self, command: &str, options: &[(&str, &str)]) -> Message {
        let sent = self.send(command, options).await;
        self.discord.answer_to(&sent).await
    }

    async fn link(&self) {
        let asked = self.ask("link", &[]).await;
        let page = chat::page_in_discord(&asked);
        let code = chat::code(&self.micro, &page).await;
        let linked = self.ask("link", &[("code", &code)]).await;
        assert!(linked.text().contains("You are linked to"), "{}", linked.text());
    }

    async fn linked(mode: Mode) -> Self {
        let chat = Self::start(mode).await;
        chat.link().await;
        chat
    }
}

async fn story(mode: Mode) {
    let chat = Chat::start(mode).await;
    assert!(chat.ask("services", &[]).await.text().contains("You are not linked"));
    assert!(chat.ask("help", &[]).await.text().contains("/micro services"));
    chat.link().await;

    let listed = chat.ask("services", &[]).await;
    assert!(listed.ephemeral, "every answer is private");
    let services = chat.micro.cli(&["services", "-o", "json"]).ok().json();
    for service in services.as_array().unwrap() {
        let name = service["name"].as_str().unwrap();
        assert!(listed.text().contains(name), "{name} is not in {}", listed.text());
    }
    assert!(
        chat.ask("service", &[("name", "helloworld")]).await.text().contains("/micro run helloworld hello")
    );

    let called =
        chat.ask("run", &[("service", "helloworld"), ("method", "hello"), ("args", "name:\"Ann B\"")]).await;
    assert!(called.text().contains("\"message\": \"Hello, Ann B\""), "{}", called.text());
    let body = [("service", "id"), ("method", "Generate"), ("body", "{\"type\": \"nope\"}")];
    assert!(chat.ask("call", &body).await.text().contains("INVALID_ARGUMENT"));

    // By form.
    let opened = chat.send("run", &[("service", "helloworld"), ("method", "stream")]).await;
    let modal = opened.modal.clone().unwrap_or_else(|| panic!("no form: {opened:?}"));
    let wrong =
        chat.discord.submit(&chat.ann, &modal, &[("name", "Bob"), ("count", "many")]).await.acknowledged();
    let wrong = chat.discord.answer_to(&wrong).await;
    assert!(wrong.text().contains("whole number"), "{}", wrong.text());
    // The way back keeps what was typed.
    let again = chat.discord.click(&chat.ann, &wrong.id, &wrong.button("Edit"), &[]).await.acknowledged();
    let modal = again.modal.clone().unwrap();
    let state = chat.discord.state().await;
    let reopened = state.modals.iter().find(|known| known.id == modal).unwrap();
    assert!(json!(reopened.components).to_string().contains("\"value\":\"many\""), "{reopened:?}");
    let sent =
        chat.discord.submit(&chat.ann, &modal, &[("name", "Bob"), ("count", "3")]).await.acknowledged();
    let summary = chat.discord.answer_to(&sent).await;
    assert!(summary.text().contains("Hello, Bob"), "{}", summary.text());

    assert!(chat.ask("unlink", &[]).await.text().contains("not linked any more"));
    chat.discord.expect_clean().await;
}

#[tokio::test]
async fn the_whole_line_over_signed_http() {
    story(Mode::Http).await;
}

#[tokio::test]
async fn the_whole_line_over_the_gateway() {
    story(Mode::Gateway).await;
}

#[tokio::test]
async fn what_changes_data_asks_once_and_runs_once() {
    let chat = Chat::linked(Mode::Http).await;
    let options = [("service", "cache"), ("method", "increment"), ("args", "key:visits")];
    let question = chat.ask("run", &options).await;
    let read = || chat.micro.cli(&["cache", "get", "--key", "visits"]);
    assert!(question.text().contains("Nothing was run yet"), "{}", question.text());
    assert_ne!(read().code, 0, "it ran before anybody said so");
    let run = question.button("Run");
    let first = chat.discord.click(&chat.ann, &question.id, &run, &[]).await.acknowledged();
    // The same interaction again does nothing.
    chat.discord.replay(&chat.ann, first.interaction.as_deref().unwrap()).await;
    until("the value", world::SOON, async || (read().code == 0).then_some(())).await;
    let value = chat.ask("run", &[("service", "cache"), ("method", "get"), ("args", "key:visits")]).await;
    assert!(value.text().contains("\"1\""), "{}", value.text());
    chat.discord.expect_clean().await;
}

#[tokio::test]
async fn what_is_typed_is_completed() {
    let chat = Chat::linked(Mode::Http).await;
    let names = |outcome: &Outcome| -> Vec<String> {
        outcome.choices().iter().map(|choice| choice["value"].as_str().unwrap().to_owned()).collect()
    };
    let complete = async |command: &str, options: &[(&str, &str)]| {
        chat.discord.autocomplete(&chat.ann, "micro", chat::typing(command, options)).await.acknowledged()
    };
    assert_eq!(names(&complete("service", &[("name", "hell")]).await), ["helloworld"]);
    let methods = names(&complete("run", &[("service", "helloworld"), ("method", "he")]).await);
    assert_eq!(methods, ["hello"]);
    assert!(names(&complete("help", &[("command", "serv")]).await).contains(&"services".to_owned()));
    // Nobody who is not linked is told of a service.
    chat.ask("unlink", &[]).await;
    assert!(complete("service", &[("name", "")]).await.choices().is_empty());
}

#[tokio::test]
async fn what_was_left_empty_is_chosen_from_a_menu() {
    let chat = Chat::linked(Mode::Http).await;
    let choose = async |asked: &Message, name: &str| {
        let menu = asked.parts().find(|part| part["type"] == 3).unwrap();
        let id = menu["custom_id"].as_str().unwrap();
        chat.discord.click(&chat.ann, &asked.id, id, &[name]).await.acknowledged()
    };
    let asked = chat.ask("run", &[("service", ""), ("method", "")]).await;
    assert!(asked.text().contains("Which service?"), "{}", asked.text());
    choose(&asked, "helloworld").await;
    let asked = chat
        .discord
        .wait_for_message("the next choice", |message| {
            message.id == asked.id && message.text().contains("Which method of helloworld?")
        })
        .await;
    // The form rides in the response to the choice, as it does in the one to the whole command.
    assert!(choose(&asked, "hello").await.modal.is_some());
    chat.discord.expect_clean().await;
}

#[tokio::test]
async fn s16_only_what_discord_signed_is_taken() {
    let chat = Chat::linked(Mode::Http).await;
    let url = chat.micro.url().to_owned();
    assert_eq!(chat.discord.ping(&url, "good").await.body, json!({"type": 1}));
    for wrong in ["bad", "missing", "stale"] {
        assert_eq!(chat.discord.ping(&url, wrong).await.status, 401, "{wrong}");
    }
    for text in ["", "{", "[]", "{\"type\": 2}", "{\"type\": 99, \"id\": \"1\"}", "\u{0}"] {
        let answer = chat.discord.raw(&url, text, 0).await;
        assert!(matches!(answer.status, 200 | 400), "{text}: {answer:?}");
    }
    let large =
        chat.micro.stranger().post("/chat/discord/interaction", &[], "x".repeat(1024 * 1024 + 1)).await;
    assert_eq!(large.status, 413);
    assert!(chat.ask("whoami", &[]).await.text().contains("Account"));
}

#[tokio::test]
async fn the_gateway_comes_back_and_nothing_is_lost() {
    let chat = Chat::linked(Mode::Gateway).await;
    for action in [
        json!({"action": "reconnect"}),
        json!({"action": "close", "code": 4000}),
        json!({"action": "invalid_session", "resumable": false}),
        json!({"action": "drop"}),
    ] {
        chat.discord.gateway(&action).await;
        chat.discord.wait_for_session().await;
        let told = chat.ask("whoami", &[]).await;
        assert!(told.text().contains("Account"), "after {action}");
    }
}

#[tokio::test]
async fn limits_and_outages_of_discord_are_waited_for() {
    let chat = Chat::linked(Mode::Http).await;
    for fault in [
        json!({"path_contains": "@original", "times": 1, "status": 429, "retry_after": 1}),
        json!({"path_contains": "@original", "times": 2, "status": 503}),
    ] {
        chat.discord.inject(&fault).await;
        assert!(chat.ask("whoami", &[]).await.text().contains("Account"));
    }
}

#[tokio::test]
async fn what_services_say_is_harmless_text() {
    let chat = Chat::linked(Mode::Http).await;
    let args = "name:\"@everyone <@&1> **bold** ```end``` [x](https://evil.example) \u{202e}\"";
    let shown = chat.ask("run", &[("service", "helloworld"), ("method", "hello"), ("args", args)]).await;
    let text = shown.text();
    assert!(!text.contains('\u{202e}'), "{text}");
    assert_eq!(text.matches("```").count() % 2, 0, "{text}");
    chat.discord.expect_clean().await;
}

#[tokio::test]
async fn an_interaction_that_is_too_old_is_answered_directly() {
    let chat = Chat::linked(Mode::Http).await;
    // It runs for two seconds, in which its token's quarter of an hour passes.
    let options = [("service", "helloworld"), ("method", "stream"), ("args", "name:Ann count:3 interval:1s")];
    chat.send("run", &options).await;
    chat.discord.advance(Duration::from_secs(16 * 60)).await;
    chat.discord
        .wait_for_message("a direct message", |message| {
            message.origin == "channel" && message.text().contains("Hello, Ann")
        })
        .await;
}
