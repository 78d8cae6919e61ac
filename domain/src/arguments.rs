//! Words of a command line or a chat message as a request: `--name Ann --address.city Paris --tag a --tag b`.
//!
//! The schema decides what each word means. The result is proto JSON, so that every surface sends a request the same way.

use crate::{
    Error,
    schema::{Cardinality, Field, Kind, Message, Method, Schema},
    suggest,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// Nested fields deeper than this are set through JSON only.
const DEPTH_MAX: usize = 8;
/// Nested flags listed in help and completion go this deep.
const LISTED_DEPTH_MAX: usize = 3;
/// Most flags listed.
const LISTED_MAX: usize = 500;

/// Reads the file a `bytes` flag names with `@FILE`; surfaces without files refuse.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, Error>;

/// One flag a method takes, for help and completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes: `address.city`.
    pub name: String,
    /// What follows it: `string`, `KEY=VALUE`, an enum's name; empty for a boolean.
    pub value: String,
    /// May be given several times.
    pub repeated: bool,
    /// The field's comment.
    pub comment: String,
    /// The values it takes, for enums.
    pub values: Vec<String>,
}

/// Every flag of `method`, in declaration order, nested ones after their parent.
#[must_use]
pub fn flags(schema: &Schema, method: &Method) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(message) = schema.messages.get(&method.input) {
        list(schema, message, "", 1, &mut flags);
    }
    flags
}

fn list(schema: &Schema, message: &Message, prefix: &str, depth: usize, flags: &mut Vec<Flag>) {
    for field in &message.fields {
        if flags.len() >= LISTED_MAX {
            return;
        }
        let name = format!("{prefix}{}", kebab(&field.name));
        flags.push(Flag {
            name: name.clone(),
            value: value_label(field),
            repeated: field.cardinality != Cardinality::Singular,
            comment: field.comment.clone(),
            values: enum_values(schema, &field.kind),
        });
        if let (Cardinality::Singular, Some(nested)) =
            (&field.cardinality, plain_message(schema, &field.kind))
            && depth < LISTED_DEPTH_MAX
        {
            list(schema, nested, &format!("{name}."), depth + 1, flags);
        }
    }
}

fn value_label(field: &Field) -> String {
    let label = match &field.kind {
        Kind::Bool if field.cardinality == Cardinality::Singular => String::new(),
        Kind::Message(name) => well_known_label(name).unwrap_or("JSON").to_owned(),
        Kind::Enum(name) => name.rsplit('.').next().unwrap_or(name).to_owned(),
        kind => kind.label().to_owned(),
    };
    match field.cardinality {
        Cardinality::Map(_) => format!("KEY={label}"),
        _ => label,
    }
}

fn well_known_label(name: &str) -> Option<&'static str> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Timestamp" => "TIME",
        "Duration" => "DURATION",
        "FieldMask" => "PATHS",
        "StringValue" => "string",
        "BytesValue" => "bytes",
        "BoolValue" => "bool",
        "Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value" => "integer",
        "FloatValue" | "DoubleValue" => "number",
        _ => return None,
    })
}

fn enum_values(schema: &Schema, kind: &Kind) -> Vec<String> {
    let Kind::Enum(name) = kind else { return Vec::new() };
    let values = schema.enums.get(name).map(|found| found.values.as_slice()).unwrap_or_default();
    values.iter().map(|value| value.name.clone()).collect()
}

/// The message behind `kind` where its fields are set one by one: not one that JSON writes as a single value.
fn plain_message<'s>(schema: &'s Schema, kind: &Kind) -> Option<&'s Message> {
    match kind {
        Kind::Message(name) if !name.starts_with("google.protobuf.") => schema.messages.get(name),
        _ => None,
    }
}

/// `user_id`, `userId` and `UserID` as `user-id`.
#[must_use]
pub fn kebab(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 2);
    for (index, c) in chars.iter().enumerate() {
        if matches!(c, '_' | '-') {
            out.push('-');
            continue;
        }
        let previous = index.checked_sub(1).and_then(|index| chars.get(index));
        let next_lower = chars.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let starts_word = previous.is_some_and(|previous| {
            previous.is_ascii_lowercase()
                || previous.is_ascii_digit()
                || (previous.is_ascii_uppercase() && next_lower)
        });
        if c.is_ascii_uppercase() && starts_word {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Whether two spellings mean the same name: case, `-` and `_` do not matter.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
    };
    plain(one) == plain(other)
}

