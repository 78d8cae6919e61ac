//! `/micro call` and `/micro run`: the form, the question before what changes data, and the call.

mod follow;

use super::{Answer, Asking, choose};
use crate::{actions::Kept, job::Asked};
use micro_domain::{
    Error, arguments,
    chat::Person,
    command::{
        chat::{Field, Invocation},
        generated,
    },
    schema::{Description, Method},
    view::{
        self, Action, Calling, Card, Does, Text, Tone, View,
        form::{Sheet, filled as read, sheet},
    },
};
use std::sync::Arc;

/// A form that is ready to be opened.
pub(crate) struct Opened {
    /// What is filled in.
    pub(crate) sheet: Sheet,
    /// The id under which it comes back.
    pub(crate) id: String,
}

/// A command of a service.
pub(crate) async fn run(asking: &Asking<'_>, invocation: &Invocation) -> Result<Answer, Error> {
    let description = asking.client().describe(invocation.value("service").unwrap_or_default()).await?;
    let method = method(&description, invocation)?.clone();
    refuse_stream(&method)?;
    let Some(request) = request(&description, &method, invocation)? else {
        let opened = opened(asking, Arc::new(description), &method, "", Vec::new());
        return Ok(open_or_offer(asking, opened).await);
    };
    ask_or_call(asking, &description, &method, &request).await
}

/// Opens the form behind a button.
pub(crate) async fn open(asking: &Asking<'_>, kept: &Kept) -> Result<Answer, Error> {
    let opened = reopened(asking, kept).await?;
    Ok(open_or_offer(asking, opened).await)
}

/// Makes the call that a person was asked about.
pub(crate) async fn confirmed(asking: &Asking<'_>, does: Does) -> Result<Answer, Error> {
    let Does::Call { service, method, request } = does else { return Ok(Answer::Shown) };
    let description = asking.client().gateway().describe(&service, None).await?;
    let method = generated::method(&description, &method)?.clone();
    follow::call(asking, &description, &method, request).await
}

/// Takes a filled form. Its id is spent only once the values are good, so that a wrong one can be mended.
pub(crate) async fn filled(
    asking: &Asking<'_>,
    id: &str,
    values: &[(String, String)],
) -> Result<Answer, Error> {
    let person = &asking.speaker.person;
    let kept = asking.core.actions.find(id, person)?;
    let request = match check(&kept, values) {
        Ok(request) => request,
        Err(error) => return Ok(Answer::View(mend(asking, kept, values, &error))),
    };
    asking.core.actions.spend(id, person)?;
    let (Some(description), Does::Form { method, .. }) = (&kept.description, &kept.does) else {
        return Err(Error::internal("the form's service is not known any more"));
    };
    let method = generated::method(description, method)?.clone();
    ask_or_call(asking, description, &method, &request).await
}

/// The request of a filled form, from memory alone: what is wrong rides in the acknowledgement.
///
/// # Errors
/// INVALID_ARGUMENT naming the inputs at fault.
pub(crate) fn check(kept: &Kept, values: &[(String, String)]) -> Result<String, Error> {
    let (Some(description), Does::Form { service, method, .. }) = (&kept.description, &kept.does) else {
        return Err(Error::invalid("this form cannot be sent; type the command again"));
    };
    let method = generated::method(description, method)?;
    read(Calling { service, method, schema: &description.schema }, values)
}

/// The form that what was asked opens; none where it opens none.
pub(crate) async fn form_of(asking: &Asking<'_>, asked: &Asked) -> Result<Option<Opened>, Error> {
    match asked {
        Asked::Typed(invocation) => form_of_command(asking, invocation).await,
        Asked::Chosen(id, name) => form_of_command(asking, &choose::chosen(asking, id, name)?).await,
        Asked::Clicked(id) => {
            let kept = asking.core.actions.find(id, &asking.speaker.person)?;
            match kept.does {
                Does::Form { .. } => reopened(asking, &kept).await.map(Some),
                _ => Ok(None),
            }
        }
        Asked::Filled(..) => Ok(None),
    }
}

async fn form_of_command(asking: &Asking<'_>, invocation: &Invocation) -> Result<Option<Opened>, Error> {
    let calls = matches!(invocation.command.path, ["call"] | ["run"]) && invocation.missing().is_none();
    if !calls || invocation.has_request() {
        return Ok(None);
    }
    let word = invocation.value("service").unwrap_or_default();
    let description = Arc::new(asking.client().describe(word).await?);
    let method = method(&description, invocation)?.clone();
    let takes_nothing = request(&description, &method, invocation)?.is_some();
    let opens = !takes_nothing && !method.client_streaming;
    Ok(opens.then(|| opened(asking, description, &method, "", Vec::new())))
}

/// A form behind a button; what it is for is read again, since it may have been made long ago.
async fn reopened(asking: &Asking<'_>, kept: &Kept) -> Result<Opened, Error> {
    let Does::Form { service, method, request } = &kept.does else {
        return Err(Error::internal("there is no form behind this"));
    };
    let description = match &kept.description {
        Some(description) => Arc::clone(description),
        None => Arc::new(asking.client().gateway().describe(service, None).await?),
    };
    let method = generated::method(&description, method)?.clone();
    refuse_stream(&method)?;
    Ok(opened(asking, Arc::clone(&description), &method, request, kept.filled.clone()))
}

