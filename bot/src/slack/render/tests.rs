#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::{Core, status::Statuses};
use micro_client::Client;
use micro_domain::{
    chat::Person,
    view::{self, Does},
};
use serde_json::{Value, json};

fn core() -> Core {
    let client = Client::connect("http://127.0.0.1:9", None).unwrap();
    Core::new(client, "https://micro.example", Statuses::new(None, None), false)
}

fn rendered(view: &View) -> Value {
    let (core, person) = (core(), Person::slack("T1", "U1").unwrap());
    serde_json::to_value(message(view, &Buttons::new(&core, &person)).private()).unwrap()
}

fn action(label: &str, does: Does) -> Action {
    Action { label: label.to_owned(), primary: false, does }
}

#[tokio::test]
async fn a_card_is_a_header_sections_and_buttons() {
    let view = View::Card(Card {
        tone: Tone::Good,
        title: "greeter".to_owned(),
        text: vec![
            Text::Plain("Says <hello>.".to_owned()),
            Text::Command("run greeter hello".to_owned(), String::new()),
        ],
        fields: vec![Field { label: "Status".to_owned(), value: "up".to_owned() }],
        actions: vec![
            action("Open", Does::Open("/services/greeter".to_owned())),
            action("No", Does::Dismiss),
        ],
        ..Card::default()
    });
    let message = rendered(&view);
    assert_eq!(message["response_type"], "ephemeral");
    assert_eq!(message["text"], "greeter: Says &lt;hello&gt;.");
    let blocks = &message["blocks"];
    assert_eq!(blocks[0]["text"]["text"], "✓ greeter");
    assert_eq!(blocks[1]["text"]["text"], "Says &lt;hello&gt;.\n\n`/micro run greeter hello`");
    assert_eq!(blocks[2]["fields"][0]["text"], "*Status*\nup");
    assert_eq!(blocks[3]["elements"][0]["url"], "https://micro.example/services/greeter");
    assert_eq!(blocks[3]["elements"][1]["value"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a_picker_asks_for_its_options() {
    let command = micro_domain::command::chat::parse("call greeter").unwrap();
    let missing = command.missing().unwrap();
    let message = rendered(&view::picker(command.clone(), missing, ["say-hello".to_owned()].into()));
    assert_eq!(message["text"], "Which method of greeter?");
    let block = &message["blocks"][2];
    assert_eq!(block["block_id"].as_str().unwrap().len(), 32);
    let menu = &block["elements"][0];
    assert_eq!((&menu["type"], &menu["min_query_length"]), (&json!("external_select"), &json!(0)));
    assert_eq!(menu["placeholder"]["text"], "Choose a method…");
    // What is there depends on who looks, and on what they type.
    assert!(!message.to_string().contains("say-hello"), "{message}");
}

#[tokio::test]
async fn nothing_outgrows_slack_s_limits() {
    let long = "&<x> ".repeat(20_000);
    let view = View::Card(Card {
        title: long.clone(),
        text: vec![Text::Plain(long.clone()); 40],
        fields: vec![Field { label: "L".to_owned(), value: long.clone() }; 60],
        code: Some(Listing { language: "json", text: long.clone(), file: "a.json".to_owned() }),
        notes: vec![long.clone(); 30],
        actions: (0..40).map(|_| action(&long, Does::Dismiss)).collect(),
        ..Card::default()
    });
    let row = |_| Row { cells: vec![long.clone(); 6], ..Row::default() };
    let table = View::Table(Table {
        title: long.clone(),
        columns: vec!["A"; 6],
        rows: (0..300).map(row).collect(),
        opens: micro_domain::command::chat::parse("service").ok().map(Box::new),
        ..Table::default()
    });
    for view in [view, table] {
        let message = rendered(&view);
        assert!(message["blocks"].as_array().unwrap().len() <= 50);
        assert!(message.to_string().chars().count() < 40_000);
        assert!(weight(&message["blocks"]) <= 13_200, "{}", weight(&message["blocks"]));
    }
}

/// Characters of all texts.
fn weight(value: &Value) -> usize {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if name == "text" => text.chars().count(),
                value => weight(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(weight).sum(),
        _ => 0,
    }
}

#[tokio::test]
async fn an_error_says_what_and_which_field() {
    let error = micro_domain::Error::invalid("no *such* thing").with_violation("name", "Expected text.");
    let message = rendered(&view::error(&error));
    assert_eq!(message["blocks"][1]["text"]["text"], "no *\u{200b}such*\u{200b} thing");
    assert_eq!(message["blocks"][2]["fields"][0]["text"], "*name*\nExpected text.");
}
