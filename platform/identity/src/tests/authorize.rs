use super::{Fixture, session};
use crate::{Actor, secret};
use http::{Request, Response, header::AUTHORIZATION};
use micro_domain::identity::{Permission, Principal};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tonic::{Code, Status, body::Body};
use tower::{Layer as _, Service as _, ServiceExt as _};

/// Sends one request through the gate; the code it answers, and the principal the method was called with, if it was.
async fn send(
    fixture: &Fixture,
    path: &str,
    authorization: &[&str],
    known: Option<Principal>,
) -> (Code, Option<Option<Principal>>) {
    let reached = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&reached);
    let method = tower::service_fn(move |request: Request<Body>| {
        *seen.lock().unwrap() = Some(request.extensions().get::<Principal>().cloned());
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::empty())))
    });
    let mut request = Request::post(path).body(Body::empty()).unwrap();
    for value in authorization {
        request.headers_mut().append(AUTHORIZATION, value.parse().unwrap());
    }
    if let Some(known) = known {
        request.extensions_mut().insert(known);
    }
    let mut gate = fixture.identity.layer().layer(method);
    let response = gate.ready().await.unwrap().call(request).await.unwrap();
    let code = Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code());
    let reached = reached.lock().unwrap().take();
    (code, reached)
}

const WHO_AM_I: &str = "/micro.v1.IdentityService/WhoAmI";

#[tokio::test]
async fn s03_every_method_refuses_strangers_and_dead_credentials() {
    for fixture in Fixture::each().await {
        let revoked = fixture.bearer("revoked").await;
        fixture.identity.revoke_token(Actor::server(), fixture.owner(), "revoked").await.unwrap();
        let short =
            fixture.identity.create_token(Actor::server(), fixture.owner(), "short", Some(1)).await.unwrap();
        let expired = format!("Bearer {}", short.secret.reveal());
        fixture.advance(1);
        let unknown = format!("Bearer {}", secret::generate(secret::Kind::Member).unwrap().reveal());
        let live = fixture.bearer("live").await;
        let strangers: [&[&str]; 9] = [
            &[],
            &[""],
            &["Bearer"],
            &["Bearer x"],
            &[&revoked],
            &[&expired],
            &[&unknown],
            &["Session AAAAAAAAAAAAAAAAAAAAAA"],
            &[&live, &live],
        ];
        for path in micro_proto::method_paths() {
            let public = micro_proto::permission_of(path) == Some(Permission::Public);
            for stranger in strangers {
                let (code, reached) = send(&fixture, path, stranger, None).await;
                if public {
                    assert_eq!((code, reached), (Code::Ok, Some(None)), "{path} {stranger:?}");
                } else {
                    assert_eq!((code, reached), (Code::Unauthenticated, None), "{path} {stranger:?}");
                }
            }
            let (code, reached) = send(&fixture, path, &[&live], None).await;
            assert_eq!(code, Code::Ok, "{path}");
            assert_eq!(reached.unwrap().unwrap().account, "ann", "{path}");
        }
    }
}

#[tokio::test]
async fn s03_a_path_that_is_no_method_is_never_dispatched() {
    let fixture = Fixture::sqlite().await;
    let live = fixture.bearer("live").await;
    for path in [
        "/",
        "//micro.v1.IdentityService/WhoAmI",
        "/micro.v1.IdentityService/WhoAmI/",
        "/micro.v1.IdentityService//WhoAmI",
        "/micro.v1.IdentityService/whoami",
        "/micro.v1.IdentityService/Who%41mI",
        "/./micro.v1.IdentityService/WhoAmI",
        "/micro.v1.IdentityService/",
        "/micro.v1.IdentityService/Nothing",
        "/micro.v2.IdentityService/WhoAmI",
        "/helloworld.Greeter/SayHello",
    ] {
        for authorization in [&[][..], &[live.as_str()]] {
            assert_eq!(
                send(&fixture, path, authorization, None).await,
                (Code::PermissionDenied, None),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_principal_found_by_an_outer_layer_wins() {
    let fixture = Fixture::sqlite().await;
    let live = fixture.bearer("live").await;
    let known = fixture.identity.resolve_bearer(&live).await.unwrap();
    for header in [&[][..], &["Bearer x"]] {
        let (code, reached) = send(&fixture, WHO_AM_I, header, Some(known.clone())).await;
        assert_eq!((code, reached), (Code::Ok, Some(Some(known.clone()))));
    }
}

#[tokio::test]
async fn a_session_is_a_credential_too() {
    for fixture in Fixture::each().await {
        let id = session::sign_in(&fixture).await;
        let (code, reached) = send(&fixture, WHO_AM_I, &[&format!("Session {id}")], None).await;
        assert_eq!((code, reached.unwrap().unwrap().account.as_str()), (Code::Ok, "ann"));
    }
}
