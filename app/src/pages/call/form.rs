//! The request as a form: one input per value, named by its path.

mod oneof;
mod rows;
mod scalar;

use super::session::Session;
use crate::ui::icon::Icon;
use leptos::prelude::*;
use micro_domain::form::{Edit, Fields, Form, Node, Shape, has_presence, path, shape, types};
use micro_domain::schema::{Cardinality, Field, Kind, Schema};
use std::collections::BTreeMap;

/// Types offered in an `Any`.
const TYPES_OFFERED_MAX: usize = 500;

/// What every input needs.
#[derive(Clone, Copy)]
pub(super) struct Drawing<'s> {
    pub(super) session: Session,
    pub(super) schema: &'s Schema,
    pub(super) problems: Memo<BTreeMap<String, String>>,
}

/// What is asked for at one path.
#[derive(Clone, Copy)]
pub(super) struct Asked<'f> {
    /// The schema's field, also for its rows.
    pub(super) field: Option<&'f Field>,
    pub(super) kind: &'f Kind,
    pub(super) at: &'f str,
    /// The label: the field's name, or a row's number.
    pub(super) label: &'f str,
    /// What only a screen reader needs to hear after the label.
    pub(super) of: Option<&'f str>,
    /// A row of a list or map: set for as long as it is there.
    pub(super) row: bool,
}

/// The whole form.
pub(super) fn draw(session: Session, form: &Form, problems: Memo<BTreeMap<String, String>>) -> AnyView {
    let subject = session.subject();
    let drawing = Drawing { session, schema: &subject.schema, problems };
    match &form.root {
        Node::Message(fields) if fields.values.is_empty() && fields.unknown.is_empty() => {
            view! { <p class="form__none">"This method takes no fields."</p> }.into_any()
        }
        Node::Message(fields) => drawing.fields(fields, ""),
        node => {
            let kind = form.kind();
            let label = kind.label().to_owned();
            let asked =
                Asked { field: None, kind: &kind, at: path::ROOT, label: &label, of: None, row: true };
            drawing.single(asked, node)
        }
    }
}

