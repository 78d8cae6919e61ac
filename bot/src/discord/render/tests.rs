#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{Core, status::Statuses};
use micro_client::Client;
use micro_domain::{
    chat::Person,
    view::{self, Action, Does, Row, Table},
};

/// What people could write to make Discord do something.
const HOSTILE: &str = "@everyone <@123> <#4> **b** ~~s~~ ||x|| `c` ```\nend\n``` # h\n# head\n> quote\n- item\n1. one \
                       [a](https://evil.example) \u{1b}[31m\u{202e}\u{200b} <:e:1> \\";

fn core() -> Core {
    let client = Client::connect("http://127.0.0.1:9", None).unwrap();
    Core::new(client, "https://micro.example", Statuses::new(None, None), false)
}

fn rendered(view: &View) -> Rendered {
    let (core, person) = (core(), Person::discord("1").unwrap());
    message(view, &Buttons::new(&core, &person))
}

fn action(label: &str, does: Does) -> Action {
    Action { label: label.to_owned(), primary: false, does }
}

fn field(label: &str, value: &str) -> Field {
    Field { label: label.to_owned(), value: value.to_owned() }
}

fn listing_of(text: String) -> Listing {
    Listing { language: "json", text, file: "greeter-Say Hello.json".to_owned() }
}

fn list<'v>(part: &'v Value, key: &str) -> &'v [Value] {
    part[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text of the message, whose length is checked.
fn text<'v>(part: &'v Value, key: &str, most: usize) -> &'v str {
    let text = part[key].as_str().unwrap_or_default();
    assert!(length(text) <= most, "{key} has {}", length(text));
    text
}

/// Asserts every limit of a message.
fn check(message: &Value) {
    assert_eq!(message["allowed_mentions"], json!({"parse": []}));
    assert_eq!(list(message, "embeds").len(), 1);
    let embed = &message["embeds"][0];
    let mut all = length(text(embed, "title", 256)) + length(text(embed, "description", 4_096));
    assert!(all > 0);
    all += length(text(&embed["footer"], "text", 2_048));
    assert!(list(embed, "fields").len() <= 25);
    for field in list(embed, "fields") {
        let (name, value) = (text(field, "name", 256), text(field, "value", 1_024));
        assert!(!name.is_empty() && !value.is_empty());
        all += length(name) + length(value);
    }
    assert!(all <= 6_000, "the embed says {all}");
    check_components(message);
}

fn check_components(message: &Value) {
    let rows = list(message, "components");
    assert!(rows.len() <= 5);
    let mut ids: Vec<&str> = Vec::new();
    for row in rows {
        let parts = list(row, "components");
        assert!((1..=5).contains(&parts.len()));
        for part in parts {
            ids.extend(part["custom_id"].as_str());
            if part["type"] == 3 {
                assert_eq!(parts.len(), 1);
                assert!((1..=25).contains(&list(part, "options").len()));
                for option in list(part, "options") {
                    assert!(!text(option, "label", 100).is_empty() && !text(option, "value", 100).is_empty());
                }
            } else {
                assert!(!text(part, "label", 80).is_empty());
                assert!(text(part, "url", 512).is_empty() == (part["style"] != 5));
            }
        }
    }
    assert!(ids.iter().all(|id| (1..=100).contains(&id.len())));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

/// Compares with a file, with ids made alike. A failing test prints what the file would have to hold.
fn golden(view: &View, wanted: &str) {
    let mut body = rendered(view).body;
    check(&body);
    let mut count = 0;
    same_ids(&mut body, &mut count);
    let wanted: Value = serde_json::from_str(wanted).unwrap_or_default();
    assert_eq!(body, wanted, "{}", serde_json::to_string_pretty(&body).unwrap());
}

fn same_ids(value: &mut Value, count: &mut u32) {
    match value {
        Value::String(text) if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            *count += 1;
            *text = format!("id-{count}");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| same_ids(item, count)),
        Value::Object(parts) => parts.values_mut().for_each(|part| same_ids(part, count)),
        _ => {}
    }
}

