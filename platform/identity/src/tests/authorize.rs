use super::{
    Fixture,
    link::{ann, link},
    session,
};
use crate::{Actor, secret};
use http::{Request, Response, header::AUTHORIZATION};
use micro_domain::{
    chat::{CHAT_USER_HEADER, Person, UNLINKED},
    identity::{CredentialKind, Permission, Principal},
};
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
    let (status, reached) = send_for(fixture, path, authorization, known, &[]).await;
    (status.code(), reached)
}

/// The same with chat users named, and with the whole status.
async fn send_for(
    fixture: &Fixture,
    path: &str,
    authorization: &[&str],
    known: Option<Principal>,
    people: &[&str],
) -> (Status, Option<Option<Principal>>) {
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
    for value in people {
        request.headers_mut().append(CHAT_USER_HEADER, value.parse().unwrap());
    }
    if let Some(known) = known {
        request.extensions_mut().insert(known);
    }
    let mut gate = fixture.identity.layer().layer(method);
    let response = gate.ready().await.unwrap().call(request).await.unwrap();
    let status = Status::from_header_map(response.headers()).unwrap_or_else(|| Status::ok(""));
    let reached = reached.lock().unwrap().take();
    (status, reached)
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
        let bot = unknown.replace("mu_pat_", "mu_bot_");
        let strangers: [&[&str]; 10] = [
            &[],
            &[""],
            &["Bearer"],
            &["Bearer x"],
            &[&revoked],
            &[&expired],
            &[&unknown],
            &[&bot],
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
            if micro_proto::permission_of(path) == Some(Permission::Bot) {
                assert_eq!((code, reached), (Code::PermissionDenied, None), "{path}");
            } else {
                assert_eq!(code, Code::Ok, "{path}");
                assert_eq!(reached.unwrap().unwrap().account, "ann", "{path}");
            }
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

/// Every method, called by a bot: for itself, for somebody who is linked, and for somebody who is not.
#[tokio::test]
async fn s03_a_bot_does_what_bots_do_and_everything_else_for_linked_people() {
    for fixture in Fixture::each().await {
        let bearer = fixture.bot("slack").await;
        let (linked, unlinked) = (ann().to_string(), "slack/T1/U2");
        let made = link(&fixture, &ann()).await;
        // The same from inside: an outer layer of the process found it.
        let known = fixture.identity.bot_principal();
        for (header, known) in [(&[bearer.as_str()][..], None), (&[], Some(known))] {
            for path in micro_proto::method_paths() {
                let permission = micro_proto::permission_of(path).unwrap();
                let own = matches!(permission, Permission::Bot | Permission::Public);
                let (code, reached) = send(&fixture, path, header, known.clone()).await;
                if own {
                    assert_eq!(code, Code::Ok, "{path}");
                    assert_eq!(reached.unwrap().unwrap().credential.kind, CredentialKind::Bot, "{path}");
                } else {
                    assert_eq!((code, reached), (Code::PermissionDenied, None), "{path}");
                }
                let (status, reached) = send_for(&fixture, path, header, known.clone(), &[unlinked]).await;
                if own {
                    assert_eq!(reached.unwrap().unwrap().credential.kind, CredentialKind::Bot, "{path}");
                } else {
                    assert_eq!(
                        (status.code(), status.message()),
                        (Code::Unauthenticated, UNLINKED),
                        "{path}"
                    );
                    assert_eq!(reached, None);
                }
                let (status, reached) = send_for(&fixture, path, header, known.clone(), &[&linked]).await;
                let seldom = matches!(permission, Permission::Credentials | Permission::ServicesRegister);
                match reached {
                    None => assert!(seldom && status.code() == Code::PermissionDenied, "{path}: {status}"),
                    Some(_) if own => {}
                    Some(reached) => {
                        assert!(!seldom, "{path}");
                        assert_eq!(reached.unwrap().credential.id, made.link.id, "{path}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn s03_only_a_bot_names_whom_it_calls_for() {
    for fixture in Fixture::each().await {
        link(&fixture, &ann()).await;
        let (member, bot) = (fixture.bearer("laptop").await, fixture.bot("slack").await);
        let session = format!("Session {}", session::sign_in(&fixture).await);
        let linked = ann().to_string();
        let own = fixture.identity.resolve_bearer(&member).await.unwrap();
        for (header, known) in [(&[member.as_str()][..], None), (&[&session], None), (&[], Some(own))] {
            for path in [WHO_AM_I, "/micro.v1.IdentityService/RedeemSignInLink"] {
                for person in [linked.as_str(), "nobody"] {
                    let (status, reached) = send_for(&fixture, path, header, known.clone(), &[person]).await;
                    assert_eq!((status.code(), reached), (Code::PermissionDenied, None), "{status}");
                    assert!(status.message().contains("only a bot"), "{status}");
                }
            }
        }
        let (status, _) = send_for(&fixture, WHO_AM_I, &[], None, &[&linked]).await;
        assert_eq!(status.code(), Code::Unauthenticated);
        let malformed: [&[&str]; 6] = [
            &[""],
            &["slack/T1"],
            &["slack/T1/U1/"],
            &["Slack/T1/U1"],
            &["slack/T1/U1, slack/T1/U1"],
            &[&linked, &linked],
        ];
        for people in malformed {
            for path in [WHO_AM_I, "/micro.v1.ChatService/CreateLinkRequest"] {
                let (status, reached) = send_for(&fixture, path, &[&bot], None, people).await;
                assert_eq!((status.code(), reached), (Code::InvalidArgument, None), "{people:?} {status}");
                assert!(status.message().contains(CHAT_USER_HEADER), "{status}");
            }
        }
    }
}

#[tokio::test]
async fn s07_a_revoked_bot_speaks_for_nobody() {
    for fixture in Fixture::each().await {
        link(&fixture, &ann()).await;
        let (bot, linked) = (fixture.bot("slack").await, ann().to_string());
        let ask = async || send_for(&fixture, WHO_AM_I, &[&bot], None, &[&linked]).await.0.code();
        assert_eq!(ask().await, Code::Ok);
        fixture.identity.revoke_token(Actor::server(), fixture.owner(), "slack").await.unwrap();
        assert_eq!(ask().await, Code::Unauthenticated);
    }
}

#[tokio::test]
async fn who_is_linked_to_whom_is_asked_at_every_call() {
    for fixture in Fixture::each().await {
        let (bot, bob) = (fixture.bot("slack").await, Person::discord("1").unwrap());
        let ask = async || send_for(&fixture, WHO_AM_I, &[&bot], None, &[&bob.to_string()]).await.0.code();
        for _ in 0..2 {
            assert_eq!(ask().await, Code::Unauthenticated);
            let made = link(&fixture, &bob).await.link;
            assert_eq!(ask().await, Code::Ok);
            fixture.identity.remove_link(Actor::server(), fixture.owner(), &made.id).await.unwrap();
        }
        assert_eq!(ask().await, Code::Unauthenticated);
    }
}