impl Drawing<'_> {
    /// The fields of a message, each oneof where its first member is.
    pub(super) fn fields(self, fields: &Fields, at: &str) -> AnyView {
        let message = self.schema.messages.get(&fields.message);
        let described = message.map(|message| message.fields.as_slice()).unwrap_or_default();
        let oneofs = message.map(|message| message.oneofs.as_slice()).unwrap_or_default();
        let mut drawn = vec![false; oneofs.len()];
        let mut views = Vec::with_capacity(described.len());
        for (field, (part, node)) in described.iter().zip(&fields.values) {
            match field.oneof.and_then(|index| Some((index, oneofs.get(index)?, drawn.get_mut(index)?))) {
                Some((index, name, drawn)) => {
                    if !std::mem::replace(drawn, true) {
                        views.push(self.oneof(described, fields, (index, name), at));
                    }
                }
                None => views.push(self.field(field, node, &path::join(at, part))),
            }
        }
        let unknown = (!fields.unknown.is_empty()).then(|| unknown(fields, at));
        view! { <div class="form">{views}{unknown}</div> }.into_any()
    }

    fn field(self, field: &Field, node: &Node, at: &str) -> AnyView {
        let asked = Asked {
            field: Some(field),
            kind: &field.kind,
            at,
            label: path::part(field),
            of: None,
            row: false,
        };
        match (&field.cardinality, node) {
            (_, Node::Raw(value)) => self.raw(asked, &value.to_string()),
            (Cardinality::Repeated, Node::List(rows)) => self.list(asked, rows),
            (Cardinality::Map(key), Node::Map(rows)) => self.map(asked, key, rows),
            (_, node) => self.single(asked, node),
        }
    }

    /// One value.
    pub(super) fn single(self, asked: Asked<'_>, node: &Node) -> AnyView {
        match (shape(self.schema, asked.kind), node) {
            (_, Node::Raw(value)) => self.raw(asked, &value.to_string()),
            (Shape::Message(_) | Shape::Empty(_) | Shape::Any, Node::Absent) => self.unset(asked),
            (_, Node::Message(fields)) => self.nested(asked, self.fields(fields, asked.at), is_filled(node)),
            (_, Node::Any(any)) => {
                let body = self.any(asked, any);
                self.nested(asked, body, true)
            }
            (shape, node) => self.scalar(asked, shape, node),
        }
    }

    /// A message that is not set: a button sets it.
    fn unset(self, asked: Asked<'_>) -> AnyView {
        let name = Edit::Add(asked.at.to_owned()).name();
        let label = asked.label.to_owned();
        view! {
            <div class="entry entry--unset">
                {head(asked, None)}
                <button class="button button--small" type="submit" name=name formnovalidate=true>
                    "Set"<span class="hidden">{format!(" {label}")}</span>
                </button>
                {help(asked)}
                {self.problem(asked.at)}
            </div>
        }
        .into_any()
    }

    /// A message that is set: its fields, folded unless something is in them.
    pub(super) fn nested(self, asked: Asked<'_>, body: AnyView, open: bool) -> AnyView {
        let open = open || self.session.is_opened(asked.at);
        let removable = !asked.row && asked.field.is_some_and(|field| field.oneof.is_none());
        let remove = removable.then(|| remove_button(asked.at, asked.label, "Unset"));
        let set = (!asked.at.is_empty())
            .then(|| view! { <input type="hidden" name=path::mark(asked.at, path::SET) value="1"/> });
        view! {
            <details class="nested" open=open>
                <summary id=id(asked.at)>
                    <span class="entry__label">{label_of(asked)}</span>
                    <span class="entry__type">{type_label(asked)}</span>
                </summary>
                {set}
                {help(asked)}
                {self.problem(asked.at)}
                {body}
                {remove}
            </details>
        }
        .into_any()
    }

    fn any(self, asked: Asked<'_>, any: &micro_domain::form::AnyValue) -> AnyView {
        let at = asked.at;
        let name = path::mark(at, path::TYPE);
        let list = format!("types-{at}");
        let options = types(self.schema)
            .into_iter()
            .take(TYPES_OFFERED_MAX)
            .map(|name| view! { <option value=format!("type.googleapis.com/{name}")></option> });
        let kind = Kind::Message(any.type_name().to_owned());
        let value_at = path::join(at, "value");
        let content = match &any.value {
            _ if any.type_url.is_empty() => None,
            Node::Message(fields) => Some(self.fields(fields, at)),
            node => {
                let asked =
                    Asked { field: None, kind: &kind, at: &value_at, label: "value", of: None, row: true };
                Some(self.single(asked, node))
            }
        };
        let url = any.type_url.clone();
        view! {
            <div class="entry">
                <label class="entry__label" for=id(&name)>"Type"</label>
                <input type="text" id=id(&name) name=name.clone() list=list.clone() value=url.clone() prop:value=url
                    placeholder="Choose or type a message's name" autocomplete="off" spellcheck="false"/>
                <datalist id=list>{options.collect_view()}</datalist>
                <button class="button button--small without-script" type="submit" name=super::request_of::ACTION value="update">
                    "Show its fields"
                </button>
                {self.problem(&name)}
            </div>
            {content}
        }
        .into_any()
    }

    /// JSON that does not fit here: shown as it is.
    fn raw(self, asked: Asked<'_>, json: &str) -> AnyView {
        let at = asked.at.to_owned();
        view! {
            <div class="entry">
                {head(asked, None)}
                <input type="hidden" name=path::mark(&at, path::RAW) value="1"/>
                <crate::ui::textarea::TextArea id=id(&at) name=at.clone() text=json.to_owned() rows=2/>
                {remove_button(&at, asked.label, "Remove")}
                {self.problem(&at)}
            </div>
        }
        .into_any()
    }

    /// What is wrong at `at`, as it changes.
    pub(super) fn problem(self, at: &str) -> AnyView {
        let (key, problems) = (at.to_owned(), self.problems);
        view! {
            <p class="entry__problem" id=problem_id(at)>
                {move || problems.with(|problems| problems.get(&key).cloned())}
            </p>
        }
        .into_any()
    }

    /// Whether something is wrong at `at`, for `aria-invalid`. A closure, not a signal: it must outlive the drawing it was
    /// made in by the moment in which the next one takes its place.
    pub(super) fn wrong(self, at: &str) -> impl Fn() -> Option<&'static str> + Clone + Send + Sync + use<> {
        let (at, problems) = (at.to_owned(), self.problems);
        move || problems.with(|problems| problems.contains_key(&at)).then_some("true")
    }
}

/// What the JSON holds that the schema does not know; it stays.
fn unknown(fields: &Fields, at: &str) -> AnyView {
    let object: serde_json::Map<String, serde_json::Value> = fields.unknown.iter().cloned().collect();
    let names: Vec<&str> = fields.unknown.iter().map(|(name, _)| name.as_str()).collect();
    let text = format!("Not described, kept as it is: {}", names.join(", "));
    view! {
        <input type="hidden" name=path::mark(at, path::UNKNOWN) value=serde_json::Value::Object(object).to_string()/>
        <p class="entry__problem" tabindex="-1" id=id(&path::join(at, names.first().copied().unwrap_or_default()))>{text}</p>
    }
    .into_any()
}

