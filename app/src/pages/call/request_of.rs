//! The request that was filled in, out of the form's controls; the same rules with and without scripts.

use super::deadline;
use crate::api::call::{Body, Filled, Source};
use micro_domain::call::{Caller, Metadata, REPEAT_MAX, Target};
use micro_domain::form::{Edit, Form, json};
use micro_domain::schema::{Method, Schema};
use micro_domain::{Error, Violation};

/// The names of the page's own controls; no field's path begins with a colon.
pub(crate) const ACTION: &str = ":action";
pub(crate) const JSON: &str = ":json";
pub(crate) const VIEW: &str = ":view";
pub(crate) const DEADLINE: &str = ":deadline";
pub(crate) const VERSION: &str = ":version";
pub(crate) const INSTANCE: &str = ":instance";
pub(crate) const CALLER: &str = ":caller";
pub(crate) const REPEAT: &str = ":repeat";
pub(crate) const EXAMPLE_NAME: &str = ":example-name";
pub(crate) const CONFIRMED: &str = ":confirmed";
pub(crate) const SOURCE: &str = ":source";
pub(crate) const METADATA_NAME: &str = ":metadata-name";
pub(crate) const METADATA_VALUE: &str = ":metadata-value";

const NOBODY: &str = "nobody";
const TOKEN: &str = "token:";

/// Why a request cannot be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unready {
    /// The JSON is none.
    Json(json::JsonError),
    /// Fields are wrong.
    Fields(Vec<Violation>),
    /// So many messages, where one is taken.
    Count(usize),
}

/// The form, as far as the body is one message; else what the JSON says.
pub(crate) fn form_of(schema: &Schema, method: &Method, body: &Body) -> Result<Form, Unready> {
    match body {
        Body::Pairs(pairs) => Ok(Form::from_pairs(schema, &method.input, pairs)),
        Body::Json(text) => match json::messages(text).map_err(Unready::Json)?.as_slice() {
            [] => Ok(Form::new(schema, &method.input)),
            [one] => Ok(Form::from_json(schema, &method.input, one)),
            several => Err(Unready::Count(several.len())),
        },
    }
}

/// The rows that were just added: what they hold is shown open.
pub(crate) fn added(body: &Body) -> Vec<String> {
    let Body::Pairs(pairs) = body else { return Vec::new() };
    let added = pairs.iter().filter_map(|(name, _)| match Edit::parse(name) {
        Some(Edit::Add(path)) => Some(path),
        _ => None,
    });
    added.collect()
}

/// The request's messages.
///
/// # Errors
/// Why they cannot be sent; the service is not asked about what the schema already refuses.
pub(crate) fn messages(schema: &Schema, method: &Method, filled: &Filled) -> Result<Vec<String>, Unready> {
    match &filled.body {
        Body::Pairs(pairs) => {
            let form = Form::from_pairs(schema, &method.input, pairs);
            let violations = form.violations(schema);
            if violations.is_empty() {
                Ok(vec![form.to_json(schema)])
            } else {
                Err(Unready::Fields(violations))
            }
        }
        Body::Json(text) => {
            let mut texts = json::split(text).map_err(Unready::Json)?;
            for message in json::messages(text).map_err(Unready::Json)? {
                let violations = Form::from_json(schema, &method.input, &message).violations(schema);
                if !violations.is_empty() {
                    return Err(Unready::Fields(violations));
                }
            }
            if texts.is_empty() && !method.client_streaming {
                texts.push(Form::new(schema, &method.input).to_json(schema));
            }
            if texts.len() == 1 || method.client_streaming {
                Ok(texts)
            } else {
                Err(Unready::Count(texts.len()))
            }
        }
    }
}

/// Which method is called and how.
///
/// # Errors
/// INVALID_ARGUMENT for a deadline that is none or a metadata row without a name.
pub(crate) fn target(service: &str, method: &Method, filled: &Filled) -> Result<Target, Error> {
    let timeout_ms = deadline::parse(&filled.deadline).map_err(|expected| {
        Error::invalid(format!("Deadline: {expected}")).with_violation(DEADLINE, expected)
    })?;
    let rows = filled.metadata.iter().filter(|row| !row.name.trim().is_empty() || !row.value.is_empty());
    let metadata = rows
        .map(|row| match row.name.trim() {
            "" => Err(Error::invalid(format!("Metadata “{}” has no name.", row.value))),
            name => Ok(Metadata { name: name.to_ascii_lowercase(), value: row.value.trim().to_owned() }),
        })
        .collect::<Result<_, _>>()?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(Target {
        service: service.to_owned(),
        method: method.full_name(),
        version: some(&filled.version),
        instance: some(&filled.instance),
        metadata,
        timeout_ms,
        caller: filled.caller.clone(),
    })
}

/// As whom a call is made, as its chooser says it.
pub(crate) fn caller(word: &str) -> Caller {
    match word.strip_prefix(TOKEN) {
        Some(id) => Caller::Token(id.to_owned()),
        None if word == NOBODY => Caller::Nobody,
        None => Caller::Me,
    }
}

/// What the chooser says for a caller; empty for the reader.
pub(crate) fn caller_word(caller: &Caller) -> String {
    match caller {
        Caller::Me => String::new(),
        Caller::Token(id) => format!("{TOKEN}{id}"),
        Caller::Nobody => NOBODY.to_owned(),
    }
}

/// How often the request is sent.
///
/// # Errors
/// INVALID_ARGUMENT for what is no number from 1 to [`REPEAT_MAX`].
pub(crate) fn repeat(filled: &Filled) -> Result<u32, Error> {
    let text = filled.repeat.trim();
    let times = if text.is_empty() { Some(1) } else { text.parse().ok() };
    times.filter(|times| (1..=REPEAT_MAX).contains(times)).ok_or_else(|| {
        let expected = format!("expected a number from 1 to {REPEAT_MAX}");
        Error::invalid(format!("Repeat: {expected}.")).with_violation(REPEAT, expected)
    })
}

/// Whether the reader must first confirm that data may change: what they did not type themselves, they may not have read,
/// and what is sent often changes often.
pub(crate) fn must_confirm(method: &Method, filled: &Filled) -> bool {
    let unusual = filled.source != Source::Fresh || repeat(filled).is_ok_and(|times| times > 1);
    !method.read_only && unusual && !filled.confirmed
}
