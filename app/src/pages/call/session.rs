//! The call page's state in the browser: the request being filled in, and what came of it.
//!
//! Typing changes the form without drawing it again, so that the focus stays; what changes which inputs there are (a row
//! added, a field set) draws it. The form and the JSON follow each other at once.

use super::log::Log;
use super::request_of::{self, Unready};
use super::socket::Socket;
use crate::api::call::{Body, Comparison, Filled, Listed, Outcome, Past, Prepared, Source, View};
use leptos::prelude::*;
use micro_domain::Violation;
use micro_domain::call::{Caller, Metadata, Tally};
use micro_domain::form::{Form, json};
use micro_domain::schema::{Method, Schema};
use send_wrapper::SendWrapper;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// What never changes while the page is open.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) service: String,
    pub(super) method: Method,
    pub(super) url_name: String,
    pub(super) schema: Schema,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// None is under way.
    Idle,
    /// It was sent; the answer is awaited.
    Waiting,
    /// A stream is open and takes messages.
    Open,
    /// A stream is open; nothing more is sent.
    HalfClosed,
}

/// The page's state.
#[derive(Clone, Copy)]
pub(super) struct Session {
    subject: StoredValue<Arc<Subject>>,
    pub(super) form: RwSignal<Form>,
    /// Counts the changes after which the form is drawn again.
    pub(super) drawn: RwSignal<u32>,
    /// Messages shown open although nothing is in them yet.
    opened: StoredValue<BTreeSet<String>>,
    pub(super) view: RwSignal<View>,
    pub(super) json: RwSignal<String>,
    /// Why the JSON is not in the form.
    pub(super) json_problem: RwSignal<Option<Unready>>,
    /// What is wrong, by path: found here, and told by the service.
    found: RwSignal<Vec<Violation>>,
    pub(super) told: RwSignal<Vec<Violation>>,
    /// The reader tried to send, so what is wrong is summed up.
    pub(super) attempted: RwSignal<bool>,
    pub(super) metadata: RwSignal<Vec<Metadata>>,
    pub(super) deadline: RwSignal<String>,
    pub(super) version: RwSignal<String>,
    pub(super) instance: RwSignal<String>,
    /// As whom.
    pub(super) caller: RwSignal<Caller>,
    pub(super) repeat: RwSignal<String>,
    pub(super) source: RwSignal<Source>,
    pub(super) confirmed: RwSignal<bool>,
    pub(super) phase: RwSignal<Phase>,
    pub(super) outcome: RwSignal<Option<Outcome>>,
    /// What the calls came to, where the request was sent several times.
    pub(super) tally: RwSignal<Option<Tally>>,
    pub(super) comparison: RwSignal<Option<Comparison>>,
    pub(super) history: RwSignal<Vec<Past>>,
    pub(super) examples: RwSignal<Vec<Listed>>,
    pub(super) shared: RwSignal<Option<String>>,
    pub(super) log: Log,
    /// When the stream was opened, in the browser's milliseconds.
    pub(super) began_ms: StoredValue<i64>,
    /// The open stream; only ever in the browser. Not in local storage, which panics where the server drops a page on
    /// another thread than it made it on; of this one the server only ever drops a `None`.
    pub(super) socket: StoredValue<Option<SendWrapper<Rc<Socket>>>>,
}

