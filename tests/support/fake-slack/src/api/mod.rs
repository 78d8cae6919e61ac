//! The Web API: `/api/{method}`, called with a bearer token and JSON, a form or a query.

pub(crate) mod arguments;
pub(crate) mod chat;
pub(crate) mod files;
mod methods;
pub(crate) mod people;
pub(crate) mod views;

use crate::{
    clock,
    records::Call,
    refusal::{Refusal, refuse},
    state::{Injection, Shared, Slack},
};
use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use methods::{Method, Token};
use serde_json::{Value, json};
use std::time::Duration;

/// What a call may weigh, in bytes.
const BODY_MAX: usize = 16 * 1024 * 1024;

/// A call of the Web API.
pub(crate) async fn call(
    State(slack): State<Shared>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let at_ms = clock::real_ms();
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    let arguments = arguments::read(&head, &body);
    let shown = arguments.as_ref().cloned().unwrap_or_default();
    let note = |answer: &str| {
        let call = Call { method: name.clone(), at_ms, arguments: shown.clone(), answer: answer.to_owned() };
        slack.state().calls.push(call);
    };
    let fault = slack.state().injected(&name, shown["channel"].as_str());
    if let Some(fault) = fault
        && let Some(response) = faulty(&fault).await
    {
        note("injected");
        return response;
    }
    let reply = arguments.and_then(|arguments| run(&slack, &name, &head.headers, &arguments));
    let mut response = match reply {
        Ok(mut body) => {
            note("ok");
            body["ok"] = json!(true);
            answer(StatusCode::OK, &body)
        }
        Err(refusal) => {
            note(&refusal.error);
            slack.reject(&name, &refusal, &shown);
            answer(StatusCode::OK, &refusal.body())
        }
    };
    let scopes = slack.state().scopes.join(",");
    response.headers_mut().insert("x-oauth-scopes", HeaderValue::from_str(&scopes).unwrap());
    response
}

fn run(slack: &Slack, name: &str, headers: &HeaderMap, arguments: &Value) -> Result<Value, Refusal> {
    let Some(method) = methods::find(name) else {
        return Err(Refusal::new("unknown_method").with("req_method", name));
    };
    authorise(slack, method, headers)?;
    (method.run)(slack, arguments)
}

/// Checks the token and the scope a method needs.
fn authorise(slack: &Slack, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|value| value.strip_prefix("Bearer ")) else {
        return refuse("not_authed");
    };
    let held = if token == slack.options.bot_token {
        Token::Bot
    } else if token == slack.options.app_token {
        Token::App
    } else {
        return refuse("invalid_auth");
    };
    if held != method.token {
        return refuse("not_allowed_token_type");
    }
    let granted = &slack.state().scopes;
    if method.scope.is_empty() || granted.iter().any(|scope| scope == method.scope) {
        return Ok(());
    }
    let refusal = Refusal::new("missing_scope").with("needed", method.scope);
    Err(refusal.with("provided", &granted.join(",")))
}

/// A JSON answer.
pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The answer a test ordered; none where only a delay was.
pub(crate) async fn faulty(fault: &Injection) -> Option<Response> {
    tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    if fault.status.is_none() && fault.error.is_none() {
        return None;
    }
    let status = StatusCode::from_u16(fault.status.unwrap_or(200)).unwrap();
    let error = fault.error.as_deref().unwrap_or(match status.as_u16() {
        429 => "ratelimited",
        503 => "service_unavailable",
        _ => "internal_error",
    });
    let mut response = answer(status, &Refusal::new(error).body());
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(response)
}
