//! `micro call`: any method, with a JSON request; also where generated commands end.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Call, How, millis},
    output,
};
use futures::{Stream, StreamExt as _, stream};
use micro_client::Client;
use micro_domain::{
    Code, Error,
    call::{Ended, Frame, Metadata, Reply, Target},
    command::generated,
    schema::Method,
};
use serde_json::value::RawValue;
use std::{io::Read as _, pin::Pin};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Messages read from stdin ahead of what was sent.
const READ_AHEAD_MAX: usize = 16;

type Frames = Pin<Box<dyn Stream<Item = Frame> + Send>>;

pub(super) async fn run(globals: &Globals, options: Call) -> Result<(), Failure> {
    let session = globals.session()?;
    let description = session.client.gateway().describe(&options.service, options.version.as_deref()).await?;
    let method = generated::method(&description, &options.method)?.clone();
    let target = target(&options.service, &method, options.version, &options.how)?;
    let (frames, bad_input) = frames(&method, options.body.as_deref())?;
    perform(&session.client, target, &method, frames, bad_input).await
}

/// What to call and how.
pub(super) fn target(
    service: &str,
    method: &Method,
    version: Option<String>,
    how: &How,
) -> Result<Target, Failure> {
    let metadata = how.headers.iter().map(|header| match header.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok(Metadata { name: name.trim().to_lowercase(), value: value.trim().to_owned() })
        }
        _ => Err(Failure::usage(format!("`-H {header}` is not NAME:VALUE"))),
    });
    Ok(Target {
        service: service.to_owned(),
        method: method.full_name(),
        version,
        instance: None,
        metadata: metadata.collect::<Result<_, _>>()?,
        timeout_ms: how.timeout.map(millis),
        ..Target::default()
    })
}

/// The frames a body gives, and where a mistake found while reading stdin is told.
///
/// A method that takes one message gets the body as it is, so that the server can say where it is wrong. One that takes
/// a stream gets each JSON value of the body as a message, as it is read.
pub(super) fn frames(
    method: &Method,
    body: Option<&str>,
) -> Result<(Frames, mpsc::Receiver<Error>), Failure> {
    let (tell, told) = mpsc::channel(1);
    let frames: Frames = match (body, method.client_streaming) {
        (Some("-"), true) => {
            let (sender, receiver) = mpsc::channel(READ_AHEAD_MAX);
            std::thread::spawn(move || read_messages(std::io::stdin().lock(), &sender, &tell));
            Box::pin(ReceiverStream::new(receiver))
        }
        (Some("-"), false) => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text)?;
            single(text)
        }
        (Some(text), true) => {
            let messages = split(text)?;
            Box::pin(stream::iter(messages.into_iter().map(Frame::Message).chain([Frame::HalfClose])))
        }
        (None, true) => Box::pin(stream::iter([Frame::HalfClose])),
        (text, false) => single(text.unwrap_or("{}").to_owned()),
    };
    Ok((frames, told))
}

fn single(text: String) -> Frames {
    Box::pin(stream::iter([Frame::Message(text), Frame::HalfClose]))
}

/// The JSON values of a text; an array at the top is not unpacked, since a message is never an array.
fn split(text: &str) -> Result<Vec<String>, Failure> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>();
    let messages = values.map(|value| value.map(|raw| raw.get().to_owned()));
    messages.collect::<Result<_, _>>().map_err(|error| Failure::Answered(malformed(&error)))
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::invalid(format!("The request is not JSON: {error}."))
}

fn read_messages(input: impl std::io::Read, frames: &mpsc::Sender<Frame>, tell: &mpsc::Sender<Error>) {
    for value in serde_json::Deserializer::from_reader(input).into_iter::<Box<RawValue>>() {
        match value {
            Ok(raw) => {
                if frames.blocking_send(Frame::Message(raw.get().to_owned())).is_err() {
                    return;
                }
            }
            Err(error) => {
                // Whoever reads it ends the call; nothing after the mistake is sent.
                let _ = tell.blocking_send(malformed(&error));
                return;
            }
        }
    }
    let _ = frames.blocking_send(Frame::HalfClose);
}

/// Makes the call and prints each message as it arrives.
pub(super) async fn perform(
    client: &Client,
    target: Target,
    method: &Method,
    frames: Frames,
    mut bad_input: mpsc::Receiver<Error>,
) -> Result<(), Failure> {
    let mut replies = client.gateway().call(target, frames).await?;
    loop {
        let reply = tokio::select! {
            biased;
            Some(error) = bad_input.recv() => return Err(error.into()),
            reply = replies.next() => reply,
        };
        match reply {
            Some(Ok(Reply::Opened(_))) => {}
            Some(Ok(Reply::Message(json))) => output::message(&json, !method.server_streaming)?,
            Some(Ok(Reply::Ended(ended))) => return finish(ended),
            Some(Err(error)) => return Err(error.into()),
            None => return Err(Failure::local("the server ended the call without a status")),
        }
    }
}

fn finish(ended: Ended) -> Result<(), Failure> {
    if ended.code == Code::Ok {
        return Ok(());
    }
    let failure = Failure::Answered(Error::new(ended.code, ended.message));
    if !ended.details.is_empty() {
        // Printed before the code's line would read as noise without it, so say it in order: code first.
        let code = failure.report();
        for detail in &ended.details {
            say(&format!("  detail: {detail}"));
        }
        return Err(Failure::Reported(code));
    }
    Err(failure)
}