impl Session {
    pub(super) fn new(prepared: &Prepared) -> Self {
        let subject = Subject {
            service: prepared.service.name.clone(),
            method: prepared.method.clone(),
            url_name: prepared.url_name.clone(),
            schema: prepared.schema.clone(),
        };
        let filled = &prepared.filled;
        let (form, problem) = match request_of::form_of(&subject.schema, &subject.method, &filled.body) {
            Ok(form) => (form, None),
            Err(problem) => (Form::new(&subject.schema, &subject.method.input), Some(problem)),
        };
        let json = match &filled.body {
            Body::Json(text) => text.clone(),
            Body::Pairs(_) => json::pretty(&form.to_json(&subject.schema)),
        };
        let several = matches!(problem, Some(Unready::Json(_) | Unready::Count(_)));
        let session = Self {
            found: RwSignal::new(form.violations(&subject.schema)),
            subject: StoredValue::new(Arc::new(subject)),
            form: RwSignal::new(form),
            drawn: RwSignal::new(0),
            opened: StoredValue::new(request_of::added(&filled.body).into_iter().collect()),
            view: RwSignal::new(if several { View::Json } else { filled.view }),
            json: RwSignal::new(json),
            json_problem: RwSignal::new(problem),
            told: RwSignal::new(Vec::new()),
            attempted: RwSignal::new(filled.attempted),
            metadata: RwSignal::new(filled.metadata.clone()),
            deadline: RwSignal::new(filled.deadline.clone()),
            version: RwSignal::new(filled.version.clone()),
            instance: RwSignal::new(filled.instance.clone()),
            caller: RwSignal::new(filled.caller.clone()),
            repeat: RwSignal::new(filled.repeat.clone()),
            source: RwSignal::new(filled.source.clone()),
            confirmed: RwSignal::new(filled.confirmed),
            phase: RwSignal::new(Phase::Idle),
            outcome: RwSignal::new(prepared.outcome.clone()),
            tally: RwSignal::new(prepared.tally.clone()),
            comparison: RwSignal::new(prepared.comparison.clone()),
            history: RwSignal::new(prepared.history.clone()),
            examples: RwSignal::new(prepared.examples.clone()),
            shared: RwSignal::new(prepared.shared.clone()),
            log: Log::new(),
            began_ms: StoredValue::new(0),
            socket: StoredValue::new(None),
        };
        session.tell(prepared.outcome.as_ref());
        session
    }

    pub(super) fn subject(self) -> Arc<Subject> {
        self.subject.get_value()
    }

    /// Changes the form without drawing it again; the JSON follows.
    pub(super) fn edit(self, change: impl FnOnce(&mut Form, &Schema) -> bool) -> bool {
        let subject = self.subject();
        let changed =
            self.form.try_update_untracked(|form| change(form, &subject.schema)).unwrap_or_default();
        if changed {
            let (text, found) = self
                .form
                .with_untracked(|form| (form.to_json(&subject.schema), form.violations(&subject.schema)));
            self.json.set(json::pretty(&text));
            self.json_problem.set(None);
            self.found.set(found);
            self.told.set(Vec::new());
        }
        changed
    }

    /// Changes the form and draws it again.
    pub(super) fn reshape(self, change: impl FnOnce(&mut Form, &Schema) -> bool) {
        if self.edit(change) {
            self.redraw();
        }
    }

    /// Draws the form again.
    pub(super) fn redraw(self) {
        self.drawn.update(|drawn| *drawn = drawn.wrapping_add(1));
    }

    /// Takes typed JSON. The form follows once it is one message; until then it stays as it was.
    pub(super) fn type_json(self, text: String) {
        let subject = self.subject();
        let body = Body::Json(text);
        let form = request_of::form_of(&subject.schema, &subject.method, &body);
        let Body::Json(text) = body else { return };
        self.json.set(text);
        match form {
            Ok(form) => {
                self.found.set(form.violations(&subject.schema));
                self.form.set(form);
                self.json_problem.set(None);
                self.redraw();
            }
            Err(problem) => self.json_problem.set(Some(problem)),
        }
        self.told.set(Vec::new());
    }

    /// The request as it is filled in now.
    pub(super) fn filled(self) -> Filled {
        Filled {
            source: self.source.get_untracked(),
            body: Body::Json(self.json.get_untracked()),
            view: self.view.get_untracked(),
            metadata: self.metadata.get_untracked(),
            deadline: self.deadline.get_untracked(),
            version: self.version.get_untracked(),
            instance: self.instance.get_untracked(),
            caller: self.caller.get_untracked(),
            repeat: self.repeat.get_untracked(),
            confirmed: self.confirmed.get_untracked(),
            attempted: self.attempted.get_untracked(),
        }
    }

    /// Fills the request anew, as from a past call.
    pub(super) fn fill(self, filled: Filled, outcome: Option<Outcome>) {
        let Body::Json(text) = filled.body else { return };
        self.type_json(text);
        self.metadata.set(filled.metadata);
        self.deadline.set(filled.deadline);
        self.version.set(filled.version);
        self.instance.set(filled.instance);
        self.caller.set(filled.caller);
        self.repeat.set(filled.repeat);
        self.source.set(filled.source);
        self.confirmed.set(false);
        self.attempted.set(false);
        self.show(outcome);
    }