#[tokio::test]
async fn a_card_is_an_embed_and_buttons() {
    let view = View::Card(Card {
        tone: Tone::Good,
        title: "greeter".to_owned(),
        text: vec![
            Text::Plain("Says *hello*.".to_owned()),
            Text::Command("run greeter say-hello".to_owned(), "Says hello".to_owned()),
            Text::Command("run greeter wave".to_owned(), String::new()),
        ],
        fields: vec![field("Status", "✓ up"), field("Empty", " ")],
        code: Some(listing_of("{\"a\": 1}".to_owned())),
        notes: vec!["trace 1".to_owned(), "second".to_owned()],
        actions: vec![
            Action { label: "Call".to_owned(), primary: true, does: Does::Type("x".to_owned()) },
            action("Open", Does::Open("/services/greeter".to_owned())),
        ],
        ..Card::default()
    });
    golden(&view, include_str!("../../../tests/golden/discord/card.json"));
}

#[tokio::test]
async fn a_picker_is_a_menu_of_what_fits() {
    let command = micro_domain::command::chat::parse("call").unwrap();
    let missing = command.missing().unwrap();
    let few = ["billing", "greeter"].map(str::to_owned);
    let view = view::picker(command.clone(), missing, few.into());
    golden(&view, include_str!("../../../tests/golden/discord/picker.json"));
    let many: Vec<String> = (0..60).map(|at| format!("s{at}")).chain(["x".repeat(101)]).collect();
    let body = rendered(&view::picker(command.clone(), missing, many.into())).body;
    check(&body);
    let menu = &body["components"][0]["components"][0];
    assert_eq!(list(menu, "options").len(), 25);
    assert_eq!(menu["placeholder"], "Choose a service… 25 of 61 are here");
}

#[tokio::test]
async fn a_table_is_aligned_code_and_a_menu() {
    let row = |name: &str, tone, status: &str| Row {
        tone,
        cells: vec![
            name.to_owned(),
            status.to_owned(),
            "2 min ago".to_owned(),
            "1.2".to_owned(),
            "1/1".to_owned(),
        ],
    };
    let view = View::Table(Table {
        title: "Services".to_owned(),
        columns: vec!["SERVICE", "STATUS", "SINCE", "VERSIONS", "INSTANCES", "REASON"],
        rows: vec![row("greeter", Tone::Good, "up"), row("billing-and-more", Tone::Bad, "failing")],
        notes: vec!["1 to 2 of 9".to_owned()],
        actions: vec![action("Next", Does::Page { query: String::new(), from: 2 })],
        opens: micro_domain::command::chat::parse("service").ok().map(Box::new),
        ..Table::default()
    });
    golden(&view, include_str!("../../../tests/golden/discord/table.json"));
    let empty = View::Table(Table {
        title: "Services".to_owned(),
        empty: "No *services*".to_owned(),
        ..Table::default()
    });
    let body = rendered(&empty).body;
    check(&body);
    assert_eq!(body["embeds"][0]["description"], "No \\*services\\*");
}

#[tokio::test]
async fn an_error_says_what_and_which_field() {
    let error = micro_domain::Error::invalid("no *such* thing").with_violation("name", "Expected text.");
    golden(&view::error(&error), include_str!("../../../tests/golden/discord/error.json"));
}

