//! Every limit: what is at it passes, what is one past it does not.

use super::{limits::*, message, suggestions, view};
use crate::refusal::Refusal;
use serde_json::{Value, json};

/// A limit, and what makes a payload of that size.
type Case = (&'static str, usize, fn(usize) -> Value);

fn text(length: usize) -> String {
    "x".repeat(length)
}

fn plain(length: usize) -> Value {
    json!({"type": "plain_text", "text": text(length)})
}

fn section() -> Value {
    json!({"type": "section", "text": {"type": "mrkdwn", "text": "x"}})
}

fn button(index: usize) -> Value {
    json!({"type": "button", "action_id": format!("a{index}"), "text": plain(1)})
}

fn options(count: usize) -> Value {
    (0..count).map(|index| json!({"text": plain(1), "value": format!("v{index}")})).collect()
}

fn accessory(element: Value) -> Value {
    json!([{"type": "section", "text": plain(1), "accessory": element}])
}

fn input(element: Value) -> Value {
    json!([{"type": "input", "label": plain(1), "element": element}])
}

fn repeat(count: usize, item: Value) -> Value {
    Value::Array(vec![item; count])
}

/// Blocks of a message.
const BLOCKS: &[Case] = &[
    ("blocks", MESSAGE_BLOCKS_MAX, |n| repeat(n, section())),
    ("section text", TEXT_CHARS_MAX, |n| json!([{"type": "section", "text": plain(n)}])),
    ("fields", FIELDS_MAX, |n| json!([{"type": "section", "fields": repeat(n, plain(1))}])),
    ("field", FIELD_CHARS_MAX, |n| json!([{"type": "section", "fields": [plain(n)]}])),
    ("header", HEADER_CHARS_MAX, |n| json!([{"type": "header", "text": plain(n)}])),
    (
        "context elements",
        CONTEXT_ELEMENTS_MAX,
        |n| json!([{"type": "context", "elements": repeat(n, plain(1))}]),
    ),
    (
        "actions elements",
        ACTIONS_ELEMENTS_MAX,
        |n| json!([{"type": "actions", "elements": (0..n).map(button).collect::<Vec<_>>()}]),
    ),
    ("button text", BUTTON_TEXT_CHARS_MAX, |n| accessory(json!({"type": "button", "text": plain(n)}))),
    ("button value", BUTTON_VALUE_CHARS_MAX, |n| {
        accessory(json!({"type": "button", "text": plain(1), "value": text(n)}))
    }),
    ("button url", URL_CHARS_MAX, |n| {
        accessory(json!({"type": "button", "text": plain(1), "url": format!("https://{}", text(n - 8))}))
    }),
    ("action_id", ID_CHARS_MAX, |n| {
        accessory(json!({"type": "button", "text": plain(1), "action_id": text(n)}))
    }),
    ("block_id", ID_CHARS_MAX, |n| json!([{"type": "divider", "block_id": text(n)}])),
    ("select options", SELECT_OPTIONS_MAX, |n| {
        accessory(json!({"type": "static_select", "options": options(n)}))
    }),
    ("option text", OPTION_TEXT_CHARS_MAX, |n| {
        accessory(json!({"type": "static_select", "options": [{"text": plain(n), "value": "v"}]}))
    }),
    ("option value", OPTION_VALUE_CHARS_MAX, |n| {
        accessory(json!({"type": "static_select", "options": [{"text": plain(1), "value": text(n)}]}))
    }),
    ("overflow options", OVERFLOW_OPTIONS_MAX, |n| {
        accessory(json!({"type": "overflow", "options": options(n)}))
    }),
    ("checkboxes", CHECKBOXES_MAX, |n| accessory(json!({"type": "checkboxes", "options": options(n)}))),
    ("placeholder", PLACEHOLDER_CHARS_MAX, |n| {
        accessory(json!({"type": "users_select", "placeholder": plain(n)}))
    }),
    ("external initial option", OPTION_VALUE_CHARS_MAX, |n| {
        let initial = json!({"text": plain(1), "value": text(n)});
        accessory(json!({"type": "external_select", "min_query_length": 0, "initial_option": initial}))
    }),
    (
        "table rows",
        TABLE_ROWS_MAX,
        |n| json!([{"type": "table", "rows": repeat(n, json!([{"type": "raw_text", "text": "x"}]))}]),
    ),
    (
        "table columns",
        TABLE_COLUMNS_MAX,
        |n| json!([{"type": "table", "rows": [repeat(n, json!({"type": "raw_text", "text": "x"}))]}]),
    ),
    (
        "alternative text",
        LABEL_CHARS_MAX,
        |n| json!([{"type": "image", "image_url": "https://x", "alt_text": text(n)}]),
    ),
    ("markdown", MARKDOWN_CHARS_MAX, |n| json!([{"type": "markdown", "text": text(n)}])),
    ("confirmation text", 300, |n| {
        let confirm = json!({"title": plain(1), "text": plain(n), "confirm": plain(1), "deny": plain(1)});
        accessory(json!({"type": "button", "text": plain(1), "confirm": confirm}))
    }),
];

/// What a modal has beside its type, title and submit button.
const MODALS: &[Case] = &[
    ("title", MODAL_LABEL_CHARS_MAX, |n| json!({"title": plain(n)})),
    ("submit", MODAL_LABEL_CHARS_MAX, |n| json!({"submit": plain(n)})),
    ("close", MODAL_LABEL_CHARS_MAX, |n| json!({"close": plain(n)})),
    ("private_metadata", PRIVATE_METADATA_CHARS_MAX, |n| json!({"private_metadata": text(n)})),
    ("callback_id", ID_CHARS_MAX, |n| json!({"callback_id": text(n)})),
    ("blocks", VIEW_BLOCKS_MAX, |n| json!({"blocks": repeat(n, section())})),
    (
        "initial value",
        INPUT_CHARS_MAX,
        |n| json!({"blocks": input(json!({"type": "plain_text_input", "initial_value": text(n)}))}),
    ),
    (
        "maximal length",
        INPUT_CHARS_MAX,
        |n| json!({"blocks": input(json!({"type": "plain_text_input", "max_length": n}))}),
    ),
];

fn posted(blocks: &Value) -> Result<(), Refusal> {
    message(&json!({"text": "x", "blocks": blocks}))
}

fn opened(part: &Value) -> Result<(), Refusal> {
    let mut modal = json!({"type": "modal", "title": plain(1), "submit": plain(1), "blocks": []});
    for (key, value) in part.as_object().unwrap() {
        modal[key] = value.clone();
    }
    view(&modal, "modal")
}

#[track_caller]
fn code(result: Result<(), Refusal>) -> String {
    result.map_or_else(|refusal| refusal.error, |()| "ok".to_owned())
}

#[test]
fn limits() {
    for (name, max, make) in BLOCKS {
        assert_eq!(posted(&make(*max)), Ok(()), "{name} at its limit");
        let refused = posted(&make(max + 1));
        assert!(refused.as_ref().is_err_and(|refusal| !refusal.messages.is_empty()), "{name}: {refused:?}");
        assert_eq!(code(refused), "invalid_blocks", "{name}");
    }
    for (name, max, make) in MODALS {
        assert_eq!(opened(&make(*max)), Ok(()), "{name} at its limit");
        assert_eq!(code(opened(&make(max + 1))), "invalid_arguments", "{name}");
    }
}

#[test]
fn all_text_together() {
    let blocks = |last| {
        let mut blocks = vec![json!({"type": "section", "text": plain(TEXT_CHARS_MAX)}); 4];
        blocks.push(json!({"type": "section", "text": plain(last)}));
        Value::Array(blocks)
    };
    let last = MESSAGE_BLOCKS_CHARS_MAX - 4 * TEXT_CHARS_MAX;
    assert_eq!(posted(&blocks(last)), Ok(()));
    assert_eq!(code(posted(&blocks(last + 1))), "msg_blocks_too_long");
    assert_eq!(code(message(&json!({"text": text(MESSAGE_TEXT_CHARS_MAX + 1)}))), "msg_too_long");
}

#[test]
fn shapes() {
    assert_eq!(code(message(&json!({"blocks": [section()]}))), "no_text");
    assert_eq!(code(message(&json!({"text": "x", "blocks": {}}))), "invalid_blocks_format");
    assert_eq!(code(message(&json!({"text": "x", "markdown_text": "x"}))), "markdown_text_conflict");
    let table = json!({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]});
    assert_eq!(code(posted(&repeat(2, table))), "only_one_table_allowed");
    let two = |a: &str, b: &str| {
        let button = |id: &str| json!({"type": "button", "action_id": id, "text": plain(1)});
        posted(&json!([{"type": "actions", "elements": [button(a), button(b)]}]))
    };
    assert_eq!(code(two("a", "b")), "ok");
    assert_eq!(code(two("a", "a")), "invalid_blocks");
    let divider = json!({"type": "divider", "block_id": "b"});
    assert_eq!(code(posted(&repeat(2, divider))), "invalid_blocks");
    for wrong in [
        json!([{"type": "novelty"}]),
        json!([{"type": "section"}]),
        json!([{"type": "section", "text": "x"}]),
        json!([{"type": "section", "text": {"type": "plain_text", "text": ""}}]),
        json!([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]),
        json!([{"type": "divider", "colour": "red"}]),
        json!([{"type": "actions", "elements": [{"type": "plain_text_input"}]}]),
        json!([{"type": "image", "image_url": "https://x"}]),
        accessory(json!({"type": "static_select", "options": [], "option_groups": []})),
        accessory(json!({"type": "external_select", "options": options(1)})),
        accessory(json!({"type": "external_select", "min_query_length": -1})),
        accessory(json!({"type": "external_select", "initial_option": {"text": plain(1)}})),
        accessory(json!({"type": "button", "text": plain(1), "url": "javascript:1"})),
        accessory(json!({"type": "button", "text": plain(1), "style": "warning"})),
        accessory(json!({"type": "static_select", "options": options(1), "initial_option":
            {"text": plain(1), "value": "other"}})),
    ] {
        assert_eq!(code(posted(&wrong)), "invalid_blocks", "{wrong}");
    }
}

