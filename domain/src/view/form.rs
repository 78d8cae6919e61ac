//! A method's request as a few inputs, for places whose forms are small: a Slack or Discord modal.
//!
//! Scalars have an input each; lists, maps and messages are typed as JSON. Where there are too many, or a place can show
//! scalars alone, the whole request is one JSON input.

use super::Calling;
use crate::{
    Error, Violation, form as forms,
    form::{Form, Node, Shape, path},
    schema::{Cardinality, Field, Kind, Schema},
    snippet,
};
use serde_json::Value;

/// The name of the input that holds the whole request.
pub const WHOLE: &str = path::ROOT;

/// What a place can show.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Inputs at most.
    pub inputs: usize,
    /// Whether a field may be typed as JSON beside others.
    pub json: bool,
}

/// A form to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The service.
    pub service: String,
    /// The method's full name.
    pub method: String,
    /// The method's own name.
    pub title: String,
    /// What it does; empty where nobody said.
    pub about: String,
    /// What is filled in.
    pub inputs: Vec<Input>,
}

/// One value to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name, under which it is submitted and errors are told.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What it is, and what is expected; may be empty.
    pub hint: String,
    /// How it is filled in.
    pub kind: InputKind,
    /// What it holds.
    pub value: String,
    /// Whether it must hold something.
    pub required: bool,
}

/// How a value is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    /// Typed on one line.
    Line,
    /// One of these.
    Choice(Vec<String>),
    /// Typed as JSON, on several lines.
    Json,
}

/// The form of a method, filled with `request`; an empty one gives the defaults.
#[must_use]
pub fn sheet(calling: Calling<'_>, request: &str, room: Room) -> Sheet {
    let parsed: Value = serde_json::from_str(request).unwrap_or_default();
    let inputs = fields(calling, &parsed, room).unwrap_or_else(|| vec![whole(calling, request)]);
    Sheet {
        service: calling.service.to_owned(),
        method: calling.method.full_name(),
        title: calling.method.name.clone(),
        about: super::plain(calling.method.comment.lines().next().unwrap_or_default()),
        inputs,
    }
}

fn whole(calling: Calling<'_>, request: &str) -> Input {
    let value = match request.trim() {
        "" => snippet::sample(calling.schema, &calling.method.input).to_string(),
        given => given.to_owned(),
    };
    Input {
        name: WHOLE.to_owned(),
        label: "Request".to_owned(),
        hint: format!("{} as JSON", calling.method.input),
        kind: InputKind::Json,
        value: forms::json::pretty(&value),
        required: true,
    }
}

/// An input for each field; none where they do not fit.
fn fields(calling: Calling<'_>, request: &Value, room: Room) -> Option<Vec<Input>> {
    let kind = Kind::Message(calling.method.input.clone());
    let Shape::Message(message) = forms::shape(calling.schema, &kind) else { return None };
    if message.fields.len() > room.inputs || !(request.is_object() || request.is_null()) {
        return None;
    }
    let filled = match request {
        Value::Null => Form::new(calling.schema, &calling.method.input),
        given => Form::from_json(calling.schema, &calling.method.input, given),
    };
    let Node::Message(values) = &filled.root else { return None };
    // What the schema does not know would be lost in inputs.
    if !values.unknown.is_empty() {
        return None;
    }
    let known = message.fields.iter();
    known.map(|field| input(calling.schema, field, values.get(path::part(field)), request, room)).collect()
}

fn input(schema: &Schema, field: &Field, node: Option<&Node>, request: &Value, room: Room) -> Option<Input> {
    let scalar = field.cardinality == Cardinality::Singular;
    let shape = forms::shape(schema, &field.kind);
    let (kind, wanted) = match shape {
        Shape::Scalar(Kind::Bool) if scalar => {
            (InputKind::Choice(vec!["true".into(), "false".into()]), "bool".to_owned())
        }
        Shape::Scalar(Kind::Enum(name)) if scalar => {
            (InputKind::Choice(choices(schema, name)), String::new())
        }
        Shape::Scalar(kind) if scalar => (InputKind::Line, kind.label().to_owned()),
        Shape::Timestamp if scalar => (InputKind::Line, "time, as 2026-01-31T12:00:00Z".to_owned()),
        Shape::Duration if scalar => (InputKind::Line, "duration, as 1.5s".to_owned()),
        Shape::FieldMask if scalar => (InputKind::Line, "field paths, with commas between".to_owned()),
        _ => (InputKind::Json, format!("{} as JSON", described(field))),
    };
    if kind == InputKind::Json && !room.json {
        return None;
    }
    let value = match kind {
        InputKind::Json => request.get(&field.json_name).map(|json| forms::json::pretty(&json.to_string())),
        _ => node.map(Node::text),
    };
    let comment = super::plain(field.comment.lines().next().unwrap_or_default());
    let hint = [comment, wanted].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    Some(Input {
        name: path::part(field).to_owned(),
        label: field.name.clone(),
        hint,
        kind,
        value: value.unwrap_or_default(),
        required: field.required,
    })
}

