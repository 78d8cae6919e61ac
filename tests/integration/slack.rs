//! Stories in Slack, over both ways of delivery; and what must not happen there.

mod picking;

use crate::{chat, world};
use micro_support::{
    Micro,
    fake_slack::{Delivered, FakeSlack, Message, Mode, Person, person},
    until,
};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = world::SOON;

/// A server and the workspace it answers in.
struct Chat {
    micro: Micro,
    slack: FakeSlack,
}

impl Chat {
    async fn start(mode: Mode) -> Self {
        let mut slack = FakeSlack::start(world::program());
        let micro = chat::start(slack.environment(mode));
        match mode {
            Mode::Http => slack.deliver_to(micro.url()),
            Mode::Socket => slack.wait_for_sockets(2).await,
        }
        Self { micro, slack }
    }

    /// Types a line and reads the answer.
    async fn ask(&self, who: &Person, line: &str) -> Message {
        let delivered = self.slack.command(who, line).await.ok();
        self.slack.answer_to(&delivered).await
    }

    /// Links somebody to the owner's account.
    async fn link(&self, who: &Person) {
        let asked = self.ask(who, "link").await;
        let page = chat::page_in_slack(&asked);
        let code = chat::code(&self.micro, &page).await;
        let linked = self.ask(who, &format!("link {code}")).await;
        assert!(linked.all_text().contains("You are linked to"), "{}", linked.all_text());
    }

    async fn linked(mode: Mode) -> (Self, Person) {
        let (chat, ann) = (Self::start(mode).await, person("U1", "ann"));
        chat.link(&ann).await;
        (chat, ann)
    }

    /// Waits until the message holds this.
    async fn changed(&self, message: &Message, wanted: &str) -> Message {
        let what = format!("{wanted} in {}", message.all_text());
        self.slack
            .wait_for_message(&what, |known| known.id() == message.id() && known.all_text().contains(wanted))
            .await
    }
}

async fn story(mode: Mode) {
    let (chat, ann) = (Chat::start(mode).await, person("U1", "ann"));
    let stranger = chat.ask(&ann, "services").await;
    assert!(stranger.all_text().contains("You are not linked to an account"), "{}", stranger.all_text());
    assert!(chat.ask(&ann, "help").await.all_text().contains("/micro services [QUERY]"));
    assert!(chat.ask(&ann, "whoami").await.all_text().contains("not linked"));
    chat.link(&ann).await;

    // Find and describe, with the words of the command line.
    let listed = chat.ask(&ann, "services").await.all_text();
    let services = chat.micro.cli(&["services", "-o", "json"]).ok().json();
    for service in services.as_array().unwrap() {
        let facts = format!("{}\n{}", service["name"].as_str().unwrap(), service["status"].as_str().unwrap());
        assert!(listed.contains(&facts), "{facts} is not in {listed}");
    }
    let described = chat.ask(&ann, "service helloworld").await;
    assert!(described.all_text().contains("/micro run helloworld hello"), "{}", described.all_text());

    // A generated command, and the same call on the dashboard.
    let called = chat.ask(&ann, "run helloworld hello name:“Ann B”").await;
    assert!(called.all_text().contains("\"message\": \"Hello, Ann B\""), "{}", called.all_text());
    let page = chat::page_in_slack(&called);
    assert!(page.contains("?history="), "{page}");
    let wrong = chat.ask(&ann, "call id Generate {\"type\": \"nope\"}").await.all_text();
    let same = chat.micro.cli(&["call", "id", "Generate", "{\"type\": \"nope\"}"]);
    assert!(same.stderr.contains("INVALID_ARGUMENT") && wrong.contains("INVALID_ARGUMENT"), "{wrong}");

    // By form: a wrong value is told at its field, a right one is sent.
    chat.slack.command(&ann, "run helloworld stream").await.ok();
    let view = chat.slack.wait_for_view("U1", |_| true).await;
    let id = view["id"].as_str().unwrap();
    let refused = chat.slack.submit(&ann, id, json!({"name": "Bob", "count": "many"})).await.ok();
    assert_eq!(refused.value()["response_action"], "errors", "{}", refused.value());
    assert!(refused.value()["errors"]["count"].as_str().unwrap().contains("whole number"));
    chat.slack.submit(&ann, id, json!({"name": "Bob", "count": "3"})).await.ok();
    chat.slack
        .wait_for_message("the stream's summary", |message| {
            message.all_text().contains("*Messages*\n3") && message.all_text().contains("Hello, Bob")
        })
        .await;

    let gone = chat.ask(&ann, "unlink").await;
    assert!(gone.all_text().contains("not linked any more"));
    assert!(chat.ask(&ann, "services").await.all_text().contains("You are not linked"));
    chat.slack.assert_nothing_rejected().await;
}

