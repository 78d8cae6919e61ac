//! What the stories in Slack and Discord share: a server that is told of a platform, what is typed, and the way to be linked.

use crate::world;
use micro_support::{
    Micro,
    fake_discord::{self, Actor, FakeDiscord, Outcome},
    fake_slack::{self, FakeSlack, Person, person},
    until,
};
use serde_json::{Value, json};

/// A server with these settings of a platform.
pub(crate) fn start(environment: Vec<(String, String)>) -> Micro {
    Micro::start_with(world::program(), |command| {
        command.envs(environment);
    })
}

/// The code that the page at `/link/{id}` shows to the owner.
pub(crate) async fn code(micro: &Micro, page: &str) -> String {
    let id = page.rsplit('/').next().unwrap();
    let shown = micro.http().json("/micro.v1.ChatService/ShowLinkCode", &json!({"id": id})).await.expect(200);
    shown.json()["code"].as_str().unwrap().to_owned()
}

/// The address of the first button in a message of Slack that has one.
pub(crate) fn page_in_slack(message: &fake_slack::Message) -> String {
    let buttons =
        message.blocks().as_array().unwrap().iter().filter_map(|block| block["elements"].as_array());
    let url = buttons.flatten().find_map(|button| button["url"].as_str());
    url.unwrap_or_else(|| panic!("no address in {}", message.blocks())).to_owned()
}

/// The address of the first button in a message of Discord that has one.
pub(crate) fn page_in_discord(message: &fake_discord::Message) -> String {
    let url = message.parts().find_map(|part| part["url"].as_str());
    url.unwrap_or_else(|| panic!("no address in {message:#?}")).to_owned()
}

/// A subcommand of Discord's `/micro` with its options.
pub(crate) fn typed(command: &str, options: &[(&str, &str)]) -> Value {
    let options: Vec<Value> =
        options.iter().map(|(name, value)| json!({"type": 3, "name": name, "value": value})).collect();
    json!([{"type": 1, "name": command, "options": options}])
}

/// The same, with the last option being typed.
pub(crate) fn typing(command: &str, options: &[(&str, &str)]) -> Value {
    let mut typed = typed(command, options);
    let last = typed[0]["options"].as_array_mut().unwrap().last_mut().unwrap();
    last["focused"] = json!(true);
    typed
}

/// A server that answers in Slack and in Discord, and somebody in each.
pub(crate) struct Both {
    pub(crate) micro: Micro,
    pub(crate) slack: FakeSlack,
    pub(crate) discord: FakeDiscord,
    pub(crate) ann: Person,
    pub(crate) bob: Actor,
}

impl Both {
    pub(crate) async fn start() -> Self {
        let (mut slack, discord) = (FakeSlack::start(world::program()), FakeDiscord::start());
        let mut environment = slack.environment(fake_slack::Mode::Http);
        let pairs = discord.environment(fake_discord::Mode::Http).into_iter();
        environment.extend(pairs.map(|(name, value)| (name.to_owned(), value)));
        let micro = start(environment);
        slack.deliver_to(micro.url());
        until("the commands are registered", world::SOON, async || {
            (!discord.state().await.commands.is_empty()).then_some(())
        })
        .await;
        let bob = Actor::ann(Some(micro.url()));
        Self { micro, slack, discord, ann: person("U1", "ann"), bob }
    }

    /// Types a line into Slack and reads the answer.
    pub(crate) async fn say(&self, line: &str) -> fake_slack::Message {
        let delivered = self.slack.command(&self.ann, line).await.ok();
        self.slack.answer_to(&delivered).await
    }

    /// Sends a subcommand to Discord.
    pub(crate) async fn send(&self, command: &str, options: &[(&str, &str)]) -> Outcome {
        self.discord.command(&self.bob, "micro", typed(command, options)).await.acknowledged()
    }

    /// Sends a subcommand to Discord and reads the answer.
    pub(crate) async fn ask(&self, command: &str, options: &[(&str, &str)]) -> fake_discord::Message {
        self.discord.answer_to(&self.send(command, options).await).await
    }

    /// Links the person in Slack to the owner.
    pub(crate) async fn link_in_slack(&self) {
        let page = page_in_slack(&self.say("link").await);
        let linked = self.say(&format!("link {}", code(&self.micro, &page).await)).await;
        assert!(linked.all_text().contains("You are linked to"), "{}", linked.all_text());
    }

    /// Links the person in Discord to the owner.
    pub(crate) async fn link_in_discord(&self) {
        let page = page_in_discord(&self.ask("link", &[]).await);
        let linked = self.ask("link", &[("code", &code(&self.micro, &page).await)]).await;
        assert!(linked.text().contains("You are linked to"), "{}", linked.text());
    }
}