fn choices(schema: &Schema, name: &str) -> Vec<String> {
    let known = schema.enums.get(name).map(|known| known.values.as_slice()).unwrap_or_default();
    known.iter().map(|value| value.name.clone()).collect()
}

fn described(field: &Field) -> String {
    match &field.cardinality {
        Cardinality::Singular => field.kind.label().to_owned(),
        Cardinality::Repeated => format!("a list of {}", field.kind.label()),
        Cardinality::Map(key) => format!("a map of {} to {}", key.label(), field.kind.label()),
    }
}

/// The request that was filled in, as JSON. `filled` are the inputs' names and what they hold.
///
/// # Errors
/// INVALID_ARGUMENT whose violations name the inputs at fault.
pub fn filled(calling: Calling<'_>, filled: &[(String, String)]) -> Result<String, Error> {
    if let Some((name, text)) = filled.iter().find(|(name, _)| name == WHOLE) {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            wrong(vec![Violation { field: name.clone(), description: format!("This is not JSON: {error}.") }])
        })?;
        let known = Form::from_json(calling.schema, &calling.method.input, &value).violations(calling.schema);
        let told = known.into_iter().map(|one| Violation {
            field: WHOLE.to_owned(),
            description: format!("{}: {}", one.field, one.description),
        });
        let told: Vec<Violation> = told.collect();
        return if told.is_empty() { Ok(text.clone()) } else { Err(wrong(told)) };
    }
    let mut pairs = Vec::with_capacity(filled.len());
    for (name, text) in filled.iter().filter(|(_, text)| !text.trim().is_empty()) {
        if is_json(calling, name) {
            pairs.push((path::mark(name, path::RAW), "1".to_owned()));
        } else {
            pairs.push((path::mark(name, path::SET), "1".to_owned()));
        }
        pairs.push((name.clone(), text.clone()));
    }
    forms::from_pairs(calling.schema, calling.method, &pairs).map_err(|found| {
        wrong(found.into_iter().map(|one| Violation { field: input_of(&one.field), ..one }).collect())
    })
}

fn wrong(violations: Vec<Violation>) -> Error {
    Error { violations, ..Error::invalid("some of the values are wrong") }
}

/// The input that a place within it belongs to.
fn input_of(place: &str) -> String {
    let end = place.find(['.', '[', '{', '~']).unwrap_or(place.len());
    place.get(..end).unwrap_or_default().to_owned()
}

