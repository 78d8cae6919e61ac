//! Micro's own API to the gateway, through its generated client.

use super::service::{Reflects, Server};
use super::*;
use micro_domain::Code;
use micro_domain::call::{Ended, Opened, Reply};
use micro_proto::v1::gateway_service_client::GatewayServiceClient;
use micro_proto::v1::{self, call_request::Frame};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tonic::codegen::Service as _;

/// The API as `me` sees it.
macro_rules! client {
    ($world:expr) => {{
        let service = tower::service_fn({
            let service = $world.gateway.grpc();
            move |mut request: http::Request<Body>| {
                request.extensions_mut().insert(testing::principal("me"));
                let mut service = service.clone();
                async move { service.call(request).await }
            }
        });
        GatewayServiceClient::new(service)
    }};
}

fn target(method: &str) -> v1::Target {
    v1::Target { service: "everything".to_owned(), method: method.to_owned(), ..v1::Target::default() }
}

fn frames(target: v1::Target, messages: &[Value]) -> Vec<v1::CallRequest> {
    let open = v1::CallRequest { frame: Some(Frame::Open(target)) };
    let message = |json: &Value| v1::CallRequest { frame: Some(Frame::Message(json.to_string())) };
    let close = v1::CallRequest { frame: Some(Frame::HalfClose(v1::HalfClose {})) };
    std::iter::once(open).chain(messages.iter().map(message)).chain([close]).collect()
}

struct Whole {
    opened: Opened,
    messages: Vec<Value>,
    ended: Ended,
}

async fn call(world: &World, target: v1::Target, messages: &[Value]) -> Result<Whole, Error> {
    let requests = tokio_stream::iter(frames(target, messages));
    let from = |status: tonic::Status| micro_proto::error::from_status(&status);
    let mut replies = client!(world).call(requests).await.map_err(from)?.into_inner();
    let (mut opened, mut messages) = (None, Vec::new());
    loop {
        let reply = tokio::time::timeout(PATIENCE, replies.message()).await.unwrap().map_err(from)?;
        match Option::<Reply>::from(reply.unwrap()).unwrap() {
            Reply::Opened(one) => opened = Some(one),
            Reply::Message(json) => messages.push(serde_json::from_str(&json).unwrap()),
            Reply::Ended(ended) => return Ok(Whole { opened: opened.unwrap(), messages, ended }),
        }
    }
}

