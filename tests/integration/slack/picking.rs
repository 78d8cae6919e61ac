//! Choosing what a command lacks: from menus whose options are asked for while somebody looks through them.

use super::{Chat, SOON};
use micro_support::{
    fake_slack::{Delivered, Message, Mode, Person, person},
    until,
};
use serde_json::{Value, json};

impl Chat {
    /// Types into the menu of a message; the names that are offered then.
    async fn offered(&self, who: &Person, message: &Message, typed: &str) -> Vec<String> {
        let asked = json!({"message": message.id(), "action_id": "pick", "value": typed});
        names(&self.slack.suggest(who, asked).await.ok().value()["answer"])
    }

    /// Chooses a name that was offered.
    async fn choose(&self, who: &Person, message: &Message, name: &str) -> Delivered {
        let chosen = json!({"message": message.id(), "action_id": "pick", "value": name});
        self.slack.click(who, chosen).await.ok()
    }
}

fn names(answer: &Value) -> Vec<String> {
    let options = answer["options"].as_array().unwrap_or_else(|| panic!("no options: {answer}"));
    options.iter().map(|option| option["value"].as_str().unwrap().to_owned()).collect()
}

/// The block of the message's menu.
fn menu(message: &Message) -> &Value {
    let mut blocks = message.blocks().as_array().unwrap().iter();
    let found = blocks.find(|block| block["elements"][0]["type"] == "external_select");
    found.unwrap_or_else(|| panic!("no menu in {}", message.blocks()))
}

async fn story(mode: Mode) {
    let (chat, ann) = (Chat::start(mode).await, person("U1", "ann"));
    let stranger = chat.ask(&ann, "call").await;
    assert!(stranger.all_text().contains("You are not linked"), "{}", stranger.all_text());
    assert!(!stranger.blocks().to_string().contains("external_select"), "{}", stranger.blocks());
    chat.link(&ann).await;

    // The service, then its method, then the form that the typed command opens.
    let asked = chat.ask(&ann, "call").await;
    assert_eq!(asked.user(), Some("U1"), "the choice is private");
    let services = chat.micro.cli(&["services", "-o", "json"]).ok().json();
    let services: Vec<&str> =
        services.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(chat.offered(&ann, &asked, "").await, services);
    assert_eq!(chat.offered(&ann, &asked, "HELL").await, ["helloworld"]);
    chat.choose(&ann, &asked, "helloworld").await;
    let asked = chat.changed(&asked, "Which method of helloworld?").await;
    let methods = chat.offered(&ann, &asked, "").await;
    assert!(
        methods.contains(&"stream".to_owned()) && !methods.contains(&"collect".to_owned()),
        "{methods:?}"
    );
    assert_eq!(chat.offered(&ann, &asked, "hel").await, ["hello"]);
    chat.choose(&ann, &asked, "hello").await;
    let form = chat.slack.wait_for_view("U1", |view| view["title"]["text"] == "Hello").await;
    chat.slack.submit(&ann, form["id"].as_str().unwrap(), json!({"name": "Ann"})).await.ok();
    chat.slack.wait_for_message("the answer", |message| message.all_text().contains("Hello, Ann")).await;

    // What was typed besides stays, so that nothing is left to be asked.
    let asked = chat.ask(&ann, "run helloworld name:Bob").await;
    chat.offered(&ann, &asked, "").await;
    chat.choose(&ann, &asked, "hello").await;
    chat.changed(&asked, "Hello, Bob").await;

    let asked = chat.ask(&ann, "service").await;
    chat.offered(&ann, &asked, "").await;
    chat.choose(&ann, &asked, "helloworld").await;
    chat.changed(&asked, "/micro run helloworld hello").await;
    chat.slack.assert_nothing_rejected().await;
}

#[tokio::test]
async fn what_a_command_lacks_is_chosen_over_signed_http() {
    story(Mode::Http).await;
}

#[tokio::test]
async fn what_a_command_lacks_is_chosen_over_sockets() {
    story(Mode::Socket).await;
}

#[tokio::test]
async fn what_changes_data_asks_after_a_choice_too() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let asked = chat.ask(&ann, "run cache key:visits").await;
    chat.offered(&ann, &asked, "incr").await;
    chat.choose(&ann, &asked, "increment").await;
    chat.changed(&asked, "Nothing was run yet").await;
    assert_ne!(chat.micro.cli(&["cache", "get", "--key", "visits"]).code, 0);
}

#[tokio::test]
async fn nobody_gets_what_somebody_else_may_choose() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let asked = chat.ask(&ann, "run").await;
    let block = menu(&asked)["block_id"].clone();
    let eve = person("U2", "eve");
    let act =
        async |payload: Value| chat.slack.act("interaction", &eve, json!({"payload": payload})).await.ok();
    let choice = json!({"type": "external_select", "block_id": block, "action_id": "pick", "action_ts": "1.1",
        "selected_option": {"text": {"type": "plain_text", "text": "helloworld"}, "value": "helloworld"}});
    // Neither unlinked nor linked.
    for linked in [false, true] {
        if linked {
            chat.link(&eve).await;
        }
        let typing = json!({"type": "block_suggestion", "block_id": block, "action_id": "pick", "value": ""});
        assert_eq!(act(typing).await.value()["body"], "{\"options\":[]}");
        act(json!({"type": "block_actions", "actions": [choice]})).await;
        let refusals = async || {
            let told = chat.slack.messages_to("U2").await;
            let count = told.iter().filter(|one| one.all_text().contains("nothing was run")).count();
            (count > usize::from(linked)).then_some(())
        };
        until("a refusal for eve", SOON, refusals).await;
    }
    assert_eq!(chat.offered(&ann, &asked, "hell").await, ["helloworld"], "it is still hers");
}

#[tokio::test]
async fn names_end_with_the_link_and_come_back_with_it() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let asked = chat.ask(&ann, "run").await;
    assert_eq!(chat.offered(&ann, &asked, "hell").await, ["helloworld"]);
    chat.ask(&ann, "unlink").await;
    assert!(chat.offered(&ann, &asked, "hell").await.is_empty());
    chat.link(&ann).await;
    // Slack is not kept waiting: the first answer knows nothing, and one of the next does.
    until("the names", SOON, async || (!chat.offered(&ann, &asked, "hell").await.is_empty()).then_some(()))
        .await;
    chat.choose(&ann, &asked, "helloworld").await;
    chat.changed(&asked, "Which method of helloworld?").await;
    chat.slack.assert_nothing_rejected().await;
}