/// The request that `words` describe.
///
/// # Errors
/// INVALID_ARGUMENT naming the flag at fault, what it expects and, for a typo, the nearest flag or value.
pub fn parse(
    schema: &Schema,
    method: &Method,
    words: &[String],
    read_file: ReadFile<'_>,
) -> Result<Value, Error> {
    let root = schema.messages.get(&method.input).ok_or_else(|| {
        Error::invalid(format!("The request type `{}` is not described; use --json.", method.input))
    })?;
    let parser = Parser { schema, read_file };
    let mut request = Map::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix("--").filter(|flag| !flag.is_empty()) else {
            return Err(Error::invalid(format!(
                "`{word}` is not a flag. Fields are given as --name VALUE; a boolean as --name or --no-name."
            )));
        };
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        let (place, negated) = parser.place(root, name)?;
        let value = match (place.field.is_flag(), inline) {
            (true, None) => {
                if negated {
                    "false"
                } else {
                    "true"
                }
            }
            _ if negated => {
                return Err(Error::invalid(format!("`--{name}` takes no value; it means false.")));
            }
            (_, Some(value)) => value,
            (false, None) => words.next().map(String::as_str).ok_or_else(|| {
                Error::invalid(format!("`--{name}` lacks its value: {}.", value_label(place.field)))
            })?,
        };
        parser.set(&mut request, &place, name, value)?;
    }
    Ok(whole(&method.input, request))
}

/// The request's JSON: a wrapper's is its value alone.
fn whole(message: &str, mut request: Map<String, Value>) -> Value {
    let default = match message.strip_prefix("google.protobuf.") {
        Some("StringValue" | "BytesValue") => json!(""),
        Some("BoolValue") => json!(false),
        Some("Int32Value" | "Int64Value" | "UInt32Value" | "UInt64Value" | "FloatValue" | "DoubleValue") => {
            json!(0)
        }
        _ => return Value::Object(request),
    };
    request.remove("value").unwrap_or(default)
}

impl Field {
    /// A single boolean: a flag that needs no value.
    fn is_flag(&self) -> bool {
        let boolean = match &self.kind {
            Kind::Bool => true,
            Kind::Message(name) => name == "google.protobuf.BoolValue",
            _ => false,
        };
        boolean && self.cardinality == Cardinality::Singular
    }
}

/// A field and the messages that lead to it.
struct Place<'s> {
    parents: Vec<(&'s Message, &'s Field)>,
    message: &'s Message,
    field: &'s Field,
}

struct Parser<'s> {
    schema: &'s Schema,
    read_file: ReadFile<'s>,
}

impl<'s> Parser<'s> {
    /// The field `name` means, and whether it was given as `--no-NAME`.
    fn place(&self, root: &'s Message, name: &str) -> Result<(Place<'s>, bool), Error> {
        match self.walk(root, name) {
            Ok(place) => Ok((place, false)),
            Err(error) => {
                // `--no-x`, and for nested ones `--a.no-x`.
                let (parents, last) =
                    name.rsplit_once('.').map_or(("", name), |(parents, last)| (parents, last));
                let positive = last.strip_prefix("no-").map(|last| match parents {
                    "" => last.to_owned(),
                    parents => format!("{parents}.{last}"),
                });
                let also_leading = name.strip_prefix("no-").map(str::to_owned);
                let mut candidates = positive.into_iter().chain(also_leading);
                candidates
                    .find_map(|name| self.walk(root, &name).ok().filter(|place| place.field.is_flag()))
                    .map(|place| (place, true))
                    .ok_or(error)
            }
        }
    }

    fn walk(&self, root: &'s Message, name: &str) -> Result<Place<'s>, Error> {
        let mut parents = Vec::new();
        let mut message = root;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            let field = find(message, part).ok_or_else(|| unknown(self.schema, root, name))?;
            if parts.peek().is_none() {
                return Ok(Place { parents, message, field });
            }
            let nested = plain_message(self.schema, &field.kind)
                .filter(|_| field.cardinality == Cardinality::Singular);
            let Some(nested) = nested.filter(|_| parents.len() < DEPTH_MAX) else {
                return Err(Error::invalid(format!(
                    "`--{name}`: `{}` has no fields that can be set one by one; give it as {}.",
                    kebab(&field.name),
                    value_label(field)
                )));
            };
            parents.push((message, field));
            message = nested;
        }
        Err(unknown(self.schema, root, name))
    }

