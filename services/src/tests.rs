//! Every base service, called as a client calls it: through its gRPC routes, without a socket.

use futures::{StreamExt, TryStreamExt, stream};
use prost_reflect::DescriptorPool;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tonic::service::Routes;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::{Base, Options, Storage, all};

/// The table of short links; a migration of the platform creates the real one.
const URL_LINKS: &str = "CREATE TABLE url_links (id text NOT NULL PRIMARY KEY, url text NOT NULL, \
     created_at bigint NOT NULL, created_by text, hits bigint NOT NULL DEFAULT 0)";

/// An empty database with the table of short links.
pub(crate) async fn database() -> DatabaseConnection {
    // Each connection to a memory database is a database of its own, so there must be one.
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let database = Database::connect(options).await.expect("a database in memory");
    database.execute_unprepared(URL_LINKS).await.expect("the schema");
    database
}

async fn bases() -> Vec<Base> {
    all(Options { storage: Storage::direct(database().await), public_url: "http://micro.test/".to_owned() })
}

async fn routes(name: &str) -> Routes {
    bases().await.into_iter().find(|base| base.name == name).expect("listed").routes
}

#[tokio::test]
async fn each_service_describes_itself_down_to_the_last_field() {
    for base in bases().await {
        let pool = DescriptorPool::decode(base.descriptors.clone()).expect("complete with imports");
        let package = format!("{}.v1", base.name);
        let file = pool.files().find(|file| file.package_name() == package).expect("its own file");
        assert_eq!(pool.services().count(), 1, "{package}");
        let service = pool.services().next().expect("a service");
        assert_eq!(service.full_name().to_lowercase(), format!("{package}.{}", base.name));
        let source = file.file_descriptor_proto().source_code_info.as_ref().expect("comments are kept");
        let comment = |path: &[i32]| {
            let mut places = source.location.iter().filter(|place| place.path == path);
            places.any(|place| place.leading_comments().trim().len() > 3)
        };
        let mut named = vec![(service.full_name().to_owned(), service.path().to_vec())];
        named.extend(service.methods().map(|method| (method.full_name().to_owned(), method.path().to_vec())));
        for message in file.messages() {
            named.push((message.full_name().to_owned(), message.path().to_vec()));
            named.extend(message.fields().map(|field| (field.full_name().to_owned(), field.path().to_vec())));
        }
        for kind in file.enums() {
            named.push((kind.full_name().to_owned(), kind.path().to_vec()));
            named.extend(kind.values().map(|value| (value.full_name().to_owned(), value.path().to_vec())));
        }
        for (name, path) in named {
            assert!(comment(&path), "{name} has no comment");
        }
    }
}

#[tokio::test]
async fn secrets_are_marked_in_the_descriptors() {
    let mut marked = Vec::new();
    for base in bases().await {
        let pool = DescriptorPool::decode(base.descriptors.clone()).expect("complete with imports");
        for field in pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>()) {
            let options = field.options();
            let redact = options.get_field_by_name("debug_redact");
            if redact.is_some_and(|redact| redact.as_bool() == Some(true)) {
                marked.push(field.full_name().to_owned());
            }
        }
    }
    marked.sort();
    assert_eq!(
        marked,
        [
            "otp.v1.GenerateRequest.secret",
            "otp.v1.GenerateResponse.code",
            "otp.v1.GenerateResponse.secret",
            "otp.v1.GenerateResponse.url",
            "otp.v1.ValidateRequest.code",
            "otp.v1.ValidateRequest.secret",
            "password.v1.GenerateResponse.password",
            "password.v1.StrengthRequest.password",
        ]
    );
}

