//! The call page: what it shows, and the calls it makes.

#[cfg(feature = "ssr")]
mod compare;
#[cfg(feature = "ssr")]
mod load;
#[cfg(feature = "ssr")]
mod part;
#[cfg(feature = "ssr")]
pub(crate) mod post;
pub(crate) mod read;

use crate::AppError;
use leptos::prelude::*;
use micro_domain::Code;
use micro_domain::call::{Answer, Caller, Metadata, Tally, Target};
use micro_domain::catalog::Service;
use micro_domain::schema::{Method, Schema};
use serde::{Deserialize, Serialize};
use server_fn::codec::Json;

/// Messages of a stream shown without scripts.
pub(crate) const COLLECTED_MAX: usize = 100;

/// What the URL asks for; empty text for what it does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// The service's name.
    pub service: String,
    /// The method, as in `/v1`.
    pub method: String,
    /// Call only instances of this version, and describe it.
    pub version: String,
    /// Call only this instance, by id.
    pub instance: String,
    /// Fill the request from this draft.
    pub draft: String,
    /// Fill the request from this record of the history.
    pub history: String,
    /// Fill the request from this example.
    pub example: String,
    /// Compare the record of the history with this one.
    pub compare: String,
    /// `form` or `json`.
    pub view: View,
}

/// How the request is edited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// Field by field.
    #[default]
    Form,
    /// As JSON text.
    Json,
}

impl View {
    /// As in the URL.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Json => "json",
        }
    }

    /// The view called `word`; the form for anything else.
    pub(crate) fn from_word(word: &str) -> Self {
        if word == "json" { Self::Json } else { Self::Form }
    }
}

/// Where what is filled in comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// Nothing is filled in yet.
    #[default]
    Fresh,
    /// A draft somebody shared.
    Draft {
        /// Who.
        author: String,
        /// When, milliseconds since the Unix epoch.
        at_ms: i64,
    },
    /// An example of the method.
    Example {
        /// Its name.
        name: String,
    },
    /// A call made before.
    Past {
        /// When, milliseconds since the Unix epoch.
        at_ms: i64,
    },
}

/// The request's messages as filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Body {
    /// What a form posted.
    Pairs(Vec<(String, String)>),
    /// JSON text, one message or several.
    Json(String),
}

/// A request as filled in, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Filled {
    /// Where it comes from.
    pub source: Source,
    /// Its messages.
    pub body: Body,
    /// How it is edited.
    pub view: View,
    /// Metadata rows, empty ones included.
    pub metadata: Vec<Metadata>,
    /// The deadline as typed.
    pub deadline: String,
    /// The version as chosen; empty for any.
    pub version: String,
    /// The instance as chosen; empty for any.
    pub instance: String,
    /// As whom.
    pub caller: Caller,
    /// How often it is sent, as typed; empty for once.
    pub repeat: String,
    /// The reader confirmed that it may change data.
    pub confirmed: bool,
    /// It was to be sent, so what is wrong is summed up.
    pub attempted: bool,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The service was reached.
    Answered(Box<Answered>),
    /// It was not.
    Failed(AppError),
}

impl Outcome {
    /// Counts it among the calls made.
    pub(crate) fn count_in(&self, tally: &mut Tally) {
        match self {
            Self::Answered(answered) => {
                let ended = &answered.answer.ended;
                tally.add(ended.code, Some(ended.duration_us));
            }
            Self::Failed(error) => tally.add(error.code(), None),
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// What came back.
    pub answer: Answer,
    /// Its record in the history, once that is written.
    pub record: Option<String>,
    /// When the call was made, if it is a past one; milliseconds since the Unix epoch.
    pub at_ms: Option<i64>,
    /// There was more; the call was ended after [`COLLECTED_MAX`] messages.
    pub cut: bool,
}

/// A past call, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// The record's id.
    pub id: String,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// How it ended.
    pub code: Code,
    /// How long it took, in microseconds.
    pub duration_us: u64,
}

/// An example, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who saved it.
    pub author: String,
    /// The reader saved it.
    pub own: bool,
}

/// How the answer shown differs from another call's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// The record of the call it is compared with.
    pub other: Past,
    /// The lines of both; empty where nothing differs.
    pub lines: Vec<Line>,
}

/// A line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Line {
    /// In both.
    Same(String),
    /// Only in the other call's answer.
    Theirs(String),
    /// Only in the answer shown.
    Ours(String),
    /// So many lines of both are left out here.
    Gap(usize),
}

/// A method in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leaf {
    /// Its gRPC service.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its name as in `/v1`.
    pub url_name: String,
    /// The caller, the service, or both stream.
    pub streams: (bool, bool),
    /// Marked deprecated.
    pub deprecated: bool,
}

