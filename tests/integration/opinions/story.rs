//! A short story in Slack and Discord at once, and all that both were sent in it.

use super::{HOSTILE, Payloads, long, previews};
use crate::chat::{self, Both};
use micro_support::{
    Zoo,
    fake_discord::{self, Outcome},
    fake_slack,
};
use serde_json::{Value, json};
use std::{cell::RefCell, time::Duration};

/// Everybody who chats with a server.
pub(super) struct Chats {
    both: Both,
    /// What Discord was answered at once.
    answered: RefCell<Vec<Value>>,
    /// A service that says and fails with whatever it is told; none where no language is there.
    zoo: Option<Zoo>,
}

impl Chats {
    pub(super) async fn start() -> Self {
        let both = Both::start().await;
        let zoo = previews::any_zoo(&both.micro).await;
        Self { both, answered: RefCell::default(), zoo }
    }

    /// Calls that ask first: their method, and the request.
    fn questions(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut questions = vec![("cache", "Set", json!({"key": "visits", "value": "1"}).to_string())];
        for text in [HOSTILE, &long()].into_iter().filter(|_| self.zoo.is_some()) {
            questions.push(("zoo", "Echo", json!({"stringValue": text, "strings": [text]}).to_string()));
            questions.push(("zoo", "Fail", json!({"code": 9, "message": text}).to_string()));
        }
        questions
    }

    /// Types a line into Slack and reads the answer.
    async fn say(&self, line: &str) -> fake_slack::Message {
        self.both.say(line).await
    }

    fn note(&self, outcome: Outcome) -> Outcome {
        let outcome = outcome.acknowledged();
        self.answered.borrow_mut().push(outcome.body.clone());
        outcome
    }

    /// Sends a subcommand to Discord.
    async fn send(&self, command: &str, options: &[(&str, &str)]) -> Outcome {
        self.note(self.both.send(command, options).await)
    }

    /// Sends a subcommand to Discord and reads the answer.
    async fn ask(&self, command: &str, options: &[(&str, &str)]) -> fake_discord::Message {
        self.both.discord.answer_to(&self.send(command, options).await).await
    }

    async fn complete(&self, command: &str, options: &[(&str, &str)]) {
        let typing = chat::typing(command, options);
        self.note(self.both.discord.autocomplete(&self.both.bob, "micro", typing).await);
    }

    pub(super) async fn in_slack(&self) {
        let Both { slack, ann, .. } = &self.both;
        self.say("services").await;
        self.both.link_in_slack().await;
        for line in ["help", "whoami", "services", "service helloworld", "run helloworld hello name:Ann"] {
            self.say(line).await;
        }
        let asked = self.say("run").await;
        let menu = |value: &str| json!({"message": asked.id(), "action_id": "pick", "value": value});
        for typed in ["nothing-like-it", ""] {
            slack.suggest(ann, menu(typed)).await.ok();
        }
        slack.click(ann, menu("helloworld")).await.ok();
        for line in ["servces", "services qery:x", "", "\"", "help servces"] {
            slack.command(ann, line).await.ok();
        }
        for (service, method, request) in self.questions() {
            let question = self.say(&format!("call {service} {method} {request}")).await;
            slack.press(ann, &question, "Run").await.ok();
            slack
                .wait_for_message("what became of it", |message| {
                    message.id() == question.id() && message.all_text().contains("*Code*")
                })
                .await;
        }
        slack.command(ann, "run helloworld stream").await.ok();
        let view = slack.wait_for_view("U1", |_| true).await;
        let id = view["id"].as_str().unwrap();
        for count in ["many", "3"] {
            slack.submit(ann, id, json!({"name": HOSTILE.replace('\0', ""), "count": count})).await.ok();
        }
        slack
            .wait_for_message("the stream's end", |message| message.all_text().contains("*Messages*\n3"))
            .await;
        // A response address that is gone: the direct message is another method.
        slack.inject(json!({"method": "response_url", "times": 1, "status": 404})).await;
        slack.command(ann, "whoami").await.ok();
        slack
            .wait_for_message("a direct message", |message| {
                message.via() == "postMessage" && message.all_text().contains("*Account*")
            })
            .await;
        self.say("unlink").await;
        slack.assert_nothing_rejected().await;
    }