    fn set(
        &self,
        request: &mut Map<String, Value>,
        place: &Place<'s>,
        flag: &str,
        text: &str,
    ) -> Result<(), Error> {
        let mut object = request;
        for (message, parent) in &place.parents {
            refuse_second_of_oneof(object, message, parent, flag)?;
            let entry = object.entry(parent.json_name.clone()).or_insert_with(|| json!({}));
            object = entry.as_object_mut().ok_or_else(|| {
                Error::invalid(format!("`--{flag}`: `{}` was already given as a whole.", kebab(&parent.name)))
            })?;
        }
        refuse_second_of_oneof(object, place.message, place.field, flag)?;
        let field = place.field;
        let wrong = |expected: String| {
            Error::invalid(format!("`--{flag}`: {expected}")).with_violation(&field.json_name, expected)
        };
        match &field.cardinality {
            Cardinality::Singular => {
                let value = self.value(&field.kind, text).map_err(wrong)?;
                if object.insert(field.json_name.clone(), value).is_some() {
                    return Err(Error::invalid(format!("`--{flag}` was given twice, but takes one value.")));
                }
            }
            Cardinality::Repeated => {
                let value = self.value(&field.kind, text).map_err(wrong)?;
                if let Value::Array(list) = object.entry(field.json_name.clone()).or_insert_with(|| json!([]))
                {
                    list.push(value);
                }
            }
            Cardinality::Map(key_kind) => {
                let (key, text) =
                    text.split_once('=').ok_or_else(|| wrong(format!("expected KEY=VALUE, not `{text}`")))?;
                let key = self.key(key_kind, key).map_err(wrong)?;
                let value = self.value(&field.kind, text).map_err(wrong)?;
                if let Value::Object(map) = object.entry(field.json_name.clone()).or_insert_with(|| json!({}))
                {
                    map.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// A map's key as JSON writes it.
    fn key(&self, kind: &Kind, text: &str) -> Result<String, String> {
        Ok(match self.value(kind, text)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    /// `text` as the JSON value of a `kind`; what was expected, if it is none.
    fn value(&self, kind: &Kind, text: &str) -> Result<Value, String> {
        match kind {
            Kind::Bool => match text {
                "true" | "yes" | "1" => Ok(json!(true)),
                "false" | "no" | "0" => Ok(json!(false)),
                _ => Err(format!("expected true or false, not `{text}`")),
            },
            Kind::Int32 => integer(text, i64::from(i32::MIN), i64::from(i32::MAX)).map(Value::from),
            Kind::Uint32 => integer(text, 0, i64::from(u32::MAX)).map(Value::from),
            Kind::Int64 => integer(text, i64::MIN, i64::MAX).map(|number| Value::String(number.to_string())),
            Kind::Uint64 => match text.parse::<u64>() {
                Ok(number) => Ok(Value::String(number.to_string())),
                Err(_) => Err(format!("expected a whole number from 0 to {}, not `{text}`", u64::MAX)),
            },
            Kind::Double => number(text, f64::MAX),
            Kind::Float => number(text, f64::from(f32::MAX)),
            Kind::String => Ok(Value::String(text.to_owned())),
            Kind::Bytes => self.bytes(text),
            Kind::Enum(name) => self.enum_value(name, text),
            Kind::Message(name) => self.message(name, text),
        }
    }

    fn bytes(&self, text: &str) -> Result<Value, String> {
        if let Some(path) = text.strip_prefix('@') {
            let content = (self.read_file)(path).map_err(|error| error.message)?;
            return Ok(Value::String(STANDARD.encode(content)));
        }
        match text.strip_prefix("base64:") {
            Some(encoded) => match STANDARD.decode(encoded) {
                Ok(_) => Ok(Value::String(encoded.to_owned())),
                Err(_) => Err("expected base64 after `base64:`".to_owned()),
            },
            None => Ok(Value::String(STANDARD.encode(text))),
        }
    }

    fn enum_value(&self, name: &str, text: &str) -> Result<Value, String> {
        if name == "google.protobuf.NullValue" {
            return Ok(Value::Null);
        }
        let Some(described) = self.schema.enums.get(name) else { return Ok(Value::String(text.to_owned())) };
        let known = described
            .values
            .iter()
            .find(|value| value.name.eq_ignore_ascii_case(text) || kebab(&value.name) == text);
        if let Some(value) = known {
            return Ok(Value::String(value.name.clone()));
        }
        if let Ok(number) = text.parse::<i32>() {
            return Ok(json!(number));
        }
        let names: Vec<&str> = described.values.iter().map(|value| value.name.as_str()).collect();
        let hint = suggest::nearest(text, names.iter().copied()).map(|name| format!(" Did you mean {name}?"));
        Err(format!("`{text}` is no value of {name}: {}.{}", names.join(", "), hint.unwrap_or_default()))
    }

    fn message(&self, name: &str, text: &str) -> Result<Value, String> {
        let scalar = match name.strip_prefix("google.protobuf.").unwrap_or_default() {
            "Timestamp" | "Duration" | "FieldMask" => return Ok(Value::String(text.to_owned())),
            "Value" => {
                return Ok(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())));
            }
            "StringValue" => Kind::String,
            "BytesValue" => Kind::Bytes,
            "BoolValue" => Kind::Bool,
            "Int32Value" => Kind::Int32,
            "Int64Value" => Kind::Int64,
            "UInt32Value" => Kind::Uint32,
            "UInt64Value" => Kind::Uint64,
            "FloatValue" => Kind::Float,
            "DoubleValue" => Kind::Double,
            _ => {
                return serde_json::from_str(text)
                    .map_err(|error| format!("expected {name} as JSON, or its fields one by one: {error}"));
            }
        };
        self.value(&scalar, text)
    }
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, String> {
    let number = text.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("expected a whole number from {least} to {most}, not `{text}`"))
}

fn number(text: &str, most: f64) -> Result<Value, String> {
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return Ok(Value::String(text.to_owned()));
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && number.abs() <= most);
    number.map(Value::from).ok_or_else(|| format!("expected a number up to {most:e}, not `{text}`"))
}

fn find<'m>(message: &'m Message, part: &str) -> Option<&'m Field> {
    let exact = message.fields.iter().find(|field| field.name == part || field.json_name == part);
    exact.or_else(|| {
        message.fields.iter().find(|field| kebab(&field.name) == part || kebab(&field.json_name) == part)
    })
}

fn refuse_second_of_oneof(
    object: &Map<String, Value>,
    message: &Message,
    field: &Field,
    flag: &str,
) -> Result<(), Error> {
    let Some(oneof) = field.oneof else { return Ok(()) };
    let others =
        message.fields.iter().filter(|other| other.oneof == Some(oneof) && other.number != field.number);
    match others.into_iter().find(|other| object.contains_key(&other.json_name)) {
        Some(other) => Err(Error::invalid(format!(
            "`--{flag}` and `--{}` exclude each other: at most one of `{}` can be set.",
            kebab(&other.name),
            message.oneofs.get(oneof).map_or("the oneof", String::as_str)
        ))),
        None => Ok(()),
    }
}

fn unknown(schema: &Schema, root: &Message, name: &str) -> Error {
    let mut known = Vec::new();
    list(schema, root, "", 1, &mut known);
    let hint = match suggest::nearest(name, known.iter().map(|flag| flag.name.as_str())) {
        Some(near) => format!(" Did you mean --{near}?"),
        None if known.is_empty() => " This method takes no fields.".to_owned(),
        None => String::new(),
    };
    Error::invalid(format!("There is no flag --{name}.{hint}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::schema::{Enum, EnumValue, GrpcService};

    fn field(name: &str, json_name: &str, number: u32, kind: Kind) -> Field {
        Field {
            name: name.to_owned(),
            json_name: json_name.to_owned(),
            number,
            kind,
            cardinality: Cardinality::Singular,
            presence: false,
            required: false,
            oneof: None,
            comment: String::new(),
            deprecated: false,
            redact: false,
        }
    }

    fn schema() -> Schema {
        let mut tags = field("tags", "tags", 2, Kind::String);
        tags.cardinality = Cardinality::Repeated;
        let mut labels = field("labels", "labels", 3, Kind::Int32);
        labels.cardinality = Cardinality::Map(Kind::String);
        let mut by_mail = field("by_mail", "byMail", 10, Kind::String);
        by_mail.oneof = Some(0);
        let mut by_phone = field("by_phone", "byPhone", 11, Kind::String);
        by_phone.oneof = Some(0);
        let request = Message {
            name: "t.Request".to_owned(),
            comment: String::new(),
            oneofs: vec!["contact".to_owned()],
            fields: vec![
                field("user_name", "userName", 1, Kind::String),
                tags,
                labels,
                field("colour", "colour", 4, Kind::Enum("t.Colour".to_owned())),
                field("dry_run", "dryRun", 5, Kind::Bool),
                field("big", "big", 6, Kind::Uint64),
                field("raw", "raw", 7, Kind::Bytes),
                field("address", "address", 8, Kind::Message("t.Address".to_owned())),
                field("wait", "wait", 9, Kind::Message("google.protobuf.Duration".to_owned())),
                by_mail,
                by_phone,
                field("ratio", "ratio", 12, Kind::Float),
            ],
        };
        let address = Message {
            name: "t.Address".to_owned(),
            comment: String::new(),
            oneofs: Vec::new(),
            fields: vec![
                field("city", "city", 1, Kind::String),
                field("main_door", "mainDoor", 2, Kind::Bool),
            ],
        };
        let value = |name: &str, number| EnumValue {
            name: name.to_owned(),
            number,
            comment: String::new(),
            deprecated: false,
        };
        let colour = Enum {
            name: "t.Colour".to_owned(),
            comment: String::new(),
            values: vec![value("RED", 0), value("DARK_BLUE", 1)],
        };
        let method = Method {
            name: "Do".to_owned(),
            service: "t.T".to_owned(),
            comment: String::new(),
            input: "t.Request".to_owned(),
            output: "t.Request".to_owned(),
            client_streaming: false,
            server_streaming: false,
            idempotent: false,
            read_only: false,
            deprecated: false,
        };
        Schema {
            services: vec![GrpcService {
                name: "t.T".to_owned(),
                comment: String::new(),
                methods: vec![method],
            }],
            messages: [request, address].into_iter().map(|message| (message.name.clone(), message)).collect(),
            enums: [(colour.name.clone(), colour)].into(),
            omitted: Vec::new(),
        }
    }

    fn run(line: &str) -> Result<Value, Error> {
        let schema = schema();
        let words: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let read: ReadFile<'_> = &|path| {
            if path == "there" { Ok(b"file".to_vec()) } else { Err(Error::not_found("no such file")) }
        };
        parse(&schema, schema.method("Do").unwrap(), &words, read)
    }

    #[test]
    fn every_kind_of_flag_becomes_its_json() {
        let line = "--user-name a=b=c --tags x --tags=y --labels k=1 --labels l=2 --colour dark-blue --dry-run \
                    --big 18446744073709551615 --raw hi --address.city Paris --address.no-main-door --wait 3s --ratio -1.5";
        let expected = json!({
            "userName": "a=b=c", "tags": ["x", "y"], "labels": {"k": 1, "l": 2}, "colour": "DARK_BLUE", "dryRun": true,
            "big": "18446744073709551615", "raw": "aGk=", "address": {"city": "Paris", "mainDoor": false}, "wait": "3s",
            "ratio": -1.5
        });
        assert_eq!(run(&line.replace("\\\n", "")).unwrap(), expected);
        assert_eq!(run("--no-dry-run --raw @there").unwrap(), json!({"dryRun": false, "raw": "ZmlsZQ=="}));
        assert_eq!(run("--raw base64:aGk=").unwrap(), json!({"raw": "aGk="}));
    }

    #[test]
    fn mistakes_name_the_flag_and_what_was_expected() {
        for (line, part) in [
            ("--user-nam x", "Did you mean --user-name?"),
            ("--colour BLUE", "RED, DARK_BLUE"),
            ("--big -1", "whole number"),
            ("--labels k", "KEY=VALUE"),
            ("--labels k=x", "whole number"),
            ("--user-name", "lacks its value"),
            ("--user-name a --user-name b", "twice"),
            ("--by-mail a --by-phone b", "exclude each other"),
            ("--dry-run true", "not a flag"),
            ("--tags.x y", "no fields"),
            ("--raw @missing", "no such file"),
            ("--raw base64:!!", "base64"),
            ("--ratio 1e39", "number"),
        ] {
            let message = run(line).unwrap_err().message;
            assert!(message.contains(part), "{line}: {message}");
        }
    }

    #[test]
    fn names_are_kebab_whatever_they_were() {
        for (name, expected) in [
            ("user_id", "user-id"),
            ("userId", "user-id"),
            ("SayHello", "say-hello"),
            ("KV", "kv"),
            ("HTTPServer", "http-server"),
        ] {
            assert_eq!(kebab(name), expected);
        }
        assert!(same_name("SayHello", "say-hello") && same_name("say_hello", "SAYHELLO"));
    }

    #[test]
    fn nested_flags_are_listed_after_their_parent() {
        let schema = schema();
        let names: Vec<String> =
            flags(&schema, schema.method("Do").unwrap()).into_iter().map(|flag| flag.name).collect();
        let at = names.iter().position(|name| name == "address").unwrap();
        assert_eq!(names[at + 1..at + 3], ["address.city", "address.main-door"]);
    }
}