#[tokio::test]
async fn the_whole_line_over_signed_http() {
    story(Mode::Http).await;
}

#[tokio::test]
async fn the_whole_line_over_sockets() {
    story(Mode::Socket).await;
}

#[tokio::test]
async fn what_changes_data_asks_once_and_runs_once() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let question = chat.ask(&ann, "call cache Increment key:visits").await;
    assert!(question.all_text().contains("Nothing was run yet"), "{}", question.all_text());
    let read = || chat.micro.cli(&["cache", "get", "--key", "visits"]);
    assert_ne!(read().code, 0, "it ran before anybody said so");
    // Somebody else's click does nothing.
    let eve = person("U2", "eve");
    chat.link(&eve).await;
    let actions =
        question.blocks().as_array().unwrap().iter().find(|block| block["type"] == "actions").unwrap();
    let run = json!({"type": "button", "action_id": "0", "action_ts": "1.1", "value": actions["elements"][0]["value"]});
    let forged = json!({"payload": {"type": "block_actions", "actions": [run]}});
    chat.slack.act("interaction", &eve, forged).await.ok();
    chat.slack
        .wait_for_message("a refusal for eve", |message| {
            message.channel() == "DU2" && message.all_text().contains("nothing was run")
        })
        .await;
    assert_ne!(read().code, 0);
    let (one, two) =
        tokio::join!(chat.slack.press(&ann, &question, "Run"), chat.slack.press(&ann, &question, "Run"));
    one.ok();
    two.ok();
    until("the value", SOON, async || (read().code == 0).then_some(())).await;
    assert!(chat.ask(&ann, "run cache get key:visits").await.all_text().contains("\"1\""));
    chat.slack.assert_nothing_rejected().await;
}

#[tokio::test]
async fn who_is_unlinked_before_the_click_can_do_nothing() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let question = chat.ask(&ann, "call cache Set key:a value:b").await;
    let links = chat.micro.cli(&["link", "list", "-o", "json"]).ok().json();
    chat.micro.cli(&["link", "remove", links[0]["id"].as_str().unwrap()]).ok();
    chat.slack.press(&ann, &question, "Run").await.ok();
    chat.changed(&question, "You are not linked").await;
    assert_ne!(chat.micro.cli(&["cache", "get", "--key", "a"]).code, 0);
}

#[tokio::test]
async fn a_cancelled_question_runs_nothing() {
    let (chat, ann) = Chat::linked(Mode::Socket).await;
    let question = chat.ask(&ann, "call cache Set key:a value:b").await;
    chat.slack.press(&ann, &question, "Cancel").await.ok();
    chat.changed(&question, "Nothing was run").await;
    assert_ne!(chat.micro.cli(&["cache", "get", "--key", "a"]).code, 0);
}