    /// Takes over what was filled in before the scripts were there.
    pub(super) fn adopt(self, filled: Filled) {
        let subject = self.subject();
        match &filled.body {
            Body::Pairs(pairs) => {
                let form = Form::from_pairs(&subject.schema, &subject.method.input, pairs);
                let text = form.to_json(&subject.schema);
                if text != self.form.with_untracked(|form| form.to_json(&subject.schema)) {
                    self.type_json(json::pretty(&text));
                }
            }
            Body::Json(text) if *text != self.json.get_untracked() => self.type_json(text.clone()),
            Body::Json(_) => {}
        }
        adopt(self.metadata, filled.metadata);
        adopt(self.deadline, filled.deadline);
        adopt(self.version, filled.version);
        adopt(self.instance, filled.instance);
        adopt(self.caller, filled.caller);
        adopt(self.repeat, filled.repeat);
    }

    /// Shows what came of a call, and marks the fields it names.
    pub(super) fn show(self, outcome: Option<Outcome>) {
        self.tell(outcome.as_ref());
        self.comparison.set(None);
        self.outcome.set(outcome);
    }

    fn tell(self, outcome: Option<&Outcome>) {
        let violations = match outcome {
            Some(Outcome::Failed(error)) => error.0.violations.clone(),
            Some(Outcome::Answered(answered)) => super::details::violations(&answered.answer.ended.details),
            None => Vec::new(),
        };
        let schema = &self.subject().schema;
        let located = self.form.with_untracked(|form| {
            let locate = |found: Violation| Violation { field: form.locate(schema, &found.field), ..found };
            violations.into_iter().map(locate).collect()
        });
        self.told.set(located);
    }

    /// Everything wrong, in the form's order, then what the service says.
    pub(super) fn problems(self) -> Vec<Violation> {
        let mut all = self.found.get();
        all.extend(self.told.get());
        all
    }

    /// What is wrong, by path.
    pub(super) fn by_path(self) -> Memo<BTreeMap<String, String>> {
        Memo::new(move |_| {
            let mut map: BTreeMap<String, String> = BTreeMap::new();
            for found in self.problems() {
                let said = map.entry(found.field).or_default();
                if !said.is_empty() {
                    said.push(' ');
                }
                said.push_str(&found.description);
            }
            map
        })
    }

    /// Shows what is at `path` open from now on.
    pub(super) fn open(self, path: &str) {
        self.opened.update_value(|opened| {
            opened.insert(path.to_owned());
        });
    }

    pub(super) fn is_opened(self, path: &str) -> bool {
        self.opened.with_value(|opened| opened.contains(path))
    }

    /// The record of the answer shown, once it is in the history.
    pub(super) fn shown_record(self) -> Option<String> {
        let answered = self.outcome.with(|outcome| match outcome {
            Some(Outcome::Answered(answered)) => {
                Some((answered.record.clone(), answered.answer.ended.id.clone()))
            }
            _ => None,
        });
        let (record, id) = answered?;
        record.or_else(|| self.history.with(|history| history.iter().any(|past| past.id == id)).then_some(id))
    }

    /// Whether the reader must confirm first.
    pub(super) fn must_confirm(self) -> bool {
        request_of::must_confirm(&self.subject().method, &self.filled())
    }
}

impl Session {
    /// Which optional values are set, as far as typing can change it.
    pub(super) fn presence(self) -> usize {
        fn count(node: &micro_domain::form::Node) -> usize {
            use micro_domain::form::Node;
            match node {
                Node::Absent => 0,
                Node::Message(fields) => 1 + fields.values.iter().map(|(_, node)| count(node)).sum::<usize>(),
                Node::List(rows) => rows.iter().map(count).sum(),
                Node::Map(rows) => rows.iter().map(|(_, node)| count(node)).sum(),
                Node::Any(any) => 1 + count(&any.value),
                Node::Text(_) | Node::Bytes(_) | Node::Raw(_) => 1,
            }
        }
        self.form.with_untracked(|form| count(&form.root))
    }

    /// The path that the next row of the list or map at `at` will have.
    pub(super) fn next_row(self, at: &str) -> Option<String> {
        let schema = &self.subject().schema;
        self.form.try_update_untracked(|form| form.next_row(schema, at)).flatten()
    }
}

/// Sets what differs; the rest is drawn already.
fn adopt<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|now| *now != value) {
        signal.set(value);
    }
}