#[test]
fn views() {
    let typed = input(json!({"type": "plain_text_input"}));
    assert_eq!(code(opened(&json!({"blocks": typed.clone()}))), "ok");
    assert_eq!(code(opened(&json!({"blocks": typed, "submit": null}))), "invalid_arguments");
    assert_eq!(code(view(&json!({"type": "home", "blocks": []}), "home")), "ok");
    assert_eq!(
        code(view(&json!({"type": "home", "blocks": [], "title": plain(1)}), "home")),
        "invalid_arguments"
    );
    assert_eq!(code(view(&json!({"type": "home", "blocks": []}), "modal")), "invalid_arguments");
    assert_eq!(
        code(opened(&json!({"private_metadata": "x", "blocks": repeat(1, json!({"type": "section",
        "text": plain(1), "accessory": {"type": "datepicker", "initial_date": text(VIEW_BYTES_MAX)}}))}))),
        "view_too_large"
    );
}

#[test]
fn suggested() {
    assert_eq!(suggestions(&json!({"options": []})), Ok(()));
    assert_eq!(suggestions(&json!({"options": options(SELECT_OPTIONS_MAX)})), Ok(()));
    assert_eq!(code(suggestions(&json!({"options": options(SELECT_OPTIONS_MAX + 1)}))), "invalid_options");
    let one =
        |name, value| code(suggestions(&json!({"options": [{"text": plain(name), "value": text(value)}]})));
    assert_eq!(one(OPTION_TEXT_CHARS_MAX, OPTION_VALUE_CHARS_MAX), "ok");
    assert_eq!(one(OPTION_TEXT_CHARS_MAX + 1, 1), "invalid_options");
    assert_eq!(one(1, OPTION_VALUE_CHARS_MAX + 1), "invalid_options");
    assert_eq!(code(suggestions(&json!({}))), "invalid_options");
}