/// The history, once it holds `count` calls.
async fn history(world: &World, count: usize) -> Vec<v1::CallRecord> {
    let looking = async {
        loop {
            let page = client!(world).list_calls(v1::ListCallsRequest::default()).await.unwrap().into_inner();
            if page.calls.len() >= count {
                return page.calls;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap()
}

#[tokio::test]
async fn every_kind_of_call_works_alike() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let (one, other) = (json!({"aString": "a", "anInt64": "5"}), json!({"aString": "b"}));

    let mut unary = target("Echo");
    unary.metadata.push(v1::Metadata { name: "x-tenant".to_owned(), value: "blue".to_owned() });
    let whole = call(&world, unary, std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(whole.messages, std::slice::from_ref(&one));
    assert_eq!(whole.opened.instance, server.address);
    let header =
        |name: &str| whole.opened.headers.iter().find(|entry| entry.name == name).unwrap().value.clone();
    assert_eq!(header("seen-x-tenant"), "blue");
    assert!(header("seen-traceparent").contains(&whole.ended.trace_id));
    assert_eq!((whole.ended.code, whole.ended.trailers[0].value.as_str()), (Code::Ok, "last"));
    let timing = whole.ended.timing.unwrap();
    assert!(timing.sent_us <= timing.answered_us && timing.answered_us <= whole.ended.duration_us);

    assert_eq!(call(&world, target("List"), std::slice::from_ref(&one)).await.unwrap().messages.len(), 3);
    let both = [one.clone(), other.clone()];
    assert_eq!(call(&world, target("everything.v1.Everything/Chat"), &both).await.unwrap().messages, both);
    assert_eq!(call(&world, target("Chat"), &[]).await.unwrap().messages.len(), 0);
    assert_eq!(call(&world, target("Echo"), &[]).await.unwrap().messages, [json!({})]);
}

#[tokio::test]
async fn a_call_is_made_as_a_token_of_one_s_own_or_as_nobody() {
    use v1::target::Caller;
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let as_whom = async |caller: Caller| {
        let target = v1::Target { caller: Some(caller), ..target("Echo") };
        call(&world, target, &[json!({"aString": "a"})]).await
    };
    assert_eq!(as_whom(Caller::TokenId("mine".to_owned())).await.unwrap().ended.code, Code::Ok);
    let others = as_whom(Caller::TokenId("theirs".to_owned())).await.err().unwrap();
    assert_eq!(others.code, Code::NotFound);
    assert_eq!(as_whom(Caller::Nobody(v1::Nobody {})).await.err().unwrap().code, Code::Unauthenticated);
    // What could not be called was not called.
    assert_eq!(server.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_the_service_says_is_in_the_end_and_its_details_are_decoded() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let ended = call(&world, target("Fail"), &[json!({})]).await.unwrap().ended;
    assert_eq!((ended.code, ended.message.as_str()), (Code::NotFound, "no such thing ☃"));
    let detail: Value = serde_json::from_str(&ended.details[0]).unwrap();
    assert_eq!(detail, json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s"}));
}

#[tokio::test]
async fn a_wrong_request_is_told_and_never_sent() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let error = call(&world, target("Echo"), &[json!({"anInt32": "x"})]).await.err().unwrap();
    assert_eq!((error.code, error.violations[0].field.as_str()), (Code::InvalidArgument, "anInt32"));
    let error = call(&world, target("Echo"), &[json!({}), json!({})]).await.err().unwrap();
    assert_eq!(error.code, Code::InvalidArgument);
    let mut with = target("Echo");
    with.metadata.push(v1::Metadata { name: "authorization".to_owned(), value: "x".to_owned() });
    let error = call(&world, with, &[json!({})]).await.err().unwrap();
    assert_eq!(error.violations[0].field, "metadata[0]");
    assert_eq!(call(&world, target("Ecko"), &[]).await.err().unwrap().code, Code::NotFound);
    let mut short = target("Never");
    short.timeout = Some(prost_types::Duration { seconds: 0, nanos: 50_000_000 });
    // Where the deadline passes before the headers came, the call itself fails; afterwards it ends so.
    let code =
        call(&world, short, &[json!({})]).await.map_or_else(|error| error.code, |whole| whole.ended.code);
    assert_eq!(code, Code::DeadlineExceeded);
    assert!(server.calls.load(Ordering::SeqCst) <= 1);
}

#[tokio::test]
async fn calls_are_remembered_without_their_secrets() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let mut with = target("Echo");
    for name in ["x-tenant", "x-api-key"] {
        with.metadata.push(v1::Metadata { name: name.to_owned(), value: "blue".to_owned() });
    }
    let message = json!({"aString": "seen", "password": "hunter2"});
    assert_eq!(call(&world, with, &[message]).await.unwrap().messages[0]["password"], "hunter2");
    let records = history(&world, 1).await;
    let (record, text) = (&records[0], format!("{records:?}"));
    assert!(!text.contains("hunter2") && text.contains("seen"), "{text}");
    let target = record.target.as_ref().unwrap();
    assert_eq!(target.metadata.len(), 1);
    assert_eq!((record.requests.len(), record.responses.len()), (1, 1));
    let headers = &record.opened.as_ref().unwrap().headers;
    assert!(headers.iter().any(|entry| entry.name == "seen-x-tenant"));
    assert!(!headers.iter().any(|entry| entry.name == "seen-x-api-key"));
    let got =
        client!(world).get_call(v1::GetCallRequest { id: record.id.clone() }).await.unwrap().into_inner();
    assert_eq!(got.call.as_ref(), Some(record));
    let all = v1::DeleteCallsRequest::default();
    assert_eq!(client!(world).delete_calls(all).await.unwrap().into_inner().deleted, 1);
}

#[tokio::test]
async fn a_draft_holds_no_secret_and_needs_its_service() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let mut with = target("Echo");
    with.metadata.push(v1::Metadata { name: "x-token".to_owned(), value: "secret".to_owned() });
    let requests = vec![json!({"aString": "kept", "password": "hunter2"}).to_string()];
    let saved = v1::SaveDraftRequest { target: Some(with), requests };
    let draft = client!(world).save_draft(saved).await.unwrap().into_inner().draft.unwrap();
    assert_eq!(draft.requests, [json!({"aString": "kept"}).to_string()]);
    assert_eq!(draft.target.as_ref().unwrap().metadata.len(), 0);
    let got =
        client!(world).get_draft(v1::GetDraftRequest { id: draft.id.clone() }).await.unwrap().into_inner();
    assert_eq!(got.draft, Some(draft));
    let unknown = client!(world).get_draft(v1::GetDraftRequest { id: "x".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    let broken = v1::SaveDraftRequest { target: Some(target("Echo")), requests: vec!["{".to_owned()] };
    assert_eq!(client!(world).save_draft(broken).await.unwrap_err().code(), tonic::Code::InvalidArgument);
}

#[tokio::test]
async fn examples_belong_to_a_method_and_hold_no_secret() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let save = async |name: &str, text: &str| {
        let requests = vec![json!({"aString": text, "password": "hunter2"}).to_string()];
        let request =
            v1::SaveExampleRequest { name: name.to_owned(), target: Some(target("Echo")), requests };
        client!(world).save_example(request).await.map(|saved| saved.into_inner().example.unwrap())
    };
    let list = async |method: &str| {
        let request = v1::ListExamplesRequest { service: "everything".to_owned(), method: method.to_owned() };
        client!(world).list_examples(request).await.map(|listed| listed.into_inner().examples)
    };
    save("second", "b").await.unwrap();
    let first = save("first", "a").await.unwrap();
    assert_eq!(first.requests, [json!({"aString": "a"}).to_string()]);
    let replaced = save(" second ", "c").await.unwrap();
    assert_eq!(list("everything.v1.Everything.Echo").await.unwrap(), [first.clone(), replaced]);
    assert_eq!(list("everything.v1.Everything.List").await.unwrap(), []);
    for name in ["", "a\nb", &"x".repeat(81)] {
        assert_eq!(save(name, "a").await.unwrap_err().code(), tonic::Code::InvalidArgument);
    }
    let delete =
        async || client!(world).delete_example(v1::DeleteExampleRequest { id: first.id.clone() }).await;
    delete().await.unwrap();
    assert_eq!(delete().await.unwrap_err().code(), tonic::Code::NotFound);
    assert_eq!(list("everything.v1.Everything.Echo").await.unwrap().len(), 1);
    let unseen = v1::ListExamplesRequest { service: "elsewhere".to_owned(), method: String::new() };
    assert_eq!(client!(world).list_examples(unseen).await.unwrap_err().code(), tonic::Code::NotFound);
}

/// A call may be opened long after its credential was checked.
#[tokio::test]
async fn s07_a_call_that_waits_to_be_opened_ends_with_its_credential() {
    let world = World::new(Vec::new()).await;
    let (asked, waiting) = tokio::sync::oneshot::channel();
    // Asked for its first message, it says so and has none.
    let requests = futures::stream::once(async move {
        let _ = asked.send(());
        std::future::pending::<v1::CallRequest>().await
    });
    let mut client = client!(world);
    let call = tokio::spawn(async move { client.call(requests).await.map(drop) });
    waiting.await.unwrap();
    world.revocations.send(testing::principal("me").credential.id).unwrap();
    let refused = tokio::time::timeout(PATIENCE, call).await.unwrap().unwrap().unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
}

#[tokio::test]
async fn strangers_are_refused() {
    let world = World::new(Vec::new()).await;
    let mut client = GatewayServiceClient::new(world.gateway.grpc());
    let refused = client.describe(v1::DescribeRequest::default()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated);
}
