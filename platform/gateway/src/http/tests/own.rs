use super::*;
use prost::Message as _;
use std::collections::BTreeSet;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ExtensionRequest, ServerReflectionRequest};

/// A stock client's way to the gateway.
macro_rules! service {
    ($world:expr, $principal:expr) => {{
        let gateway = $world.gateway.clone();
        tower::service_fn(move |request: Request<Body>| {
            let gateway = gateway.clone();
            async move { Ok::<_, std::convert::Infallible>(gateway.handle(request, $principal).await) }
        })
    }};
}

async fn reflect(world: &World, asked: Vec<MessageRequest>) -> Vec<MessageResponse> {
    let mut client = ServerReflectionClient::new(service!(world, Some(principal())));
    let requests = asked
        .into_iter()
        .map(|asked| ServerReflectionRequest { host: String::new(), message_request: Some(asked) });
    let answer =
        client.server_reflection_info(tokio_stream::iter(requests.collect::<Vec<_>>())).await.unwrap();
    let mut stream = answer.into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await.unwrap() {
        answers.push(answer.message_response.unwrap());
    }
    answers
}

fn files(answer: &MessageResponse) -> Vec<prost_types::FileDescriptorProto> {
    let MessageResponse::FileDescriptorResponse(files) = answer else { unreachable!("{answer:?}") };
    files
        .file_descriptor_proto
        .iter()
        .map(|file| prost_types::FileDescriptorProto::decode(file.as_slice()).unwrap())
        .collect()
}

#[tokio::test]
async fn reflection_lists_and_describes_what_the_caller_may_see() {
    let world = World::new(true).await;
    let extension = |number| ExtensionRequest {
        containing_type: "google.protobuf.MethodOptions".to_owned(),
        extension_number: number,
    };
    let answers = reflect(
        &world,
        vec![
            MessageRequest::ListServices(String::new()),
            MessageRequest::FileContainingSymbol("test.v1.Echo".to_owned()),
            MessageRequest::FileByFilename("echo.proto".to_owned()),
            MessageRequest::FileContainingSymbol("micro.v1.GatewayService.Call".to_owned()),
            MessageRequest::FileContainingExtension(extension(50501)),
            MessageRequest::AllExtensionNumbersOfType("google.protobuf.MethodOptions".to_owned()),
            MessageRequest::FileContainingSymbol("test.v1.Nothing".to_owned()),
        ],
    )
    .await;
    let [list, echo, by_name, own, option, numbers, nothing] = answers.as_slice() else {
        unreachable!("{answers:?}")
    };
    let MessageResponse::ListServicesResponse(list) = list else { unreachable!("{list:?}") };
    let names: BTreeSet<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    for name in [
        "test.v1.Echo",
        "micro.v1.GatewayService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ] {
        assert!(names.contains(name), "{names:?}");
    }
    assert_eq!(names.len(), list.service.len());
    let echo = files(echo);
    assert_eq!(echo.first().unwrap().name(), "echo.proto");
    assert!(echo.first().unwrap().source_code_info.is_some());
    assert_eq!(files(by_name).first().unwrap(), echo.first().unwrap());
    let own = files(own);
    let imports: BTreeSet<&str> = own.iter().map(|file| file.name()).collect();
    assert!(
        imports.contains("micro/v1/options.proto") && imports.contains("google/protobuf/duration.proto"),
        "{imports:?}"
    );
    assert_eq!(files(option).first().unwrap().name(), "micro/v1/options.proto");
    let MessageResponse::AllExtensionNumbersResponse(numbers) = numbers else { unreachable!("{numbers:?}") };
    assert!(numbers.extension_number.contains(&50501));
    let MessageResponse::ErrorResponse(nothing) = nothing else { unreachable!("{nothing:?}") };
    assert_eq!(nothing.error_code, 5);
}

