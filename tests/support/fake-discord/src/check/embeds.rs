//! Embeds.

use super::{Form, Need};
use crate::limits;
use serde_json::Value;

/// What the pictures of an embed may point at.
const PICTURE_SCHEMES: [&str; 3] = ["http", "https", "attachment"];
/// What everything else of an embed may point at.
const LINK_SCHEMES: [&str; 2] = ["http", "https"];

/// Checks a message's embeds.
pub(crate) fn check(form: &mut Form, message: &Value) {
    let embeds = form.list(message, "embeds", 0..=limits::EMBEDS_MAX);
    form.at("embeds", |form| {
        let mut characters = 0;
        for (index, embed) in embeds.iter().enumerate() {
            characters += form.at(index, |form| one(form, embed));
        }
        if characters > limits::EMBEDS_TEXT_MAX {
            let message = format!("Embed size exceeds maximum size of {}", limits::EMBEDS_TEXT_MAX);
            form.wrong("MAX_EMBED_SIZE_EXCEEDED", message);
        }
    });
}

/// The files an embed's pictures are taken from.
pub(crate) fn files_named(message: &Value) -> Vec<&str> {
    let embeds = message["embeds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pictures = embeds.iter().flat_map(|embed| {
        let parts = [&embed["image"]["url"], &embed["thumbnail"]["url"]];
        parts.into_iter().chain([&embed["author"]["icon_url"], &embed["footer"]["icon_url"]])
    });
    pictures.filter_map(|url| url.as_str()?.strip_prefix("attachment://")).collect()
}

/// Checks one embed and counts its characters.
fn one(form: &mut Form, embed: &Value) -> usize {
    if !embed.is_object() {
        form.wrong("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
        return 0;
    }
    if is_empty(embed) {
        form.required("description");
    }
    let mut texts = vec![
        form.text(embed, "title", 0..=limits::EMBED_TITLE_MAX, Need::Optional),
        form.text(embed, "description", 0..=limits::EMBED_DESCRIPTION_MAX, Need::Optional),
    ];
    form.link(embed, "url", limits::EMBED_URL_MAX, &LINK_SCHEMES);
    form.integer(embed, "color", 0..=limits::EMBED_COLOUR_MAX);
    if let Some(time) = embed["timestamp"].as_str().filter(|time| time.parse::<jiff::Timestamp>().is_err()) {
        form.wrong_at("timestamp", "DATE_TIME_TYPE_PARSE", format!("Could not parse {time}."));
    }
    texts.extend(fields(form, embed));
    if !embed["footer"].is_null() {
        let length = 1..=limits::EMBED_FOOTER_MAX;
        texts.push(form.at("footer", |form| form.text(&embed["footer"], "text", length, Need::Required)));
    }
    if !embed["author"].is_null() {
        let length = 1..=limits::EMBED_AUTHOR_MAX;
        texts.push(form.at("author", |form| {
            form.link(&embed["author"], "url", limits::EMBED_URL_MAX, &LINK_SCHEMES);
            form.text(&embed["author"], "name", length, Need::Required)
        }));
    }
    for picture in ["image", "thumbnail"] {
        form.at(picture, |form| {
            form.link(&embed[picture], "url", limits::EMBED_URL_MAX, &PICTURE_SCHEMES);
        });
    }
    texts.iter().map(|text| text.chars().count()).sum()
}

fn fields<'v>(form: &mut Form, embed: &'v Value) -> Vec<&'v str> {
    let fields = form.list(embed, "fields", 0..=limits::EMBED_FIELDS_MAX);
    form.at("fields", |form| {
        let mut texts = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            form.at(index, |form| {
                texts.push(form.text(field, "name", 1..=limits::EMBED_FIELD_NAME_MAX, Need::Required));
                texts.push(form.text(field, "value", 1..=limits::EMBED_FIELD_VALUE_MAX, Need::Required));
            });
        }
        texts
    })
}

/// Whether nothing of an embed would be seen.
fn is_empty(embed: &Value) -> bool {
    let said = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let parts = ["title", "description", "fields", "footer", "author", "image", "thumbnail"];
    !parts.iter().any(|part| said(&embed[part]))
}
