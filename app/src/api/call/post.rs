//! The call page's form, for browsers without scripts: every button of it is a submit button.

use super::load::{record_of, resolve};
use super::read;
use super::{Answered, Body, COLLECTED_MAX, Filled, Outcome, View};
use crate::pages::call::request_of::{self, Unready};
use crate::{AppError, RequestContext, routes, shell};
use axum::Form;
use axum::body::Body as HttpBody;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::{Method as HttpMethod, StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use futures::StreamExt as _;
use leptos::prelude::provide_context;
use micro_client::Client;
use micro_domain::call::{Answer, Ended, Frame, Metadata, Opened, Reply, Tally, Target};
use micro_domain::form::{Form as RequestForm, json};
use micro_domain::schema::{Method, Schema};
use micro_domain::snippet::sample;
use micro_domain::{Code, Error};

/// Largest form accepted, in bytes: a message of the gateway's limit, escaped.
const FORM_MAX_BYTES: usize = 16 * 1024 * 1024;

/// How long a call is repeated while the page waits.
const REPEAT_FOR: std::time::Duration = std::time::Duration::from_secs(20);

/// What the page answers a posted form with; in the context while it is rendered.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(super) filled: Filled,
    pub(super) outcome: Option<Outcome>,
    pub(super) tally: Option<Tally>,
    pub(super) shared: Option<String>,
    pub(super) problem: Option<AppError>,
}

/// Answers `POST /services/{name}/{method}`. `provide` puts the context into place, as for every page; `context` is what
/// it provides.
pub async fn post_call(
    context: RequestContext,
    provide: impl Fn() + Clone + Send + Sync + 'static,
    mut request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    if context.account.is_none() {
        return Redirect::to(&routes::login(&path)).into_response();
    }
    let Some((service, method)) = routes::method_of(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    DefaultBodyLimit::max(FORM_MAX_BYTES).apply(&mut request);
    let pairs = match Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(Form(pairs)) => pairs,
        Err(rejection) => return rejection.into_response(),
    };
    let action = read::action(&pairs);
    if let Some(id) = action.strip_prefix("forget:") {
        let _ = context.client.gateway().forget(Some(id).filter(|id| *id != "all")).await;
        return Redirect::to(&path).into_response();
    }
    if let Some(id) = action.strip_prefix("remove-example:") {
        let _ = context.client.gateway().delete_example(id).await;
        return Redirect::to(&path).into_response();
    }
    let filled = read::filled(&pairs);
    let view = filled.view;
    let mut posted = Posted { filled, outcome: None, tally: None, shared: None, problem: None };
    let status = match resolve(&context.client, &service, &posted.filled.version, &method).await {
        // The page itself says what is wrong.
        Err(_) => None,
        Ok((schema, method)) => {
            let page = Page { client: context.client, service, schema, method };
            match page.act(&action, read::example_name(&pairs), &mut posted).await {
                Next::Show(code) => code,
                Next::Record(id) => {
                    return Redirect::to(&shown(&path, "history", &id, view)).into_response();
                }
                Next::Example(id) => {
                    return Redirect::to(&shown(&path, "example", &id, view)).into_response();
                }
            }
        }
    };
    render(provide, &path, posted, status).await
}

/// The page with what is kept under `key`, edited as before.
fn shown(path: &str, key: &str, id: &str, view: View) -> String {
    let view = if view == View::Form { "" } else { view.word() };
    routes::with_query(path, &[(key, id), ("view", view)])
}

/// What to do after a form was understood.
enum Next {
    /// Show the page, with the HTTP status of this code.
    Show(Option<Code>),
    /// Lead to the record of the call.
    Record(String),
    /// Lead to the example that was saved.
    Example(String),
}

struct Page {
    client: Client,
    service: String,
    schema: Schema,
    method: Method,
}

impl Page {
    async fn act(&self, action: &str, example_name: &str, posted: &mut Posted) -> Next {
        match action {
            "view:form" | "view:json" => self.switch(action, &mut posted.filled),
            "sample" => {
                posted.filled.body =
                    Body::Json(json::pretty(&sample(&self.schema, &self.method.input).to_string()))
            }
            "reset" => posted.filled.body = Body::Json("{}".to_owned()),
            "add-metadata" => {
                posted.filled.metadata.push(Metadata { name: String::new(), value: String::new() })
            }
            "call" => return self.call(posted).await,
            "share" => {
                let code = self.share(posted).await.err();
                posted.problem = code.clone().map(AppError);
                return Next::Show(code.map(|error| error.code));
            }
            "save-example" => match self.save_example(example_name, posted).await {
                Ok(id) => return Next::Example(id),
                Err(error) => {
                    posted.problem = Some(AppError(error.clone()));
                    return Next::Show(Some(error.code));
                }
            },
            other => {
                let row = other.strip_prefix("remove-metadata:").and_then(|row| row.parse::<usize>().ok());
                if let Some(row) = row.filter(|row| *row < posted.filled.metadata.len()) {
                    posted.filled.metadata.remove(row);
                }
            }
        }
        Next::Show(None)
    }

    /// To the other view, carrying the values; stays where the JSON is none.
    fn switch(&self, action: &str, filled: &mut Filled) {
        match &filled.body {
            Body::Pairs(pairs) if action == "view:json" => {
                let form = RequestForm::from_pairs(&self.schema, &self.method.input, pairs);
                filled.body = Body::Json(json::pretty(&form.to_json(&self.schema)));
                filled.view = View::Json;
            }
            Body::Json(text)
                if action == "view:form" && json::messages(text).is_ok_and(|found| found.len() <= 1) =>
            {
                filled.view = View::Form;
            }
            _ => {}
        }
    }

