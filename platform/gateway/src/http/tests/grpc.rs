use super::*;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

type Codec = ProstCodec<Note, Note>;

/// A stock client's way to the gateway.
macro_rules! client {
    ($world:expr) => {{
        let gateway = $world.gateway.clone();
        let mut client = Grpc::new(tower::service_fn(move |request: Request<Body>| {
            let gateway = gateway.clone();
            async move { Ok::<_, std::convert::Infallible>(gateway.handle(request, Some(principal())).await) }
        }));
        client.ready().await.unwrap();
        client
    }};
}

fn path(method: &'static str) -> PathAndQuery {
    PathAndQuery::from_static(method)
}

#[tokio::test]
async fn every_kind_of_call_passes_through() {
    for world in [World::new(false).await, World::inside().await] {
        let mut client = client!(world);
        let mut request = tonic::Request::new(note("hi", 7));
        request.metadata_mut().insert("x-tenant", "blue".parse().unwrap());
        let answer = client.unary(request, path("/test.v1.Echo/Say"), Codec::default()).await.unwrap();
        assert!(answer.metadata().get("x-saw").unwrap().to_str().unwrap().contains("x-tenant"));
        assert_eq!(answer.into_inner(), note("hi", 7));

        let notes = || tokio_stream::iter(vec![note("a", 1), note("b", 2)]);
        let request = tonic::Request::new(notes());
        let answer =
            client.client_streaming(request, path("/test.v1.Echo/Collect"), Codec::default()).await.unwrap();
        assert_eq!(answer.into_inner(), note("ab", 3));

        let request = tonic::Request::new(note("x", 2));
        let answer =
            client.server_streaming(request, path("/test.v1.Echo/Expand"), Codec::default()).await.unwrap();
        let mut stream = answer.into_inner();
        assert_eq!(stream.message().await.unwrap(), Some(note("x", 0)));
        assert_eq!(stream.message().await.unwrap(), Some(note("x", 1)));
        assert_eq!(stream.message().await.unwrap(), None);
        assert_eq!(stream.trailers().await.unwrap().unwrap().get("x-count").unwrap(), "3");

        let request = tonic::Request::new(notes());
        let answer = client.streaming(request, path("/test.v1.Echo/Chat"), Codec::default()).await.unwrap();
        let mut stream = answer.into_inner();
        assert_eq!(stream.message().await.unwrap(), Some(note("a", 1)));
        assert_eq!(stream.message().await.unwrap(), Some(note("b", 2)));
        assert_eq!(stream.message().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_upstream_error_is_the_callers_exactly() {
    let world = World::new(false).await;
    let mut client = client!(world);
    let request = tonic::Request::new(note("fail", 0));
    let status =
        client.unary::<_, Note, _>(request, path("/test.v1.Echo/Say"), Codec::default()).await.unwrap_err();
    let said = refusal();
    assert_eq!(
        (status.code(), status.message(), status.details()),
        (said.code(), said.message(), said.details())
    );
    assert_eq!(status.metadata().get("x-count").unwrap(), "3");
}

#[tokio::test]
async fn what_micro_refuses_is_an_answer_without_messages() {
    let world = World::new(false).await;
    let mut client = client!(world);
    let long = tonic::Request::new(note(&"x".repeat(MESSAGE_MAX_BYTES), 0));
    let status =
        client.unary::<_, Note, _>(long, path("/test.v1.Echo/Say"), Codec::default()).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::ResourceExhausted);
    let unknown = tonic::Request::new(note("", 0));
    let status =
        client.unary::<_, Note, _>(unknown, path("/test.v1.Ecko/Say"), Codec::default()).await.unwrap_err();
    assert!(status.message().contains("`test.v1.Echo`"), "{status:?}");

    let request = |timeout| {
        let request = Request::post("/test.v1.Echo/Say").version(http::Version::HTTP_2);
        request
            .header("content-type", "application/grpc")
            .header("grpc-timeout", timeout)
            .body(Body::empty())
            .unwrap()
    };
    let malformed = Answer::read(world.send(request("soon")).await).await;
    assert_eq!((malformed.status, malformed.header("grpc-status")), (StatusCode::OK, "3"));
    let anonymous = Answer::read(world.gateway.handle(request("1S"), None).await).await;
    assert_eq!((anonymous.status, anonymous.header("grpc-status")), (StatusCode::OK, "16"));
    assert!(anonymous.header("grpc-message").contains("micro token create"));
}

#[tokio::test]
async fn services_that_offer_the_same_are_chosen_by_metadata() {
    let world = World::new(true).await;
    let mut client = client!(world);
    let request = tonic::Request::new(note("hi", 0));
    let status =
        client.unary::<_, Note, _>(request, path("/test.v1.Echo/Say"), Codec::default()).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    assert!(status.message().contains("echo, inside"), "{status:?}");
    let mut request = tonic::Request::new(note("hi", 0));
    request.metadata_mut().insert("micro-service", "inside".parse().unwrap());
    client.unary::<_, Note, _>(request, path("/test.v1.Echo/Say"), Codec::default()).await.unwrap();
}

#[tokio::test]
async fn grpc_over_http_1_is_told_what_to_do() {
    let world = World::new(false).await;
    let answer = world.post("/test.v1.Echo/Say", &[("content-type", "application/grpc")], "").await;
    assert_eq!(answer.status, StatusCode::HTTP_VERSION_NOT_SUPPORTED);
    assert!(answer.text().contains("HTTP/2"));
}

#[tokio::test]
async fn micros_own_api_is_called_with_the_callers_principal() {
    let world = World::new(false).await;
    let mut client = client!(world);
    let mut request = tonic::Request::new(note("", 0));
    request.metadata_mut().insert("authorization", "Session stolen".parse().unwrap());
    let path = path("/micro.v1.IdentityService/WhoAmI");
    let answer = client.unary::<_, Note, _>(request, path, Codec::default()).await.unwrap();
    assert_eq!(answer.metadata().get("x-principal").unwrap(), "ann");
    assert!(!answer.metadata().get("x-saw").unwrap().to_str().unwrap().contains("authorization"));
}

#[test]
fn only_well_formed_paths_are_dispatched() {
    assert_eq!(crate::http::names("/greet.v1.Greeter/SayHello"), Ok(("greet.v1.Greeter", "SayHello")));
    for wrong in ["", "/", "greet.v1.Greeter/SayHello", "/a", "/a/", "//a", "/a/b/", "/a/b/c"] {
        assert!(crate::http::names(wrong).is_err(), "{wrong}");
    }
}
