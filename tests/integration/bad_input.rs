//! Requests that are wrong: what is said, and that nothing of them goes upstream.

use crate::world::{self, SOON, any_zoo, world};
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
/// A body no limit allows.
const HUGE_BYTES: usize = 256 * 1024 * 1024;

#[tokio::test]
async fn mistakes_are_named_and_nothing_is_sent_upstream() {
    let world = world();
    let micro = &world.micro;
    let zoo = any_zoo("untouched");
    world::open(micro, "untouched", &zoo, &[]).await;
    let http = micro.http();
    for (body, said) in [
        ("{\"int32Value\": 1,\n  \"x", ["line 2", "column"].as_slice()),
        ("{\"cage\": {\"number\": 1,}}", &["line 1", "column", "cage"]),
        ("[]", &["zoo.v1.Everything"]),
        ("{\"int32Value\": \"x\"}", &["int32Value", "32"]),
        ("{\"int32Value\": 3000000000}", &["int32Value", "2147483647"]),
        ("{\"uint32Value\": -1}", &["uint32Value"]),
        ("{\"int64Value\": 9223372036854775808}", &["int64Value"]),
        ("{\"boolValue\": \"yes\"}", &["boolValue", "true"]),
        ("{\"cage\": {\"locks\": [{}, {\"closed\": 3}]}}", &["cage.locks[1].closed"]),
        ("{\"animalsByCage\": {\"1\": {\"legs\": \"many\"}}}", &["animalsByCage", "legs"]),
        ("{\"stringValu\": \"x\"}", &["stringValu", "stringValue"]),
        ("{\"cage\": {\"numbr\": 1}}", &["cage.numbr", "number"]),
        ("{\"color\": \"COLOR_GREN\"}", &["color", "COLOR_GREEN"]),
        ("{\"bytesValue\": \"%%\"}", &["bytesValue", "base64"]),
        ("{\"timestamp\": \"yesterday\"}", &["timestamp"]),
        ("{\"text\": \"a\", \"number\": 1}", &["choice"]),
        ("{\"any\": {\"@type\": \"type.googleapis.com/no.Such\"}}", &["any", "no.Such"]),
        ("{\"stringValue\": \"\\ud800\"}", &["line 1"]),
    ] {
        for (path, http) in [
            ("/v1/untouched/Echo", http.clone()),
            ("/zoo.v1.Zoo/Echo", http.with("micro-service", "untouched")),
        ] {
            let answer = http.post(path, &JSON, body.to_owned()).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text());
            let answer = answer.json();
            assert_eq!(answer["code"], "invalid_argument", "{body}");
            let message = answer["message"].as_str().unwrap();
            for said in said {
                assert!(message.contains(said), "{body}: lacks {said}: {message}");
            }
        }
        let cli = micro.cli_reading(&["call", "untouched", "Echo", "-"], body);
        assert_eq!(cli.code, 67, "{body}: {cli:?}");
        assert!(cli.stderr.contains(said[0]), "{body}: {cli:?}");
    }
    let deep = format!("{}{}", "{\"tree\":{\"left\":".repeat(5_000), "{}".to_owned() + &"}}".repeat(5_000));
    http.post("/v1/untouched/Echo", &JSON, deep).await.expect(400);
    let tally = http.json("/v1/untouched/Tally", &json!({})).await.expect(200).json();
    assert_eq!(tally["calls"], json!({"Tally": "1"}), "{tally}");
    micro.cli(&["deregister", "untouched"]).ok();
}