/// The label, the type, and whether it is set.
pub(super) fn head(asked: Asked<'_>, presence: Option<bool>) -> AnyView {
    let at = asked.at.to_owned();
    let name = path::mark(&at, path::SET);
    let presence = presence.map(|set| {
        view! {
            <label class="entry__set">
                <input type="checkbox" name=name value="1" checked=set prop:checked=set/>
                "set"<span class="hidden">{format!(": {}", asked.label)}</span>
            </label>
        }
    });
    let redacted =
        asked.field.is_some_and(|field| field.redact).then(|| view! { <span class="tag">"masked"</span> });
    let required = asked
        .field
        .is_some_and(|field| field.required)
        .then(|| view! { <span class="tag">"required"</span> });
    let old = asked
        .field
        .is_some_and(|field| field.deprecated)
        .then(|| view! { <span class="tag">"deprecated"</span> });
    view! {
        <div class="entry__head">
            <label class="entry__label" for=id(&at)>{label_of(asked)}</label>
            <span class="entry__type">{type_label(asked)}</span>
            {required}{redacted}{old}
            {presence}
        </div>
    }
    .into_any()
}

fn label_of(asked: Asked<'_>) -> AnyView {
    let of = asked.of.map(|of| view! { <span class="hidden">{of.to_owned()}</span> });
    view! { {asked.label.to_owned()}{of} }.into_any()
}

/// The field's comment.
pub(super) fn help(asked: Asked<'_>) -> AnyView {
    let comment =
        asked.field.filter(|_| !asked.row).map(|field| field.comment.trim().to_owned()).unwrap_or_default();
    (!comment.is_empty())
        .then(|| view! { <p class="entry__help" id=help_id(asked.at)>{comment}</p> })
        .into_any()
}

/// A button that removes a row or unsets a value.
pub(super) fn remove_button(at: &str, label: &str, word: &'static str) -> AnyView {
    view! {
        <button class="button button--small button--quiet" type="submit" name=Edit::Remove(at.to_owned()).name() formnovalidate=true>
            <Icon name="close"/>{word}<span class="hidden">{format!(" {label}")}</span>
        </button>
    }
    .into_any()
}

/// The same for a row, whose place says what it removes.
pub(super) fn remove_row_button(at: &str, label: &str) -> AnyView {
    view! {
        <button class="button button--small button--quiet" type="submit" name=Edit::Remove(at.to_owned()).name() formnovalidate=true
            title="Remove">
            <Icon name="close"/><span class="hidden">{format!("Remove {label}")}</span>
        </button>
    }
    .into_any()
}

/// The type as shown: without its package, wrappers unboxed.
pub(super) fn type_label(asked: Asked<'_>) -> String {
    let name = asked.kind.label();
    let short = name.rsplit('.').next().unwrap_or(name);
    match asked.field.map(|field| &field.cardinality).filter(|_| !asked.row) {
        Some(Cardinality::Repeated) => format!("list of {short}"),
        Some(Cardinality::Map(key)) => format!("map of {} to {short}", key.label()),
        _ => short.to_owned(),
    }
}

/// Whether a value may be unset apart from its default.
pub(super) fn optional(asked: Asked<'_>) -> bool {
    !asked.row && asked.field.is_some_and(|field| has_presence(field) && field.oneof.is_none())
}

/// Whether there is something in a message.
pub(super) fn is_filled(node: &Node) -> bool {
    match node {
        Node::Message(fields) => {
            !fields.unknown.is_empty() || fields.values.iter().any(|(_, node)| is_filled(node))
        }
        other => other.is_set(),
    }
}

/// The id of the control at `at`.
pub(super) fn id(at: &str) -> String {
    format!("f-{at}")
}

pub(super) fn help_id(at: &str) -> String {
    format!("help-{at}")
}

pub(super) fn problem_id(at: &str) -> String {
    format!("problem-{at}")
}

/// What describes the control at `at`.
pub(super) fn described_by(asked: Asked<'_>) -> String {
    let comment = asked.field.is_some_and(|field| !asked.row && !field.comment.trim().is_empty());
    if comment { format!("{} {}", help_id(asked.at), problem_id(asked.at)) } else { problem_id(asked.at) }
}

/// Whether the field has presence, be it a oneof's member.
fn has_presence_of(asked: Asked<'_>) -> bool {
    asked.field.is_some_and(has_presence)
}