#[tokio::test]
async fn helloworld_greets_in_all_four_ways() {
    use crate::helloworld::pb::{self, helloworld_client::HelloworldClient};
    let mut client = HelloworldClient::new(routes("helloworld").await);

    let hello =
        client.hello(pb::HelloRequest { name: "Ann".to_owned() }).await.expect("greeted").into_inner();
    assert_eq!(hello.message, "Hello, Ann");

    let interval = Some(prost_types::Duration { seconds: 0, nanos: 1_000_000 });
    let request = pb::StreamRequest { name: String::new(), count: Some(3), interval };
    let answers: Vec<_> =
        client.stream(request).await.expect("begun").into_inner().try_collect().await.expect("ended");
    assert_eq!(
        answers.iter().map(|answer| (answer.number, answer.remaining)).collect::<Vec<_>>(),
        [(1, 2), (2, 1), (3, 0)]
    );
    assert!(answers.iter().all(|answer| answer.message == "Hello, world"));
    let none = pb::StreamRequest { count: Some(0), ..Default::default() };
    assert!(client.stream(none).await.expect("begun").into_inner().next().await.is_none());

    let names = ["Ann", "", "Bob", "Cid"].map(|name| pb::CollectRequest { name: name.to_owned() });
    let collected = client.collect(stream::iter(names)).await.expect("greeted").into_inner();
    assert_eq!((collected.message.as_str(), collected.count), ("Hello, Ann, Bob and Cid", 3));

    // Each answer is awaited before the next message is sent: the service may not wait for the end.
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let messages =
        stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|name| (name, receiver)));
    let mut chat = client.chat(messages).await.expect("begun").into_inner();
    for (number, name) in [(1, "Ann"), (2, "Bob")] {
        sender.send(pb::ChatRequest { name: name.to_owned() }).await.expect("taken");
        let answer = chat.next().await.expect("an answer").expect("no error");
        assert_eq!((answer.message, answer.number), (format!("Hello, {name}"), number));
    }
    drop(sender);
    assert!(chat.next().await.is_none());

    let long = client.hello(pb::HelloRequest { name: "x".repeat(257) }).await.expect_err("refused");
    assert_eq!(long.code(), Code::InvalidArgument);
    assert_eq!(long.get_details_bad_request().expect("details").field_violations[0].field, "name");
}

