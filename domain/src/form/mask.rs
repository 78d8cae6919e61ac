//! Masks what the schema marks `debug_redact`, in JSON to be shown.

use super::shape::{boxed_in_any, shape};
use super::{DEPTH_MAX, Shape};
use crate::schema::{Cardinality, Field, Kind, Message, Schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// What is shown instead of a masked value.
pub const MASK: &str = "\"••••••\"";

/// `json`, a message of type `message`, with every marked field masked; none when nothing is marked, or it is no JSON.
#[must_use]
pub fn mask(schema: &Schema, message: &str, json: &str) -> Option<String> {
    let raw: &RawValue = serde_json::from_str(json).ok()?;
    let mut masking = Masking { schema, masked: false };
    let out = masking.single(&Kind::Message(message.to_owned()), raw, 0);
    masking.masked.then_some(out)
}

/// An object whose members keep their order and spelling.
struct Members<'j>(Vec<(String, &'j RawValue)>);

impl<'j> Deserialize<'j> for Members<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'j> Visitor<'j> for InOrder {
            type Value = Members<'j>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Members<'j>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

struct Masking<'s> {
    schema: &'s Schema,
    masked: bool,
}

impl Masking<'_> {
    fn single(&mut self, kind: &Kind, raw: &RawValue, depth: usize) -> String {
        let object = || serde_json::from_str::<Members<'_>>(raw.get()).ok();
        if depth > DEPTH_MAX {
            return raw.get().to_owned();
        }
        match shape(self.schema, kind) {
            Shape::Message(message) => {
                let message = message.clone();
                object().map(|members| self.members(&message, &members, depth))
            }
            Shape::Any => object().and_then(|members| self.any(&members, depth)),
            _ => None,
        }
        .unwrap_or_else(|| raw.get().to_owned())
    }

    fn members(&mut self, message: &Message, members: &Members<'_>, depth: usize) -> String {
        let members = members.0.iter().map(|(key, raw)| {
            let field = message.fields.iter().find(|field| field.json_name == *key || field.name == *key);
            (key, field.map_or_else(|| raw.get().to_owned(), |field| self.field(field, raw, depth + 1)))
        });
        object(members)
    }

    fn field(&mut self, field: &Field, raw: &RawValue, depth: usize) -> String {
        if field.redact {
            self.masked = true;
            return MASK.to_owned();
        }
        match &field.cardinality {
            Cardinality::Singular => self.single(&field.kind, raw, depth),
            Cardinality::Repeated => match serde_json::from_str::<Vec<&RawValue>>(raw.get()) {
                Ok(rows) => {
                    let rows: Vec<String> =
                        rows.into_iter().map(|row| self.single(&field.kind, row, depth)).collect();
                    format!("[{}]", rows.join(","))
                }
                Err(_) => raw.get().to_owned(),
            },
            Cardinality::Map(_) => match serde_json::from_str::<Members<'_>>(raw.get()) {
                Ok(rows) => {
                    object(rows.0.iter().map(|(key, row)| (key, self.single(&field.kind, row, depth))))
                }
                Err(_) => raw.get().to_owned(),
            },
        }
    }

    fn any(&mut self, members: &Members<'_>, depth: usize) -> Option<String> {
        let type_url = members.0.iter().find(|(key, _)| key == "@type")?;
        let type_url: String = serde_json::from_str(type_url.1.get()).ok()?;
        let kind = Kind::Message(type_url.rsplit('/').next().unwrap_or_default().to_owned());
        match shape(self.schema, &kind) {
            Shape::Message(message) => {
                let message = message.clone();
                Some(self.members(&message, members, depth + 1))
            }
            of if boxed_in_any(of) => {
                let members = members.0.iter().map(|(key, raw)| {
                    (
                        key,
                        if key == "value" {
                            self.single(&kind, raw, depth + 1)
                        } else {
                            raw.get().to_owned()
                        },
                    )
                });
                Some(object(members))
            }
            _ => None,
        }
    }
}

fn object<'k>(members: impl Iterator<Item = (&'k String, String)>) -> String {
    let members: Vec<String> =
        members.map(|(key, value)| format!("{}:{value}", serde_json::Value::String(key.clone()))).collect();
    format!("{{{}}}", members.join(","))
}