#[tokio::test]
async fn nothing_outgrows_discord_s_limits() {
    for unit in ["*_", "x", "😀", "a\n", "```", "é@everyone "] {
        let long = unit.repeat(30_000);
        let page = |at: usize| Does::Open(format!("/{}", "p".repeat(at * 100)));
        let view = View::Card(Card {
            title: long.clone(),
            text: (0..40)
                .map(|at| {
                    if at % 2 == 0 {
                        Text::Plain(long.clone())
                    } else {
                        Text::Command(long.clone(), long.clone())
                    }
                })
                .collect(),
            fields: vec![field(&long, &long); 60],
            code: Some(listing_of("x".repeat(1_880))),
            notes: vec![long.clone(); 30],
            actions: (0..40)
                .map(|at| {
                    action(&long, if at % 3 == 0 { page(at) } else { Does::Again(format!("{}", at % 7)) })
                })
                .collect(),
            ..Card::default()
        });
        check(&rendered(&view).body);
        let row = Row { cells: vec![long.clone(); 6], ..Row::default() };
        let view = View::Table(Table {
            title: long.clone(),
            columns: vec!["A"; 6],
            rows: vec![row; 300],
            empty: long.clone(),
            notes: vec![long.clone()],
            actions: vec![action(&long, Does::Dismiss); 60],
            opens: micro_domain::command::chat::parse("service").ok().map(Box::new),
        });
        check(&rendered(&view).body);
    }
}

#[tokio::test]
async fn code_is_whole_here_or_in_a_file() {
    let card = |text: String| {
        View::Card(Card { title: "t".to_owned(), code: Some(listing_of(text)), ..Card::default() })
    };
    for bytes in [1, 1_880, 1_890, 1_900, 50_000] {
        let text = "x".repeat(bytes);
        let Rendered { body, file } = rendered(&card(text.clone()));
        check(&body);
        let shown = body["embeds"][0]["description"].as_str().unwrap_or_default().contains(&text);
        assert!(shown != file.is_some());
        assert_eq!(list(&body, "attachments").len(), usize::from(file.is_some()));
        if let Some(file) = file {
            assert_eq!((file.name.as_str(), file.content.len()), ("greeter-Say_Hello.json", bytes));
            assert_eq!(body["attachments"][0]["filename"], "greeter-Say_Hello.json");
            assert!(body["embeds"][0]["footer"]["text"].as_str().unwrap().contains("greeter-Say_Hello.json"));
        }
    }
    let Rendered { body, file } = rendered(&card("x".repeat(FILE_MAX_BYTES + 1)));
    assert!(file.is_none() && body["embeds"][0]["footer"]["text"].as_str().unwrap().contains("MiB"));
}

#[tokio::test]
async fn what_others_wrote_does_nothing() {
    let view = View::Card(Card {
        title: HOSTILE.to_owned(),
        text: vec![Text::Plain(HOSTILE.to_owned()), Text::Command(HOSTILE.to_owned(), HOSTILE.to_owned())],
        fields: vec![field(HOSTILE, HOSTILE)],
        notes: vec![HOSTILE.to_owned()],
        actions: vec![action(HOSTILE, Does::Dismiss)],
        ..Card::default()
    });
    let body = rendered(&view).body;
    check(&body);
    let embed = &body["embeds"][0];
    let field = &embed["fields"][0];
    let formatted = [&embed["title"], &embed["description"], &field["name"], &field["value"]];
    for shown in formatted.map(|shown| shown.as_str().unwrap()) {
        // A command stands between backticks, where nothing but they means anything.
        let outside: String = shown.lines().filter(|line| !line.starts_with('`')).collect();
        for mark in ["@everyone", " <@", " <#", " **", " `c", " [a", "https://"] {
            assert!(!outside.contains(mark), "{mark} in {outside}");
        }
    }
    assert!(!body.to_string().contains(['\u{1b}', '\u{202e}']));
    let code = card_code("```\n@everyone **b** ``````");
    assert_eq!(code.matches("```").count(), 2, "{code}");
}

fn card_code(text: &str) -> String {
    let view = View::Card(Card { code: Some(listing_of(text.to_owned())), ..Card::default() });
    rendered(&view).body["embeds"][0]["description"].as_str().unwrap().to_owned()
}

#[test]
fn files_have_harmless_names() {
    assert_eq!(file_name("a/../b\"\r\nc.json"), "a_.._b___c.json");
    assert_eq!(file_name("..."), "answer.txt");
    assert_eq!(file_name(&"ü".repeat(300)).len(), 100);
}