#[tokio::test]
async fn unknown_names_lead_to_the_nearest() {
    let world = world();
    let http = world.micro.http();
    for (path, near) in [
        ("/v1/helloworl/Hello", "helloworld"),
        ("/v1/helloworld/Helo", "Hello"),
        ("/helloworld.v1.Heloworld/Hello", "helloworld.v1.Helloworld"),
        ("/helloworld.v1.Helloworld/Helo", "Hello"),
    ] {
        let answer = http.post(path, &JSON, "{}").await;
        let error = answer.json();
        assert!([404, 501].contains(&answer.status), "{path}: {answer:?}");
        assert!(["not_found", "unimplemented"].contains(&error["code"].as_str().unwrap()), "{error}");
        assert!(error["message"].as_str().unwrap().contains(&format!("`{near}`")), "{error}");
    }
    let far = http.post("/v1/qqqqqqqqqq/X", &JSON, "{}").await.expect(404).json();
    assert!(!far["message"].as_str().unwrap().contains("did you mean"), "{far}");
    let grpc = http.h2().await.grpc("/helloworld.v1.Helloworld/Helo", &[], &[]).await;
    assert!(["5", "12"].contains(&grpc.header("grpc-status")), "{grpc:?}");
    for path in [
        "/v1/",
        "/v1/helloworld",
        "/v1/helloworld/",
        "/v1//Hello",
        "/v1/helloworld/Hello/more",
        "/v1/%2e%2e/Hello",
    ] {
        let answer = http.post(path, &JSON, "{}").await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    let get = http.get("/v1/helloworld/Hello").await;
    assert!([405, 415, 400].contains(&get.status), "{get:?}");
    let kind = http.post("/v1/helloworld/Hello", &[("content-type", "text/xml")], "<a/>").await.expect(415);
    assert!(kind.text().contains("application/json"), "{kind:?}");
}

/// s13: a body over the limit is refused by its announced length alone.
#[tokio::test]
async fn s13_announced_bodies_over_the_limit_are_refused_unread() {
    let world = world();
    for path in ["/v1/helloworld/Hello", "/helloworld.v1.Helloworld/Hello"] {
        let mut stream = TcpStream::connect(world.micro.address()).await.unwrap();
        let more = format!("content-length: {HUGE_BYTES}");
        let head = head(path, &more, &world.micro.token());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"{").await.unwrap();
        let mut status = [0; 12];
        tokio::time::timeout(SOON, stream.read_exact(&mut status)).await.unwrap().unwrap();
        assert_eq!(&status, b"HTTP/1.1 413", "{path}");
    }
}

/// s13: one that announces none is refused once it is over the limit.
#[tokio::test]
async fn s13_chunked_bodies_over_the_limit_are_refused_on_the_way() {
    const CHUNK_BYTES: usize = 256 * 1024;
    let world = world();
    for path in ["/v1/helloworld/Hello", "/helloworld.v1.Helloworld/Hello"] {
        let stream = TcpStream::connect(world.micro.address()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let head = head(path, "transfer-encoding: chunked", &world.micro.token());
        let sending = tokio::spawn(async move {
            let start = b"{\"name\":\"";
            let first =
                [head.as_bytes(), format!("{:x}\r\n", start.len()).as_bytes(), start, b"\r\n"].concat();
            let chunk = [format!("{CHUNK_BYTES:x}\r\n").as_bytes(), &[b'a'; CHUNK_BYTES], b"\r\n"].concat();
            let mut sent = 0;
            let mut next = writer.write_all(&first).await;
            while next.is_ok() && sent < HUGE_BYTES {
                next = writer.write_all(&chunk).await;
                sent += CHUNK_BYTES;
            }
            sent
        });
        let mut status = [0; 12];
        tokio::time::timeout(SOON, reader.read_exact(&mut status)).await.unwrap().unwrap();
        assert_eq!(&status, b"HTTP/1.1 413", "{path}");
        drop(reader);
        let sent = sending.await.unwrap();
        assert!(sent < HUGE_BYTES, "all of it was taken");
    }
}

/// The head of a request, as it is on the wire.
fn head(path: &str, more: &str, token: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{more}\r\n\r\n"
    )
}

#[tokio::test]
async fn s13_messages_over_the_limit_are_refused() {
    let world = world();
    let name = "a".repeat(5 * 1024 * 1024);
    let grpc = {
        let mut message = vec![0x0a];
        prost_varint(name.len(), &mut message);
        message.extend(name.as_bytes());
        message
    };
    let answer = world.micro.http().h2().await.grpc("/helloworld.v1.Helloworld/Hello", &[], &grpc).await;
    let status = answer.headers.get("grpc-status").or(answer.trailers.get("grpc-status"));
    assert_eq!(status.map(|status| status.as_bytes()), Some(b"8".as_slice()), "{:?}", answer.headers);
    let web = [("content-type", "application/grpc-web+proto")];
    let body = micro_support::wire::frame(0, &grpc);
    let mut h2 = world.micro.http().h2().await;
    let answer = h2.post("/helloworld.v1.Helloworld/Hello", &web, body).await;
    assert!(answer.status == 413 || answer.header("grpc-status") == "8", "{:?}", answer.headers);
}

fn prost_varint(mut value: usize, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
}

#[tokio::test]
async fn s11_ambiguous_framing_is_refused() {
    let world = world();
    let token = world.micro.token();
    for lines in [
        "content-length: 2\r\ntransfer-encoding: chunked",
        "content-length: 2\r\ncontent-length: 3",
        "transfer-encoding: xchunked",
        "content-length: +2",
        "x-bad: a\0b\r\ncontent-length: 2",
    ] {
        let mut stream = TcpStream::connect(world.micro.address()).await.unwrap();
        let head = head("/v1/helloworld/Hello", lines, &token);
        let head = format!("{head}{{}}GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut all)).await;
        let text = String::from_utf8_lossy(&all);
        assert!(!text.contains("200 OK"), "{lines:?}: {text}");
    }
}
