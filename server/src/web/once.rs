//! A form acts once, however often it is sent: a double click, a reload, an impatient second try.
//!
//! Every form carries a key of its own. The same form sent again within a moment gets the first answer, which is awaited
//! where it is still on its way. A form that says something else is another form.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt as _, Shared};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long an answer is kept after the form came.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// Answers kept; the oldest go first.
const ANSWERS_MAX: usize = 64;
/// Largest page kept, in bytes; who sends the form again is led to a fresh one instead.
const PAGE_MAX_BYTES: usize = 256 * 1024;

/// The answers to the forms that came lately.
#[derive(Clone, Default)]
pub(super) struct Once {
    answers: Arc<Mutex<VecDeque<Entry>>>,
}

struct Entry {
    form: [u8; 32],
    at: Instant,
    answer: Shared<BoxFuture<'static, Answer>>,
}

/// An answer that can be given again.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// None for a page that is not kept.
    body: Option<Bytes>,
}

impl Once {
    /// The answer to a form: the first one where it was sent before.
    fn answer(&self, form: [u8; 32], act: impl Future<Output = Response> + Send + 'static) -> Kept {
        let now = Instant::now();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.retain(|entry| now - entry.at < KEPT_FOR);
        if let Some(entry) = answers.iter().find(|entry| entry.form == form) {
            return Kept::Again(entry.answer.clone());
        }
        if answers.len() == ANSWERS_MAX {
            answers.pop_front();
        }
        // In a task of its own: the browser that sends a form again drops the first request.
        let (first, told) = tokio::sync::oneshot::channel();
        let acting = tokio::spawn(async move {
            let response = act.await;
            let (answer, response) = keep(response).await;
            // Nobody waits for it where the first request was dropped.
            let _ = first.send(response);
            answer
        });
        let answer = acting.map(|acted| acted.unwrap_or_else(|_| Answer::failed())).boxed().shared();
        answers.push_back(Entry { form, at: now, answer });
        Kept::First(told)
    }
}

enum Kept {
    First(tokio::sync::oneshot::Receiver<Response>),
    Again(Shared<BoxFuture<'static, Answer>>),
}

impl Answer {
    fn failed() -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            headers: HeaderMap::new(),
            body: Some(Bytes::new()),
        }
    }

    fn again(self, path: &str) -> Response {
        let Some(body) = self.body else { return Redirect::to(path).into_response() };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Takes an answer apart, to be given now and again.
async fn keep(response: Response) -> (Answer, Response) {
    let (parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await;
    let Ok(whole) = whole else {
        return (Answer::failed(), StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let short = whole.len() <= PAGE_MAX_BYTES;
    let answer =
        Answer { status: parts.status, headers: parts.headers.clone(), body: short.then(|| whole.clone()) };
    (answer, Response::from_parts(parts, Body::from(whole)))
}

/// Lets a form with a key act once.
pub(super) async fn act(State(once): State<Once>, request: Request, next: Next) -> Response {
    if !is_form(&request) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, super::FORM_MAX_BYTES).await else {
        return crate::edge::text(StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.\n");
    };
    if !has_key(&body) {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let path = parts.uri.path().to_owned();
    let form = fingerprint(&parts, &body);
    match once.answer(form, next.run(Request::from_parts(parts, Body::from(body)))) {
        Kept::First(response) => {
            response.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        }
        Kept::Again(answer) => answer.await.again(&path),
    }
}

/// A form of the dashboard; the gateway takes bodies that claim to be forms, too.
fn is_form(request: &Request) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    *request.method() == Method::POST
        && content_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"))
        && !crate::edge::is_api(request)
}

fn has_key(body: &[u8]) -> bool {
    url::form_urlencoded::parse(body).any(|(name, value)| name == micro_app::ONCE && !value.is_empty())
}

/// Who sent what where.
fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let cookies = parts.headers.get_all(header::COOKIE).iter().map(http::HeaderValue::as_bytes);
    for part in cookies.chain([parts.uri.to_string().as_bytes(), body]) {
        // Each with its length, so that no two ways of cutting read the same.
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
