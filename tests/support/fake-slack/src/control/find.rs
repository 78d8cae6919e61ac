//! Finds what a person points at: a message or view, and an element in it.

use crate::{
    control::wrong,
    records::{Message, View},
    state::State,
};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

type Found<T> = Result<T, (StatusCode, String)>;

/// A message or a view.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Place {
    /// A message's id.
    pub(super) message: Option<String>,
    /// A view's id.
    pub(super) view: Option<String>,
}

/// An element, by its id or what is written on it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Pointer {
    /// Its `action_id`.
    pub(super) action_id: Option<String>,
    /// The text on a button, or the placeholder of a select.
    pub(super) label: Option<String>,
    /// Its block, where several have such an element.
    pub(super) block_id: Option<String>,
}

/// What was pointed at.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// In a message.
    Message(Box<Message>),
    /// In a view.
    View(Box<View>),
}

impl Target {
    /// The blocks there.
    pub(super) fn blocks(&self) -> &[Value] {
        let blocks = match self {
            Self::Message(message) => Some(&message.blocks),
            Self::View(view) => view.view["blocks"].as_array(),
        };
        blocks.map_or(&[], Vec::as_slice)
    }

    /// The view's id, where it is one.
    pub(super) fn view(&self) -> Option<&str> {
        match self {
            Self::View(view) => Some(&view.id),
            Self::Message(_) => None,
        }
    }
}

/// The message or view, if `user` can see it.
pub(super) fn target(state: &State, place: &Place, user: &str) -> Found<Target> {
    if let Some(id) = &place.view {
        return view(state, id, user).map(|view| Target::View(Box::new(view)));
    }
    let Some(id) = &place.message else { return wrong("say which message or view") };
    match state.messages.iter().find(|message| message.id == *id) {
        None => wrong(format!("there is no message {id}")),
        Some(message) if message.deleted => wrong(format!("message {id} was deleted")),
        Some(message) if message.user.as_ref().is_some_and(|reader| reader != user) => {
            wrong(format!("{user} does not see message {id}"))
        }
        Some(message) => Ok(Target::Message(Box::new(message.clone()))),
    }
}

/// The view, if `user` can see it.
pub(super) fn view(state: &State, id: &str, user: &str) -> Found<View> {
    match state.views.iter().find(|view| view.id == id) {
        None => wrong(format!("there is no view {id}")),
        Some(view) if !view.open => wrong(format!("view {id} is closed")),
        Some(view) if view.user != user => wrong(format!("{user} does not see view {id}")),
        Some(view) => Ok(view.clone()),
    }
}

/// The elements of a block that people can use.
pub(super) fn elements(block: &Value) -> impl Iterator<Item = &Value> {
    let several = (block["type"] == "actions").then(|| block["elements"].as_array()).flatten();
    let one = [&block["accessory"], &block["element"]].into_iter().filter(|element| element.is_object());
    several.into_iter().flatten().chain(one)
}

/// The element pointed at, and its block's id.
pub(super) fn element(target: &Target, pointer: &Pointer) -> Found<(String, Value)> {
    let meant = |block: &Value, element: &Value| {
        let texts = [&element["text"]["text"], &element["placeholder"]["text"]];
        let same = |wanted: &Option<String>, has: &Value| {
            wanted.as_ref().is_none_or(|wanted| has == wanted.as_str())
        };
        same(&pointer.action_id, &element["action_id"])
            && same(&pointer.block_id, &block["block_id"])
            && pointer.label.as_ref().is_none_or(|label| texts.iter().any(|text| **text == label.as_str()))
    };
    let all = target.blocks().iter().flat_map(|block| elements(block).map(move |element| (block, element)));
    let mut found = all.filter(|(block, element)| meant(block, element));
    match (found.next(), found.next()) {
        (Some((block, element)), None) => {
            Ok((block["block_id"].as_str().unwrap_or_default().to_owned(), element.clone()))
        }
        (None, _) => wrong(format!("no element is {pointer:?} in {:#?}", target.blocks())),
        (Some(_), Some(_)) => wrong(format!("several elements are {pointer:?}: say which block")),
    }
}