    fn target(&self, filled: &Filled) -> Result<Target, Error> {
        request_of::target(&self.service, &self.method, filled)
    }

    fn ready(&self, posted: &mut Posted) -> Result<(Target, Vec<String>), Error> {
        posted.filled.attempted = true;
        let target = self.target(&posted.filled)?;
        match request_of::messages(&self.schema, &self.method, &posted.filled) {
            Ok(messages) => Ok((target, messages)),
            Err(Unready::Json(error)) => Err(Error::invalid(format!("The request is no JSON. {error}"))),
            Err(Unready::Fields(_)) => Err(Error::invalid("Some fields are wrong; they are marked.")),
            Err(Unready::Count(count)) => {
                Err(Error::invalid(format!("{} takes one message, not {count}.", self.method.name)))
            }
        }
    }

    async fn share(&self, posted: &mut Posted) -> Result<(), Error> {
        let (target, messages) = self.ready(posted)?;
        posted.filled.attempted = false;
        posted.shared = Some(self.client.gateway().save_draft(target, messages).await?.id);
        Ok(())
    }

    async fn save_example(&self, name: &str, posted: &mut Posted) -> Result<String, Error> {
        let (target, messages) = self.ready(posted)?;
        posted.filled.attempted = false;
        Ok(self.client.gateway().save_example(name, target, messages).await?.id)
    }

    async fn call(&self, posted: &mut Posted) -> Next {
        let ready = self.ready(posted).and_then(|ready| Ok((ready, request_of::repeat(&posted.filled)?)));
        let ((target, messages), times) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                posted.problem = Some(error.into());
                return Next::Show(Some(Code::InvalidArgument));
            }
        };
        if request_of::must_confirm(&self.method, &posted.filled) {
            let why =
                format!("{} changes data. Confirm below that it may, then call again.", self.method.name);
            posted.problem = Some(Error::new(Code::FailedPrecondition, why).into());
            return Next::Show(Some(Code::FailedPrecondition));
        }
        if times > 1 && self.method.is_unary() {
            return self.repeat(&target, &messages, times, posted).await;
        }
        match self.collect(target, messages).await {
            Ok(answered) if self.method.is_unary() => {
                match record_of(&self.client, &answered.answer.ended).await {
                    Some(id) => return Next::Record(id),
                    None => posted.outcome = Some(Outcome::Answered(Box::new(answered))),
                }
            }
            // A record keeps fewer messages of a stream than the page shows.
            Ok(answered) => posted.outcome = Some(Outcome::Answered(Box::new(answered))),
            Err(error) => {
                posted.outcome = Some(Outcome::Failed(error.clone().into()));
                return Next::Show(Some(error.code));
            }
        }
        Next::Show(None)
    }

    /// Calls one time after the other, and shows the last answer. No new call begins once the reader waited for long.
    async fn repeat(&self, target: &Target, messages: &[String], times: u32, posted: &mut Posted) -> Next {
        let began = tokio::time::Instant::now();
        let mut tally = Tally::new(times);
        while tally.made() < times && began.elapsed() < REPEAT_FOR {
            let outcome = match self.collect(target.clone(), messages.to_vec()).await {
                Ok(answered) => Outcome::Answered(Box::new(answered)),
                Err(error) => Outcome::Failed(error.into()),
            };
            outcome.count_in(&mut tally);
            posted.outcome = Some(outcome);
        }
        posted.tally = Some(tally);
        Next::Show(None)
    }

    /// Sends all messages and collects the answer, at most [`COLLECTED_MAX`] messages of it.
    async fn collect(&self, target: Target, messages: Vec<String>) -> Result<Answered, Error> {
        let frames = messages.into_iter().map(Frame::Message).chain([Frame::HalfClose]);
        let mut replies = self.client.gateway().call(target, futures::stream::iter(frames)).await?;
        let (mut opened, mut collected) = (None::<Opened>, Vec::new());
        while let Some(reply) = replies.next().await {
            match reply? {
                Reply::Opened(headers) => opened = Some(headers),
                Reply::Message(_) if collected.len() == COLLECTED_MAX => {
                    let answer = Answer { opened, messages: collected, ended: cut_short() };
                    return Ok(Answered { answer, record: None, at_ms: None, cut: true });
                }
                Reply::Message(message) => collected.push(message),
                Reply::Ended(ended) => {
                    let answer = Answer { opened, messages: collected, ended };
                    return Ok(Answered { answer, record: None, at_ms: None, cut: false });
                }
            }
        }
        Err(Error::internal("The call ended without a status."))
    }
}

/// The end of a call that the page itself ended.
fn cut_short() -> Ended {
    Ended {
        id: String::new(),
        code: Code::Cancelled,
        message: format!("Ended after {COLLECTED_MAX} messages."),
        details: Vec::new(),
        trailers: Vec::new(),
        duration_us: 0,
        trace_id: String::new(),
        timing: None,
    }
}

/// The page with what came of the form.
async fn render(
    provide: impl Fn() + Clone + Send + Sync + 'static,
    path: &str,
    posted: Posted,
    code: Option<Code>,
) -> Response {
    let context = move || {
        provide();
        provide_context(posted.clone());
    };
    let mut request = Request::new(HttpBody::empty());
    *request.method_mut() = HttpMethod::GET;
    *request.uri_mut() = path.parse().unwrap_or_else(|_| Uri::from_static(routes::SERVICES));
    let mut response = leptos_axum::render_app_async_with_context(context, shell)(request).await;
    if let Some(status) = code.and_then(|code| StatusCode::from_u16(code.http_status()).ok())
        && response.status() == StatusCode::OK
    {
        *response.status_mut() = status;
    }
    response
}