/// The headers that sign a request.
fn headers<'s>(signed: &'s [(&'static str, String)]) -> Vec<(&'s str, &'s str)> {
    signed.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn s16_only_what_slack_signed_is_taken() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    for wrong in [
        json!({"signature": "bad"}),
        json!({"signature": "missing"}),
        json!({"timestamp_offset_s": -302}),
        json!({"timestamp_offset_s": 302}),
    ] {
        let refused = chat.slack.command_with(&ann, "whoami", wrong.clone()).await;
        assert_eq!(refused.status(), Some(401), "{wrong}");
    }
    // A signature or a time that comes twice is ambiguous, even where both are the same.
    let http = chat.micro.stranger();
    let once = "team_id=T0123&user_id=U1&command=%2Fmicro&text=help&response_url=x&trigger_id=twice";
    let signed = chat.slack.sign(once).await;
    for again in headers(&signed) {
        let twice = [headers(&signed), vec![again]].concat();
        assert_eq!(http.post("/chat/slack/command", &twice, once).await.status, 401, "{again:?}");
    }
    assert_eq!(http.post("/chat/slack/command", &headers(&signed), once).await.status, 200);
    // A body of more than 1 MiB is refused without being read.
    let large = "x".repeat(1024 * 1024 + 1);
    let answer = http.post("/chat/slack/command", &[], large).await;
    assert_eq!(answer.status, 413);
    // Whatever name Slack reaches the server by.
    let help = "team_id=T0123&user_id=U1&command=%2Fmicro&text=help&response_url=x&trigger_id=by-name";
    let signed = chat.slack.sign(help).await;
    let tunnelled = [headers(&signed), vec![("host", "tunnel.example")]].concat();
    assert_eq!(http.post("/chat/slack/command", &tunnelled, help).await.status, 200);
    assert_eq!(http.post("/api/chat/bots", &[("host", "tunnel.example")], "").await.status, 421);
    // What is signed but cannot be read is acknowledged, and nothing happens.
    for path in ["command", "interaction", "options", "event"] {
        for body in ["", "payload=%7B", "{", "payload={\"type\":\"block_actions\"}", "\u{0}\u{1}"] {
            let signed = chat.slack.sign(body).await;
            let path = format!("/chat/slack/{path}");
            let answer = http.post(&path, &headers(&signed), body.to_owned()).await;
            assert_eq!(answer.status, 200, "{path} {body}");
        }
    }
    let ready = http.get("/readyz").await.expect(200).json();
    assert_eq!(ready["chat"]["slack"]["state"], "connected", "{ready}");
    assert!(!chat.micro.log().contains("payload"), "a body is in the log");
}

#[tokio::test]
async fn an_event_acts_once() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let first = chat.slack.command(&ann, "whoami").await.ok();
    chat.slack.answer_to(&first).await;
    let again = chat.slack.replay(first.id()).await;
    assert_eq!(again.status(), Some(200));
    // Whatever came after it is answered, and it is not.
    chat.ask(&ann, "help").await;
    let answers = chat.slack.messages().await;
    let answered = answers.iter().filter(|message| message.answers() == Some(first.id())).count();
    assert_eq!(answered, 1);
}

#[tokio::test]
async fn sockets_come_back_and_nothing_is_lost_or_done_twice() {
    let (chat, ann) = Chat::linked(Mode::Socket).await;
    for action in [
        json!({"action": "disconnect", "reason": "refresh_requested"}),
        json!({"action": "disconnect", "reason": "warning"}),
        json!({"action": "drop"}),
    ] {
        chat.slack.socket(action.clone()).await;
        chat.slack.wait_for_sockets(1).await;
        let delivered = chat.slack.command(&ann, "whoami").await;
        assert!(delivered.acknowledged(), "after {action}: {}", delivered.value());
        chat.slack.answer_to(&delivered).await;
        let answers = chat.slack.messages().await;
        let answered = answers.iter().filter(|message| message.answers() == Some(delivered.id())).count();
        assert_eq!(answered, 1, "after {action}");
    }
}

#[tokio::test]
async fn limits_and_outages_of_slack_are_waited_for() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    for fault in [
        json!({"method": "response_url", "times": 1, "status": 429, "retry_after": 1}),
        json!({"method": "response_url", "times": 2, "status": 503}),
    ] {
        chat.slack.inject(fault).await;
        chat.ask(&ann, "whoami").await;
    }
    // A response address that is gone: told in the direct message that still works.
    chat.slack.inject(json!({"method": "response_url", "times": 1, "status": 404})).await;
    chat.slack.command(&ann, "whoami").await.ok();
    chat.slack
        .wait_for_message("a direct message", |message| {
            message.via() == "postMessage" && message.all_text().contains("*Account*")
        })
        .await;
}

#[tokio::test]
async fn a_form_that_opens_too_late_is_offered() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    chat.slack.inject(json!({"method": "views.open", "times": 1, "error": "expired_trigger_id"})).await;
    let offered = chat.ask(&ann, "call helloworld Hello").await;
    assert!(offered.all_text().contains("It has a form"), "{}", offered.all_text());
    chat.slack.press(&ann, &offered, "Open form").await.ok();
    chat.slack.wait_for_view("U1", |view| view["title"]["text"] == "Hello").await;
}

#[tokio::test]
async fn a_stream_is_shown_as_it_comes() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    chat.slack.command(&ann, "run helloworld stream name:Ann count:6 interval:1s").await.ok();
    let summary = chat
        .slack
        .wait_for_message("the end", |message| {
            message.via() == "postMessage" && message.all_text().contains("*Messages*\n6")
        })
        .await;
    let history = summary.value()["history"].as_array().unwrap();
    let times: Vec<u64> = history.iter().map(|one| one["at_ms"].as_u64().unwrap()).collect();
    assert!(times.len() >= 3, "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 990), "{times:?}");
    chat.slack.assert_nothing_rejected().await;
}

