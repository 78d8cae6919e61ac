//! Uploads: an address, the bytes, the completion that shares the file.

use crate::{
    api::{self, arguments::required},
    records::{File, Via},
    refusal::{Refusal, Reply, refuse},
    state::{Shared, Slack},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

/// `files.getUploadURLExternal`.
pub(super) fn upload_url(slack: &Slack, arguments: &Value) -> Reply {
    let name = required(arguments, "filename")?;
    let length = match &arguments["length"] {
        Value::String(text) => text.parse().ok(),
        number => number.as_u64().and_then(|length| usize::try_from(length).ok()),
    };
    let Some(length) = length.filter(|length| *length > 0) else { return refuse("invalid_arguments") };
    let mut state = slack.state();
    let id = state.id("F");
    state.files.push(File {
        id: id.clone(),
        name: name.to_owned(),
        title: name.to_owned(),
        length,
        complete: false,
        channel: None,
        content: None,
    });
    Ok(json!({"upload_url": format!("{}/upload/{id}", slack.url()), "file_id": id}))
}

/// The bytes of a file.
pub(crate) async fn receive(State(slack): State<Shared>, Path(id): Path<String>, body: Bytes) -> Response {
    let fault = slack.state().injected("upload", None);
    if let Some(fault) = fault
        && let Some(response) = api::faulty(&fault).await
    {
        return response;
    }
    let error = match slack.state().files.iter_mut().find(|file| file.id == id) {
        None => "file_not_found",
        Some(file) if file.length != body.len() => "length_mismatch",
        Some(file) => {
            file.content = Some(body.to_vec());
            return (StatusCode::OK, format!("OK - {}", body.len())).into_response();
        }
    };
    slack.reject("upload", &Refusal::new(error), &json!({"id": id, "length": body.len()}));
    api::answer(StatusCode::BAD_REQUEST, &Refusal::new(error).body())
}

/// `files.completeUploadExternal`: shares files whose bytes have come.
pub(super) fn complete(slack: &Slack, arguments: &Value) -> Reply {
    let Some(files) = arguments["files"].as_array().filter(|files| !files.is_empty()) else {
        return refuse("invalid_arguments");
    };
    let channel = arguments["channel_id"].as_str();
    let mut state = slack.state();
    let mut answered = Vec::new();
    for wanted in files {
        let found = state.files.iter_mut().find(|file| wanted["id"] == file.id.as_str());
        let Some(file) = found.filter(|file| file.content.is_some() && !file.complete) else {
            return refuse("file_not_found");
        };
        file.complete = true;
        file.channel = channel.map(str::to_owned);
        if let Some(title) = wanted["title"].as_str() {
            file.title = title.to_owned();
        }
        answered.push(json!({"id": file.id, "title": file.title}));
    }
    if let Some(channel) = channel {
        let mut message = arguments.clone();
        message["text"] = arguments["initial_comment"].clone();
        state.post(Via::File, channel, None, &message);
    }
    Ok(json!({"files": answered}))
}
