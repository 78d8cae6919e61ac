//! Calls: the question before one that changes data, a stream under way, and the answer.

use super::{Action, Card, Does, Field, Listing, Text, Tone, View, plain, redact};
use crate::{
    Code,
    call::{Ended, Opened},
    form,
    schema::{Method, Schema},
    when,
};

/// Messages of a stream that stay in sight.
const LAST_MAX: usize = 5;

/// Which call is shown.
#[derive(Debug, Clone, Copy)]
pub struct Calling<'c> {
    /// The service.
    pub service: &'c str,
    /// Its method.
    pub method: &'c Method,
    /// Its types, which say what must not be shown.
    pub schema: &'c Schema,
}

impl Calling<'_> {
    fn title(&self) -> String {
        format!("{} {}", self.service, self.method.name)
    }

    /// A message, indented, without what the schema or its look says is secret.
    fn shown(&self, message_type: &str, message: &str) -> String {
        let masked = form::mask(self.schema, message_type, message);
        redact(&form::json::pretty(masked.as_deref().unwrap_or(message)))
    }

    fn answers(&self, messages: &[String]) -> String {
        let shown: Vec<String> =
            messages.iter().map(|message| self.shown(&self.method.output, message)).collect();
        shown.join("\n")
    }

    fn listing(&self, text: String) -> Option<Listing> {
        let file = format!("{}-{}.json", self.service, self.method.name);
        (!text.is_empty()).then_some(Listing { language: "json", text, file })
    }
}

/// Asks before a call that changes data.
#[must_use]
pub fn confirmation(calling: Calling<'_>, request: &str) -> View {
    let call = Does::Call {
        service: calling.service.to_owned(),
        method: calling.method.full_name(),
        request: request.to_owned(),
    };
    let about = calling.method.comment.lines().next().unwrap_or_default();
    View::Card(Card {
        tone: Tone::Warning,
        title: format!("Call {}?", calling.title()),
        text: (!about.is_empty()).then(|| Text::Plain(plain(about))).into_iter().collect(),
        code: calling.listing(calling.shown(&calling.method.input, request)),
        notes: vec![
            "It may change data. Nothing was run yet; the question is good for 5 minutes.".to_owned(),
        ],
        actions: vec![Action::primary("Run", call), Action::new("Cancel", Does::Dismiss)],
        ..Card::default()
    })
}

/// A stream that is not over: how many messages came, and the last of them.
#[must_use]
pub fn progress(calling: Calling<'_>, count: usize, last: &[String]) -> View {
    let from = last.len().saturating_sub(LAST_MAX);
    View::Card(Card {
        title: calling.title(),
        fields: vec![Field::new("Messages", format!("{count} so far"))],
        code: calling.listing(calling.answers(last.get(from..).unwrap_or_default())),
        ..Card::default()
    })
}

/// A call that is over. `kept` are its messages, or the last `kept.len()` of `count`; `page` is where the dashboard shows it.
#[must_use]
pub fn answer(
    calling: Calling<'_>,
    opened: Option<&Opened>,
    count: usize,
    kept: &[String],
    ended: &Ended,
    page: String,
) -> View {
    let good = ended.code == Code::Ok;
    let mut fields =
        vec![Field::new("Code", ended.code.name()), Field::new("Time", when::duration(ended.duration_us))];
    if calling.method.server_streaming {
        fields.push(Field::new("Messages", count.to_string()));
    }
    if let Some(opened) = opened {
        fields.push(Field::new("Instance", plain(&opened.instance)));
    }
    let mut text = Vec::new();
    if !good {
        let message = redact(&ended.message);
        text.push(Text::Plain(if message.is_empty() { ended.code.meaning().to_owned() } else { message }));
    }
    text.extend(ended.details.iter().map(|detail| Text::Plain(redact(detail))));
    let mut notes = Vec::new();
    if kept.len() < count {
        notes.push(format!("the last {} of {count} messages", kept.len()));
    }
    if !ended.trace_id.is_empty() {
        notes.push(format!("trace {}", ended.trace_id));
    }
    View::Card(Card {
        tone: if good { Tone::Good } else { Tone::Bad },
        title: calling.title(),
        text,
        fields,
        code: calling.listing(calling.answers(kept)),
        notes,
        actions: vec![Action::new("Open in Micro", Does::Open(page))],
        ..Card::default()
    })
}