#[tokio::test]
async fn what_services_say_is_harmless_text() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let hostile = "<!channel> <@U2> *bold* ```end``` <https://evil.example|click> \u{202e}";
    let line = format!("run helloworld hello name:\"{hostile}\"");
    let shown = chat.ask(&ann, &line).await;
    let blocks = shown.blocks().to_string();
    assert!(blocks.contains("&lt;!channel&gt;"), "{blocks}");
    assert!(
        !blocks.contains("<!channel>") && !blocks.contains("<@U2>") && !blocks.contains('\u{202e}'),
        "{blocks}"
    );
    let code = shown
        .blocks()
        .as_array()
        .unwrap()
        .iter()
        .find_map(|block| block["text"]["text"].as_str().filter(|text| text.starts_with("```")));
    assert_eq!(code.unwrap().matches("```").count(), 2, "{code:?}");
}

#[tokio::test]
async fn mistakes_are_told_with_what_was_meant() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let told = |delivered: Delivered| delivered.value()["body"].as_str().unwrap_or_default().to_owned();
    assert!(told(chat.slack.command(&ann, "servces").await.ok()).contains("/micro services"));
    assert!(told(chat.slack.command(&ann, "services qery:x").await.ok()).contains("query:"));
    for (line, meant) in [
        ("service helloworl", "Did you mean helloworld?"),
        ("run helloworld helo", "Did you mean hello?"),
        ("run helloworld hello nmae:x", "name"),
    ] {
        let shown = chat.ask(&ann, line).await.all_text();
        assert!(shown.contains(meant), "{line}: {shown}");
    }
    let (micro, slack) = (&chat.micro, &chat.slack);
    let guest: Value = slack.command_with(&ann, "whoami", json!({"team": "T0999"})).await.value().clone();
    assert!(guest["acknowledged"] == true, "{guest} {}", micro.url());
}

#[tokio::test]
async fn half_a_configuration_stops_the_start() {
    for (set, missing) in [
        (vec![("MICRO_SLACK_APP_TOKEN", "xapp-1")], "MICRO_SLACK_BOT_TOKEN is missing"),
        (vec![("MICRO_SLACK_BOT_TOKEN", "xoxb-1")], "MICRO_SLACK_SIGNING_SECRET"),
        (vec![("MICRO_DISCORD_PUBLIC_KEY", "00")], "MICRO_DISCORD_BOT_TOKEN is missing"),
        (
            vec![("MICRO_DISCORD_BOT_TOKEN", "t"), ("MICRO_DISCORD_APPLICATION_ID", "1")],
            "PUBLIC_KEY is missing",
        ),
    ] {
        let micro = world::start();
        let mut command = micro.command(&["server", "--listen", "127.0.0.1:0", "--data", "other"]);
        command.envs(set);
        let ended = micro_support::process::run(&mut command, b"");
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.stderr.contains(missing), "{ended:?}");
    }
}

#[tokio::test]
async fn a_platform_that_is_away_degrades_the_bot_alone() {
    let micro = chat::start(vec![
        ("MICRO_SLACK_API_URL".to_owned(), "http://127.0.0.1:9/api".to_owned()),
        ("MICRO_SLACK_BOT_TOKEN".to_owned(), "xoxb-1".to_owned()),
        ("MICRO_SLACK_APP_TOKEN".to_owned(), "xapp-1".to_owned()),
    ]);
    until("the bot is degraded", SOON, async || {
        let ready = micro.stranger().get("/readyz").await.expect(200).json();
        (ready["chat"]["slack"]["state"] == "degraded" && ready["ready"] == true).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_asks_too_much_at_once_is_told_that_nothing_was_run() {
    let (chat, ann) = Chat::linked(Mode::Http).await;
    let bob = person("U2", "bob");
    chat.link(&bob).await;
    let line = "run helloworld stream name:Ann count:3 interval:2s";
    for _ in 0..4 {
        let taken = chat.slack.command(&ann, line).await.ok();
        assert_eq!(taken.value()["body"], "", "{}", taken.value());
    }
    let refused = chat.slack.command(&ann, line).await.ok();
    assert!(refused.value()["body"].as_str().unwrap().contains("nothing was run"), "{}", refused.value());
    // Nobody else waits for her.
    assert!(chat.ask(&bob, "whoami").await.all_text().contains("*Account*"));
}