fn opened(
    asking: &Asking<'_>,
    description: Arc<Description>,
    method: &Method,
    request: &str,
    filled: Vec<(String, String)>,
) -> Opened {
    let calling = Calling { service: &description.service, method, schema: &description.schema };
    let mut sheet = sheet(calling, request, asking.outlet.room());
    // What was typed stays, wrong as it is.
    for input in &mut sheet.inputs {
        if let Some((_, value)) = filled.iter().find(|(name, _)| *name == input.name) {
            input.value.clone_from(value);
        }
    }
    let id = keep(asking, &asking.speaker.person, &description, method, request, filled);
    Opened { sheet, id }
}

fn keep(
    asking: &Asking<'_>,
    person: &Person,
    description: &Arc<Description>,
    method: &Method,
    request: &str,
    filled: Vec<(String, String)>,
) -> String {
    let does = Does::Form {
        service: description.service.clone(),
        method: method.full_name(),
        request: request.to_owned(),
    };
    asking.core.actions.keep(&Arc::new(person.clone()), does, Some(Arc::clone(description)), filled)
}

/// Opens a form; where that is too late, offers it by a button.
async fn open_or_offer(asking: &Asking<'_>, opened: Opened) -> Answer {
    if asking.outlet.form(&opened.sheet, &opened.id).await.is_ok() {
        return Answer::Shown;
    }
    let Sheet { service, method, title, about, .. } = opened.sheet;
    let form = Does::Form { service: service.clone(), method, request: String::new() };
    Answer::View(View::Card(Card {
        title: format!("{service} {title}"),
        text: (!about.is_empty()).then_some(Text::Plain(about)).into_iter().collect(),
        notes: vec!["It has a form for its request; nothing was run.".to_owned()],
        actions: vec![Action { label: "Open form".to_owned(), primary: true, does: form }],
        ..Card::default()
    }))
}

/// What is wrong with a form, and the way back to it with what was typed.
fn mend(asking: &Asking<'_>, kept: Kept, values: &[(String, String)], error: &Error) -> View {
    let View::Card(card) = view::error(error) else { return view::error(error) };
    let (Some(description), Does::Form { method, request, .. }) = (&kept.description, &kept.does) else {
        return View::Card(card);
    };
    let Ok(method) = generated::method(description, method) else { return View::Card(card) };
    let id = keep(asking, &asking.speaker.person, description, method, request, values.to_vec());
    let edit = Action { label: "Edit".to_owned(), primary: true, does: Does::Again(id) };
    View::Card(Card { actions: vec![edit], tone: Tone::Bad, ..card })
}

fn method<'d>(description: &'d Description, invocation: &Invocation) -> Result<&'d Method, Error> {
    let word = invocation.value("method").unwrap_or_default();
    let found = generated::find_method(description, &[word.to_owned()]);
    if invocation.command.path == ["call"] {
        // It takes a command's word, too; what is neither is told as in the terminal.
        return generated::method(description, word).or_else(|error| found.ok().flatten().ok_or(error));
    }
    found?
        .ok_or_else(|| Error::invalid(format!("`{word}` is a gRPC service; name one of its methods in full")))
}

/// The request that was typed; `{}` for a method that takes nothing, none where a form should ask.
fn request(
    description: &Description,
    method: &Method,
    invocation: &Invocation,
) -> Result<Option<String>, Error> {
    if let Some(body) = &invocation.body {
        return Ok(Some(body.clone()));
    }
    if invocation.fields.is_empty() {
        let input = description.schema.messages.get(&method.input);
        let nothing =
            input.is_some_and(|message| message.fields.is_empty()) || method.input == "google.protobuf.Empty";
        return Ok(nothing.then(|| "{}".to_owned()));
    }
    let words: Vec<String> = invocation.fields.iter().map(Field::flag).collect();
    let no_files = |_: &str| Err(Error::invalid("files cannot be read from chat; write base64:... instead"));
    arguments::parse(&description.schema, method, &words, &no_files).map(|json| Some(json.to_string()))
}

fn refuse_stream(method: &Method) -> Result<(), Error> {
    if !method.client_streaming {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "`{}` takes a stream of messages, which chat cannot send. Call it from the dashboard or the terminal.",
        method.name
    )))
}

async fn ask_or_call(
    asking: &Asking<'_>,
    description: &Description,
    method: &Method,
    request: &str,
) -> Result<Answer, Error> {
    if !method.read_only {
        let calling = Calling { service: &description.service, method, schema: &description.schema };
        let request = checked(calling, request)?;
        return Ok(Answer::View(view::confirmation(calling, &request)));
    }
    follow::call(asking, description, method, request.to_owned()).await
}

/// A request that may be asked about: one that is wrong is told before, not after.
fn checked(calling: Calling<'_>, request: &str) -> Result<String, Error> {
    let whole = [(view::form::WHOLE.to_owned(), request.to_owned())];
    read(calling, &whole).map_err(|mut error| {
        if let Some(first) = error.violations.first() {
            error.message.clone_from(&first.description);
        }
        error.violations.clear();
        error
    })
}