/// Everything the page needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prepared {
    /// The service and its instances.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// Its name as in `/v1`.
    pub url_name: String,
    /// The types its messages reach.
    pub schema: Schema,
    /// The methods of the service, at most a thousand.
    pub tree: Vec<Leaf>,
    /// Methods left out of the tree.
    pub tree_omitted: u32,
    /// Past calls of the method, newest first.
    pub history: Vec<Past>,
    /// The examples of the method, by name.
    pub examples: Vec<Listed>,
    /// The reader's live tokens, by id and name: a call can be made as one of them.
    pub tokens: Vec<(String, String)>,
    /// The request as filled in.
    pub filled: Filled,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// What the calls came to, where it was sent several times.
    pub tally: Option<Tally>,
    /// How the answer differs from another call's.
    pub comparison: Option<Comparison>,
    /// The id of the draft just shared.
    pub shared: Option<String>,
    /// What else went wrong: a draft that is gone, a failed change.
    pub problem: Option<AppError>,
}

/// What the URL turned out to name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Found {
    /// A method.
    Method(Box<Prepared>),
    /// No service the caller may see; the nearest name there is.
    NoService(Option<String>),
    /// A service without such a method; the nearest ones, or those of that name.
    NoMethod(Vec<String>),
    /// A service whose methods are not known.
    Undescribed(AppError),
}

/// What the page at this URL shows.
#[server(endpoint = "call/page", input = Json)]
pub(crate) async fn call_page(asked: Asked) -> Result<Found, AppError> {
    load::load(super::client()?, asked).await
}

/// Calls a method that does not stream. A call that failed is an outcome too, not a failure of this page. `recorded`
/// waits a moment for its record, which is written after the answer.
#[server(endpoint = "call/unary", input = Json)]
pub(crate) async fn call_unary(target: Target, message: String, recorded: bool) -> Result<Outcome, AppError> {
    let client = super::client()?;
    let answer = match client.gateway().unary(target, message).await {
        Ok(answer) => answer,
        Err(error) => return Ok(Outcome::Failed(error.into())),
    };
    let record = match recorded {
        true => load::record_of(&client, &answer.ended).await,
        false => None,
    };
    Ok(Outcome::Answered(Box::new(Answered { answer, record, at_ms: None, cut: false })))
}

/// The caller's past calls of a method, newest first; first waits a moment for the record `awaited`, since records are
/// written after the answer.
#[server(endpoint = "call/history", input = Json)]
pub(crate) async fn call_history(
    service: String,
    method: String,
    awaited: Option<String>,
) -> Result<Vec<Past>, AppError> {
    let client = super::client()?;
    if let Some(id) = awaited {
        load::written(&client, &id).await;
    }
    load::history(&client, &service, &method).await
}

/// A past call: the request as it was filled in, and what came of it.
#[server(endpoint = "call/record", input = Json)]
pub(crate) async fn call_record(id: String) -> Result<(Filled, Outcome), AppError> {
    Ok(load::past(super::client()?.gateway().record(&id).await?))
}

/// Forgets one past call, or all; returns how many.
#[server(endpoint = "call/forget", input = Json)]
pub(crate) async fn forget_calls(id: Option<String>) -> Result<u32, AppError> {
    Ok(super::client()?.gateway().forget(id.as_deref()).await?)
}

/// Keeps a prepared call on the server; returns its id.
#[server(endpoint = "call/share", input = Json)]
pub(crate) async fn share_call(target: Target, messages: Vec<String>) -> Result<String, AppError> {
    Ok(super::client()?.gateway().save_draft(target, messages).await?.id)
}

/// How the recorded call `shown` differs from the recorded call `other`.
#[server(endpoint = "call/compare", input = Json)]
pub(crate) async fn compare_calls(shown: String, other: String) -> Result<Comparison, AppError> {
    let client = super::client()?;
    let shown = client.gateway().record(&shown).await?;
    Ok(compare::compare(&client, &shown, &other).await?)
}

/// An example: the request as it was filled in.
#[server(endpoint = "call/example", input = Json)]
pub(crate) async fn call_example(service: String, method: String, id: String) -> Result<Filled, AppError> {
    Ok(load::exemplified(load::example(&super::client()?, &service, &method, &id).await?))
}

/// Keeps a prepared call as an example; returns the examples of its method.
#[server(endpoint = "call/example/save", input = Json)]
pub(crate) async fn save_example(
    name: String,
    target: Target,
    messages: Vec<String>,
) -> Result<Vec<Listed>, AppError> {
    let client = super::client()?;
    client.gateway().save_example(&name, target.clone(), messages).await?;
    Ok(load::examples(&client, &target.service, &target.method).await?)
}

/// Removes an example the reader saved; returns what it was, so that it can be saved again.
#[server(endpoint = "call/example/remove", input = Json)]
pub(crate) async fn remove_example(
    service: String,
    method: String,
    id: String,
) -> Result<(String, Target, Vec<String>), AppError> {
    let client = super::client()?;
    let example = load::example(&client, &service, &method, &id).await?;
    client.gateway().delete_example(&id).await?;
    Ok((example.name, example.target, example.requests))
}