fn is_json(calling: Calling<'_>, name: &str) -> bool {
    let message = calling.schema.messages.get(&calling.method.input);
    let field = message.and_then(|message| message.fields.iter().find(|field| path::part(field) == name));
    field.is_some_and(|field| {
        let scalar = matches!(
            forms::shape(calling.schema, &field.kind),
            Shape::Scalar(_) | Shape::Timestamp | Shape::Duration | Shape::FieldMask
        );
        field.cardinality != Cardinality::Singular || !scalar
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::schema::{Enum, EnumValue, Message, Method};

    const ROOMY: Room = Room { inputs: 20, json: true };

    fn field(name: &str, kind: Kind, cardinality: Cardinality) -> Field {
        Field {
            name: name.to_owned(),
            json_name: name.to_owned(),
            number: 1,
            kind,
            cardinality,
            presence: false,
            required: false,
            oneof: None,
            comment: String::new(),
            deprecated: false,
            redact: false,
        }
    }

    fn zoo() -> (Schema, Method) {
        let one = Cardinality::Singular;
        let message = |name: &str, fields| Message {
            name: name.to_owned(),
            comment: String::new(),
            fields,
            oneofs: Vec::new(),
        };
        let fields = vec![
            field("name", Kind::String, one.clone()),
            field("age", Kind::Int32, one.clone()),
            field("loud", Kind::Bool, one.clone()),
            field("mood", Kind::Enum("zoo.Mood".to_owned()), one.clone()),
            field("tags", Kind::String, Cardinality::Repeated),
            field("home", Kind::Message("zoo.Home".to_owned()), one.clone()),
        ];
        let mut schema = Schema::default();
        schema.messages.insert("zoo.Ask".to_owned(), message("zoo.Ask", fields));
        schema
            .messages
            .insert("zoo.Home".to_owned(), message("zoo.Home", vec![field("city", Kind::String, one)]));
        let value = |name: &str, number| EnumValue {
            name: name.to_owned(),
            number,
            comment: String::new(),
            deprecated: false,
        };
        let values = vec![value("CALM", 0), value("WILD", 1)];
        schema.enums.insert(
            "zoo.Mood".to_owned(),
            Enum { name: "zoo.Mood".to_owned(), comment: String::new(), values },
        );
        let method = Method {
            name: "Feed".to_owned(),
            service: "zoo.Zoo".to_owned(),
            comment: String::new(),
            input: "zoo.Ask".to_owned(),
            output: "zoo.Home".to_owned(),
            client_streaming: false,
            server_streaming: false,
            idempotent: false,
            read_only: false,
            deprecated: false,
        };
        (schema, method)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_filled_in_is_the_request() {
        let (schema, method) = zoo();
        let calling = Calling { service: "zoo", method: &method, schema: &schema };
        let typed = [
            ("name", "Ann"),
            ("age", "3"),
            ("loud", "true"),
            ("mood", "WILD"),
            ("tags", "[\"a\"]"),
            ("home", "{\"city\": \"X\"}"),
        ];
        let json: Value = serde_json::from_str(&filled(calling, &pairs(&typed)).unwrap()).unwrap();
        let wanted = serde_json::json!({"name": "Ann", "age": 3, "loud": true, "mood": "WILD", "tags": ["a"], "home": {"city": "X"}});
        assert_eq!(json, wanted);
        assert_eq!(filled(calling, &pairs(&[("name", ""), ("age", "")])).unwrap(), "{}");
        // And back into a form.
        let sheet = sheet(calling, &json.to_string(), ROOMY);
        let held: Vec<&str> = sheet.inputs.iter().map(|input| input.value.as_str()).collect();
        assert_eq!(held, ["Ann", "3", "true", "WILD", "[\n  \"a\"\n]", "{\n  \"city\": \"X\"\n}"]);
    }

    #[test]
    fn errors_are_told_at_their_input() {
        let (schema, method) = zoo();
        let calling = Calling { service: "zoo", method: &method, schema: &schema };
        let at = |typed: &[(&str, &str)]| -> Vec<String> {
            let error = filled(calling, &pairs(typed)).unwrap_err();
            error.violations.into_iter().map(|one| one.field).collect()
        };
        assert_eq!(at(&[("age", "three")]), ["age"]);
        assert_eq!(at(&[("tags", "oops")]), ["tags"]);
        assert_eq!(at(&[("home", "{\"city\": 3}")]), ["home"]);
        assert_eq!(at(&[(WHOLE, "{")]), [WHOLE]);
        assert_eq!(at(&[(WHOLE, "{\"age\": \"x\"}")]), [WHOLE]);
    }

    #[test]
    fn what_does_not_fit_is_one_input() {
        let (schema, method) = zoo();
        let calling = Calling { service: "zoo", method: &method, schema: &schema };
        assert_eq!(sheet(calling, "", ROOMY).inputs.len(), 6);
        for room in [Room { inputs: 5, json: true }, Room { inputs: 20, json: false }] {
            let sheet = sheet(calling, "", room);
            assert_eq!(sheet.inputs.len(), 1);
            assert!(sheet.inputs[0].value.contains("\"name\""), "{sheet:?}");
        }
        assert_eq!(sheet(calling, "{\"new\": 1}", ROOMY).inputs.len(), 1);
    }
}
