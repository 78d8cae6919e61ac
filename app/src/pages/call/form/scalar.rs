//! Single values: numbers, text, enums, bytes, times, masks and pieces of JSON.

use super::{Asked, Drawing, described_by, head, help, id, optional};
use crate::pages::call::events;
use crate::ui::textarea::TextArea;
use leptos::prelude::*;
use micro_domain::form::{BytesFormat, Node, Shape, path, shape};
use micro_domain::schema::{Enum, Kind, Schema};

/// Enums with more values than this are searched by typing.
const CHOSEN_MAX: usize = 12;

impl Drawing<'_> {
    pub(super) fn scalar(self, asked: Asked<'_>, of: Shape<'_>, node: &Node) -> AnyView {
        let text = node.text();
        let by_choice = matches!(of, Shape::Scalar(Kind::Bool | Kind::Enum(_)));
        let presence = (optional(asked) && !by_choice).then(|| node.is_present());
        if matches!(of, Shape::Scalar(Kind::Bool)) && !asked.row && !super::has_presence_of(asked) {
            return self.flag(asked, text == "true");
        }
        let control = match of {
            Shape::Scalar(Kind::Bool) => {
                self.choice(asked, &["true".to_owned(), "false".to_owned()], &text, "not set")
            }
            Shape::Scalar(Kind::Enum(name)) => self.enumeration(asked, name, &text),
            Shape::Scalar(Kind::Bytes) => self.bytes(asked, node),
            Shape::Scalar(Kind::String) if asked.field.is_some_and(|field| field.redact) => {
                self.secret(asked, text)
            }
            Shape::Scalar(Kind::String) => self.area(asked, text, 1),
            Shape::Json(_) => self.area(asked, text, 2),
            Shape::Timestamp => self.timestamp(asked, text),
            Shape::Duration => self.line(asked, text, "1.5s", None),
            Shape::FieldMask => self.mask(asked, text),
            Shape::Scalar(Kind::Double | Kind::Float) => self.line(asked, text, "0", Some("decimal")),
            _ => self.line(asked, text, "0", Some("numeric")),
        };
        let named = asked.field.is_some_and(|field| field.oneof.is_some()) && !asked.row;
        let head = if named { hidden_label(asked) } else { head(asked, presence) };
        let help = (!named).then(|| help(asked));
        view! { <div class="entry">{head}{control}{help}{self.problem(asked.at)}</div> }.into_any()
    }

    /// A boolean without presence.
    fn flag(self, asked: Asked<'_>, checked: bool) -> AnyView {
        view! {
            <div class="entry">
                <div class="entry__head">
                    <label class="entry__flag">
                        <input type="checkbox" id=id(asked.at) name=asked.at.to_owned() value="true" checked=checked
                            prop:checked=checked aria-describedby=described_by(asked)/>
                        <span class="entry__label">{asked.label.to_owned()}</span>
                    </label>
                    <span class="entry__type">"bool"</span>
                </div>
                {help(asked)}
                {self.problem(asked.at)}
            </div>
        }
        .into_any()
    }

    fn line(
        self,
        asked: Asked<'_>,
        text: String,
        placeholder: &'static str,
        mode: Option<&'static str>,
    ) -> AnyView {
        let kind = if asked.field.is_some_and(|field| field.redact) { "password" } else { "text" };
        view! {
            <input type=kind id=id(asked.at) name=asked.at.to_owned() value=text.clone() prop:value=text placeholder=placeholder
                inputmode=mode autocomplete="off" spellcheck="false" aria-invalid=self.wrong(asked.at)
                aria-describedby=described_by(asked)/>
        }
        .into_any()
    }

    fn secret(self, asked: Asked<'_>, text: String) -> AnyView {
        view! {
            <input type="password" id=id(asked.at) name=asked.at.to_owned() value=text.clone() prop:value=text
                autocomplete="new-password" aria-invalid=self.wrong(asked.at) aria-describedby=described_by(asked)/>
        }
        .into_any()
    }

    fn area(self, asked: Asked<'_>, text: String, rows: u32) -> AnyView {
        view! {
            <TextArea id=id(asked.at) name=asked.at.to_owned() text=text rows=rows
                attr:aria-invalid=self.wrong(asked.at) attr:aria-describedby=described_by(asked)/>
        }
        .into_any()
    }

    fn choice(self, asked: Asked<'_>, values: &[String], chosen: &str, unset: &str) -> AnyView {
        let unset = (!asked.row).then(|| (String::new(), unset.to_owned()));
        let known = values.iter().map(|value| (value.clone(), value.clone()));
        let strange = !chosen.is_empty() && !values.iter().any(|value| value == chosen);
        let strange = strange.then(|| (chosen.to_owned(), chosen.to_owned()));
        let options = unset.into_iter().chain(known).chain(strange).map(|(value, title)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{title}</option> }
        });
        let options: Vec<_> = options.collect();
        let chosen = chosen.to_owned();
        view! {
            <select id=id(asked.at) name=asked.at.to_owned() prop:value=chosen aria-invalid=self.wrong(asked.at)
                aria-describedby=described_by(asked)>{options}</select>
        }
        .into_any()
    }

    fn enumeration(self, asked: Asked<'_>, name: &str, text: &str) -> AnyView {
        let known = self.schema.enums.get(name).map(names).unwrap_or_default();
        let default = known.first().map(|first| format!("{first} (default)")).unwrap_or_default();
        let unset = if super::has_presence_of(asked) { "not set".to_owned() } else { default };
        if name == "google.protobuf.NullValue" {
            return self.choice(asked, &["NULL_VALUE".to_owned()], text, "not set");
        }
        if !known.is_empty() && known.len() <= CHOSEN_MAX {
            return self.choice(asked, &known, text, &unset);
        }
        let list = format!("values-{}", asked.at);
        let options: Vec<_> = known.into_iter().map(|name| view! { <option value=name></option> }).collect();
        let text = text.to_owned();
        view! {
            <input type="text" id=id(asked.at) name=asked.at.to_owned() list=list.clone() value=text.clone() prop:value=text
                placeholder=unset autocomplete="off" spellcheck="false" aria-invalid=self.wrong(asked.at)
                aria-describedby=described_by(asked)/>
            <datalist id=list>{options}</datalist>
        }
        .into_any()
    }

    fn bytes(self, asked: Asked<'_>, node: &Node) -> AnyView {
        let encoded = matches!(node, Node::Bytes(bytes) if bytes.format == BytesFormat::Base64);
        let secret = asked.field.is_some_and(|field| field.redact);
        let input = if secret { self.secret(asked, node.text()) } else { self.area(asked, node.text(), 1) };
        let format = path::mark(asked.at, path::FORMAT);
        let file = path::mark(asked.at, events::FILE);
        let word = if encoded { "base64" } else { "text" };
        view! {
            {input}
            <div class="entry__more">
                <select name=format aria-label=format!("How {} is typed", asked.label) prop:value=word>
                    <option value="text" selected=!encoded>"as text"</option>
                    <option value="base64" selected=encoded>"as base64"</option>
                </select>
                <input class="needs-script" type="file" name=file aria-label=format!("A file for {}", asked.label)/>
            </div>
        }
        .into_any()
    }

    fn timestamp(self, asked: Asked<'_>, text: String) -> AnyView {
        let now = path::mark(asked.at, events::NOW);
        view! {
            <div class="entry__line">
                {self.line(asked, text, "2026-01-31T12:00:00Z", None)}
                <button class="button button--small needs-script" type="submit" name=now>
                    "Now"<span class="hidden">{format!(" for {}", asked.label)}</span>
                </button>
            </div>
        }
        .into_any()
    }

    fn mask(self, asked: Asked<'_>, text: String) -> AnyView {
        let known = asked.field.map(|field| mask_paths(self.schema, &field.name)).unwrap_or_default();
        let options: Vec<_> = known
            .into_iter()
            .map(|path| view! { <option value=path.clone()>{path.clone()}</option> })
            .collect();
        let pick = path::mark(asked.at, events::PICK);
        let chooser = (!options.is_empty()).then(|| {
            view! {
                <select class="needs-script" name=pick aria-label=format!("Add a path to {}", asked.label) prop:value="">
                    <option value="">"Add a path"</option>
                    {options}
                </select>
            }
        });
        view! { <div class="entry__line">{self.line(asked, text, "name,address.city", None)}{chooser}</div> }
            .into_any()
    }
}

/// The label of an input whose radio already shows it.
fn hidden_label(asked: Asked<'_>) -> AnyView {
    view! { <label class="hidden" for=id(asked.at)>{asked.label.to_owned()}</label> }.into_any()
}

fn names(known: &Enum) -> Vec<String> {
    known.values.iter().map(|value| value.name.clone()).collect()
}

/// Paths a mask may name: the fields of the messages beside it in the message that holds it.
fn mask_paths(schema: &Schema, name: &str) -> Vec<String> {
    let holder = schema.messages.values().find(|message| {
        message
            .fields
            .iter()
            .any(|field| field.name == name && field.kind.label() == "google.protobuf.FieldMask")
    });
    let Some(holder) = holder else { return Vec::new() };
    let beside = holder.fields.iter().filter_map(|field| match shape(schema, &field.kind) {
        Shape::Message(message) => Some(message),
        _ => None,
    });
    let mut paths: Vec<String> =
        beside.flat_map(|message| message.fields.iter().map(|field| field.json_name.clone())).collect();
    if paths.is_empty() {
        paths = holder
            .fields
            .iter()
            .filter(|field| field.name != name)
            .map(|field| field.json_name.clone())
            .collect();
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}