#[tokio::test]
async fn reflection_speaks_its_old_version_and_needs_a_credential() {
    use tonic_reflection::pb::v1alpha::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1alpha::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1alpha::{self, server_reflection_response::MessageResponse};
    let world = World::new(false).await;
    let request = || {
        let message_request = Some(MessageRequest::ListServices(String::new()));
        tokio_stream::iter([v1alpha::ServerReflectionRequest { host: "h".to_owned(), message_request }])
    };
    let mut client = ServerReflectionClient::new(service!(world, Some(principal())));
    let answer = client
        .server_reflection_info(request())
        .await
        .unwrap()
        .into_inner()
        .message()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer.valid_host, "h");
    assert!(
        matches!(answer.message_response, Some(MessageResponse::ListServicesResponse(list)) if !list.service.is_empty())
    );
    let mut anonymous = ServerReflectionClient::new(service!(world, None));
    assert_eq!(
        anonymous.server_reflection_info(request()).await.unwrap_err().code(),
        tonic::Code::Unauthenticated
    );
}

fn named(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn health_tells_of_micro_and_of_what_the_caller_may_see() {
    let world = World::new(false).await;
    let mut anonymous = HealthClient::new(service!(world, None));
    assert_eq!(anonymous.check(named("")).await.unwrap().into_inner().status(), ServingStatus::Serving);
    assert_eq!(
        anonymous.check(named("test.v1.Echo")).await.unwrap_err().code(),
        tonic::Code::Unauthenticated
    );
    let mut client = HealthClient::new(service!(world, Some(principal())));
    for name in ["", "test.v1.Echo", "echo", "micro.v1.GatewayService", "grpc.health.v1.Health"] {
        assert_eq!(
            client.check(named(name)).await.unwrap().into_inner().status(),
            ServingStatus::Serving,
            "{name}"
        );
    }
    let unknown = client.check(named("test.v1.Ecko")).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    assert!(unknown.message().contains("test.v1.Echo"));
    let list = world.post_json("/grpc.health.v1.Health/List", "{}").await;
    assert_eq!(list.json()["statuses"]["test.v1.Echo"], json!({ "status": "SERVING" }), "{list:?}");
}

#[tokio::test]
async fn a_watch_tells_every_change_and_ends_with_the_credential() {
    let world = World::new(false).await;
    let mut client = HealthClient::new(service!(world, Some(principal())));
    client.check(named("test.v1.Echo")).await.unwrap();
    let mut stream = client.watch(named("test.v1.Echo")).await.unwrap().into_inner();
    let status = |answer: Option<HealthCheckResponse>| answer.unwrap().status();
    assert_eq!(status(stream.message().await.unwrap()), ServingStatus::Serving);
    let mut catalog = Catalog::clone(&world.catalog.borrow());
    catalog.revision += 1;
    catalog.services.first_mut().unwrap().instances.first_mut().unwrap().status = Status::Failing;
    world.catalog.send_replace(Arc::new(catalog));
    assert_eq!(status(stream.message().await.unwrap()), ServingStatus::NotServing);
    world.catalog.send_replace(Arc::new(Catalog { revision: 3, services: Vec::new() }));
    assert_eq!(status(stream.message().await.unwrap()), ServingStatus::ServiceUnknown);
    world.revocations.send("c1".to_owned()).unwrap();
    assert_eq!(stream.message().await.unwrap_err().code(), tonic::Code::Unauthenticated);
}

#[tokio::test]
async fn the_openapi_document_shows_what_the_caller_may_call() {
    let world = World::new(true).await;
    let get = || Request::get("/v1/openapi.json").body(Body::empty()).unwrap();
    let document = Answer::read(world.send(get()).await).await;
    assert_eq!((document.status, document.header("content-type")), (StatusCode::OK, "application/json"));
    let document = document.json();
    for path in ["/v1/echo/Say", "/v1/inside/Chat"] {
        assert!(document["paths"][path]["post"].is_object(), "{path}");
    }
    let note = &document["components"]["schemas"]["test.v1.Note"];
    assert_eq!(note["description"], "What is said.");
    assert_eq!(note["properties"]["number"]["description"], "How many.");
    assert_eq!(document["paths"]["/v1/echo/Say"]["post"]["summary"], "One note for one.");
    let anonymous = Answer::read(world.gateway.handle(get(), None).await).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.post_json("/v1/openapi.json", "{}").await.header("allow"), "GET, HEAD");
}