    pub(super) async fn in_discord(&self) {
        let Both { micro, discord, bob, .. } = &self.both;
        self.ask("services", &[]).await;
        let asked = self.ask("link", &[]).await;
        let page = chat::page_in_discord(&asked);
        self.ask("link", &[("code", &chat::code(micro, &page).await)]).await;
        for command in ["help", "whoami", "services"] {
            self.ask(command, &[]).await;
        }
        self.ask("service", &[("name", "helloworld")]).await;
        self.ask("run", &[("service", "helloworld"), ("method", "hello"), ("args", "name:Ann")]).await;
        self.ask("run", &[("service", "helloworld"), ("method", "hello"), ("args", "nmae:Ann")]).await;
        for options in [&[("name", "")][..], &[("name", "hell")], &[("name", "nnn")]] {
            self.complete("service", options).await;
        }
        self.complete("run", &[("service", "helloworld"), ("method", "")]).await;
        self.complete("run", &[("service", "helloworld"), ("method", "hello"), ("args", "")]).await;
        self.complete("help", &[("command", "")]).await;
        for (service, method, request) in self.questions() {
            let options = [("service", service), ("method", method), ("body", &request)];
            let question = self.ask("call", &options).await;
            self.note(discord.click(bob, &question.id, &question.button("Run"), &[]).await);
            discord
                .wait_for_message("what became of it", |message| {
                    message.id == question.id && message.text().contains("Code\n")
                })
                .await;
        }
        let form = self.send("run", &[("service", "helloworld"), ("method", "stream")]).await;
        let modal = form.modal.unwrap();
        let sent = self.note(discord.submit(bob, &modal, &[("name", HOSTILE), ("count", "many")]).await);
        let wrong = discord.answer_to(&sent).await;
        let again = self.note(discord.click(bob, &wrong.id, &wrong.button("Edit"), &[]).await);
        let modal = again.modal.unwrap();
        let sent = self.note(discord.submit(bob, &modal, &[("name", "Bob"), ("count", "3")]).await);
        discord.answer_to(&sent).await;
        discord.expect_clean().await;
        // Its token's quarter of an hour passes while it runs: the answer comes as a direct message.
        let slow =
            [("service", "helloworld"), ("method", "stream"), ("args", "name:Late count:3 interval:1s")];
        self.send("run", &slow).await;
        discord.advance(Duration::from_secs(16 * 60)).await;
        discord
            .wait_for_message("a direct message", |message| {
                message.origin == "channel" && message.text().contains("Late")
            })
            .await;
        self.ask("unlink", &[]).await;
    }

    /// All that Slack got: calls, and what came with acknowledgements.
    pub(super) async fn sent_to_slack(&self, payloads: &mut Payloads) {
        let state = self.both.slack.state().await;
        for call in state["calls"].as_array().unwrap() {
            let method = &call["method"];
            let name = format!("{method} {}", call["arguments"]["text"]);
            payloads
                .slack
                .push(json!({"name": name, "kind": "call", "method": method, "payload": call["arguments"]}));
        }
        for delivery in state["deliveries"].as_array().unwrap() {
            for attempt in delivery["attempts"].as_array().unwrap() {
                let body = attempt["body"].as_str().unwrap();
                let Ok(body) = serde_json::from_str::<Value>(body) else {
                    assert_eq!(body, "", "{delivery}");
                    continue;
                };
                if body.get("options").is_some() {
                    payloads.slack("suggested options", "options", &body);
                    continue;
                }
                match (body["response_action"].as_str(), body.get("text")) {
                    // Words by field, which have no model.
                    (Some("errors"), None) => {}
                    (Some(_), None) => payloads.slack("an answered form", "view", &body["view"]),
                    (None, Some(_)) => payloads.slack("an acknowledgement", "message", &body),
                    _ => panic!("no opinion of such an answer: {body}"),
                }
            }
        }
    }

    /// All that Discord got: first responses, messages and how they were before, modals, commands.
    pub(super) async fn sent_to_discord(&self, payloads: &mut Payloads) {
        for body in self.answered.borrow().iter().filter(|body| !body.is_null()) {
            payloads.discord("a first response", "callback", body);
        }
        let state = self.both.discord.state().await;
        for message in &state.messages {
            for said in message.history.iter().chain([&message.said]) {
                let body =
                    json!({"content": said.content, "embeds": said.embeds, "components": said.components});
                payloads.discord(&format!("a message ({})", message.origin), "message", &body);
            }
        }
        for modal in &state.modals {
            let body =
                json!({"custom_id": modal.custom_id, "title": modal.title, "components": modal.components});
            payloads.discord("a modal", "modal", &body);
        }
        let mut commands = state.commands.clone();
        for command in commands.iter_mut().filter_map(Value::as_object_mut) {
            // What Discord adds.
            for key in ["id", "application_id", "version", "nsfw"] {
                command.remove(key);
            }
        }
        payloads.discord("the commands", "commands", &json!(commands));
    }
}