#[tokio::test]
async fn id_makes_and_explains_identifiers() {
    use crate::id::pb::{self, Kind, id_client::IdClient};
    let mut client = IdClient::new(routes("id").await);
    let request = pb::GenerateRequest { kind: Kind::Snowflake.into(), count: 3 };
    let made = client.generate(request).await.expect("made").into_inner();
    assert_eq!((made.ids.len(), made.numbers.len(), made.kind()), (3, 3, Kind::Snowflake));
    let made = client.generate(pb::GenerateRequest::default()).await.expect("made").into_inner();
    assert_eq!((made.ids.len(), made.kind()), (1, Kind::UuidV7));
    let types = client.types(pb::TypesRequest {}).await.expect("listed").into_inner().types;
    assert_eq!(types.len(), 5);
    assert!(types.iter().all(|kind| !kind.example.is_empty() && !kind.description.is_empty()));
    for refused in [pb::GenerateRequest { kind: 99, count: 1 }, pb::GenerateRequest { kind: 1, count: 1_001 }]
    {
        assert_eq!(client.generate(refused).await.expect_err("refused").code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn time_tells_and_explains() {
    use crate::time::pb::{self, time_client::TimeClient, zone_request::Place};
    let mut client = TimeClient::new(routes("time").await);
    let now = client.now(pb::NowRequest { zone: "Asia/Tokyo".to_owned() }).await.expect("told").into_inner();
    assert_eq!(now.zone, "Asia/Tokyo");
    assert!(now.text.ends_with("+09:00"), "{}", now.text);
    assert_eq!(now.time.expect("a moment").seconds, now.unix_seconds);
    let place = Some(Place::Location("Paris".to_owned()));
    let zone = client.zone(pb::ZoneRequest { place, at: None }).await.expect("explained").into_inner();
    assert_eq!(zone.zone, "Europe/Paris");
    assert!(zone.next_transition.is_some());
    let refused = client.now(pb::NowRequest { zone: "../etc/passwd".to_owned() }).await.expect_err("refused");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn cache_keeps_counts_and_forgets() {
    use crate::cache::pb::{self, cache_client::CacheClient};
    let mut client = CacheClient::new(routes("cache").await);
    let key = || "greeting".to_owned();
    let ttl = Some(prost_types::Duration { seconds: 60, nanos: 0 });
    let set = pb::SetRequest { key: key(), value: "hello".to_owned(), ttl };
    assert!(!client.set(set.clone()).await.expect("set").into_inner().replaced);
    assert!(client.set(set).await.expect("set").into_inner().replaced);
    let got = client.get(pb::GetRequest { key: key() }).await.expect("there").into_inner();
    assert_eq!(got.value, "hello");
    assert!((0..=60).contains(&got.ttl.expect("a time to live").seconds));
    let word = pb::IncrementRequest { key: key(), by: None, ttl: None };
    assert_eq!(client.increment(word).await.expect_err("a word").code(), Code::FailedPrecondition);
    let count = |by| pb::IncrementRequest { key: "visits".to_owned(), by, ttl: None };
    assert_eq!(client.increment(count(None)).await.expect("counted").into_inner().value, 1);
    assert_eq!(client.increment(count(Some(-5))).await.expect("counted").into_inner().value, -4);
    assert_eq!(client.increment(count(Some(i64::MIN))).await.expect_err("too far").code(), Code::OutOfRange);
    assert!(client.delete(pb::DeleteRequest { key: key() }).await.expect("deleted").into_inner().deleted);
    let missing = client.get(pb::GetRequest { key: key() }).await.expect_err("gone");
    assert_eq!(missing.code(), Code::NotFound);
    assert_eq!(missing.get_details_resource_info().expect("details").resource_name, "greeting");
    for key in [String::new(), "k".repeat(1_025)] {
        assert_eq!(
            client.get(pb::GetRequest { key }).await.expect_err("refused").code(),
            Code::InvalidArgument
        );
    }
    let forever = pb::SetRequest {
        key: key(),
        value: String::new(),
        ttl: Some(prost_types::Duration { seconds: 0, nanos: 0 }),
    };
    let refused = client.set(forever).await.expect_err("refused");
    assert_eq!(refused.get_details_bad_request().expect("details").field_violations[0].field, "ttl");
}

#[tokio::test]
async fn url_shortens_resolves_and_lists() {
    use crate::url::pb::{self, url_client::UrlClient};
    let database = database().await;
    let storage = Storage::direct(database.clone());
    let base = all(Options { storage: storage.clone(), public_url: "http://micro.test/".to_owned() });
    let mut client = UrlClient::new(base.into_iter().find(|base| base.name == "url").expect("listed").routes);
    let shorten =
        |slug: &str| pb::ShortenRequest { url: "https://example.com/a".to_owned(), slug: slug.to_owned() };
    let made = client.shorten(shorten("docs")).await.expect("made").into_inner();
    assert_eq!((made.id.as_str(), made.short_url.as_str()), ("docs", "http://micro.test/u/docs"));
    let taken = client.shorten(shorten("docs")).await.expect_err("taken");
    assert_eq!(taken.code(), Code::AlreadyExists);
    let drawn = client.shorten(shorten("")).await.expect("made").into_inner();
    assert_eq!(drawn.id.len(), 8);

    let resolved =
        client.resolve(pb::ResolveRequest { id: drawn.id.clone() }).await.expect("found").into_inner();
    assert_eq!(resolved.url, "https://example.com/a");
    assert_eq!(crate::resolve_link(&storage, &drawn.id).await.expect("found"), "https://example.com/a");
    let missing = client.resolve(pb::ResolveRequest { id: "nothing".to_owned() }).await.expect_err("missing");
    assert_eq!(missing.code(), Code::NotFound);

    let page = pb::ListRequest { page_size: 1, page_token: String::new() };
    let first = client.list(page).await.expect("listed").into_inner();
    let page = pb::ListRequest { page_size: 1, page_token: first.next_page_token.clone() };
    let second = client.list(page).await.expect("listed").into_inner();
    assert!(!first.next_page_token.is_empty() && second.next_page_token.is_empty());
    let mut links = [first.links, second.links].concat();
    links.sort_by_key(|link| link.hits);
    assert_eq!(
        links.iter().map(|link| (link.id.as_str(), link.hits)).collect::<Vec<_>>(),
        [("docs", 0), (drawn.id.as_str(), 2)]
    );
    for (page_size, page_token) in [(101, ""), (1, "made up")] {
        let page = pb::ListRequest { page_size, page_token: page_token.to_owned() };
        assert_eq!(client.list(page).await.expect_err("refused").code(), Code::InvalidArgument);
    }
    let script = pb::ShortenRequest { url: "javascript:alert(1)".to_owned(), slug: String::new() };
    assert_eq!(client.shorten(script).await.expect_err("refused").code(), Code::InvalidArgument);

    database.execute_unprepared("DROP TABLE url_links").await.expect("dropped");
    let broken = client.shorten(shorten("")).await.expect_err("no table");
    assert_eq!(broken.code(), Code::Unavailable);
    assert!(!broken.message().contains("url_links"), "the cause stays in the log: {}", broken.message());
}

#[tokio::test]
async fn qr_draws_both_formats() {
    use crate::qr::pb::{self, Format, qr_client::QrClient};
    let mut client = QrClient::new(routes("qr").await);
    let draw = |format: Format| pb::GenerateRequest {
        text: "hello".to_owned(),
        format: format.into(),
        ..Default::default()
    };
    let png = client.generate(draw(Format::Unspecified)).await.expect("drawn").into_inner();
    assert_eq!((png.content_type.as_str(), png.size), ("image/png", 256));
    assert!(png.content.starts_with(b"\x89PNG\r\n\x1a\n"));
    let svg = client.generate(draw(Format::Svg)).await.expect("drawn").into_inner();
    assert_eq!(svg.content_type, "image/svg+xml");
    assert!(svg.content.starts_with(b"<svg ") && svg.content.ends_with(b"</svg>"));
    let refused = client.generate(pb::GenerateRequest::default()).await.expect_err("nothing to draw");
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn password_makes_and_judges() {
    use crate::password::pb::{self, password_client::PasswordClient};
    let mut client = PasswordClient::new(routes("password").await);
    let made = client.generate(pb::GenerateRequest::default()).await.expect("made").into_inner();
    assert_eq!(made.password.len(), 20);
    assert!(made.entropy_bits > 120.0);
    let judge = |password: String| pb::StrengthRequest { password, related: Vec::new() };
    assert_eq!(client.strength(judge(made.password)).await.expect("judged").into_inner().score, 4);
    assert_eq!(client.strength(judge("123456".to_owned())).await.expect("judged").into_inner().score, 0);
    for password in [String::new(), "x".repeat(257)] {
        let refused = client.strength(judge(password)).await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn otp_makes_codes_it_accepts() {
    use crate::otp::pb::{self, otp_client::OtpClient};
    let mut client = OtpClient::new(routes("otp").await);
    let request = pb::GenerateRequest { account: "ann".to_owned(), ..Default::default() };
    let made = client.generate(Request::new(request)).await.expect("made").into_inner();
    let request = pb::ValidateRequest { secret: made.secret, code: made.code, skew: None };
    let checked = client.validate(request.clone()).await.expect("checked").into_inner();
    assert!(checked.valid && checked.step.is_some());
    let wild = pb::ValidateRequest { skew: Some(11), ..request };
    assert_eq!(client.validate(wild).await.expect_err("refused").code(), Code::InvalidArgument);
}
