//! Each language's service, found, described and called on every surface.

use crate::world::{World, in_each_language, name, open, service, world};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use micro_support::{
    Zoo,
    wire::{frame, frames},
};
use serde_json::{Value, json};

in_each_language!(
    listed,
    described,
    answers_json,
    answers_connect,
    answers_its_own_client,
    answers_grpc_web,
    answers_the_terminal,
);

/// A request that holds a bit of everything.
fn request() -> Value {
    json!({
        "int32Value": -7, "int64Value": "9007199254740993", "uint64Value": "18446744073709551615",
        "doubleValue": 0.1, "boolValue": true, "stringValue": "grüße", "bytesValue": "AAEC/f7/",
        "color": "COLOR_GREEN", "cage": {"number": 3, "locks": [{"closed": true, "key": "qg=="}]},
        "alias": "renamed", "optionalInt32": 0, "strings": ["a", ""], "labels": {"k": "v"},
        "animalsByCage": {"-1": {"name": "Bo", "legs": 4}}, "weights": {"-9007199254740993": 0.5},
        "wait": "1.500s", "timestamp": "2024-02-29T12:00:00.123Z", "fieldMask": "stringValue,cage.number",
        "struct": {"a": [1.5, null, {"b": "c"}]}, "int64Wrapper": "5", "tree": {"left": {"label": "l"}},
        "any": {"@type": "type.googleapis.com/zoo.v1.Animal", "name": "Ada"},
    })
}

/// Python's server compresses every answer where it is told to, whatever the caller reads.
#[tokio::test]
async fn a_service_that_compresses_unasked_is_described_and_called() {
    let world = world();
    if world.toolbox.missing("python").is_some() {
        return;
    }
    let zoo = world.toolbox.start_with("python", &["--compress"]);
    open(&world.micro, "compressing", &zoo, &[]).await;
    // Long enough to be worth compressing.
    let text = "the same again and again ".repeat(200);
    let request = json!({"stringValue": text});
    let told = world.micro.cli(&["call", "compressing", "Echo", &request.to_string()]).ok().json();
    assert_eq!(told["stringValue"], text);
    let answer = world.micro.http().json("/v1/compressing/Echo", &request).await.expect(200);
    assert_eq!(answer.json()["stringValue"], text);
    world.micro.cli(&["deregister", "compressing"]).ok();
}

async fn listed(world: &World, zoo: &Zoo) {
    let found = service(&world.micro, &name(&zoo.language)).unwrap();
    assert_eq!(found["status"], "up", "{found}");
    assert_eq!(found["versions"], json!([]), "{found}");
    let instance = &found["instances"][0];
    assert_eq!(instance["address"], zoo.address.as_str(), "{found}");
    assert_eq!((&instance["status"], &instance["version"]), (&json!("up"), &json!("")), "{found}");
    assert!(instance["since"].as_str().unwrap().starts_with("20"), "{found}");
    assert!(instance["reason"].is_string(), "{found}");
}

async fn described(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    let all = world.micro.cli(&["describe", &name, "--output", "json"]).ok().json();
    assert_eq!(all["name"], name);
    let methods = all["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 12, "{all}");
    let method = |name: &str| methods.iter().find(|method| method["name"] == name).unwrap();
    let chat = method("zoo.v1.Zoo.Chat");
    assert_eq!(
        (&chat["input"], &chat["output"]),
        (&json!("zoo.v1.ChatMessage"), &json!("zoo.v1.ChatMessage"))
    );
    let kinds = ["Echo", "Count", "Sum", "Chat"].map(|short| {
        let method = method(&format!("zoo.v1.Zoo.{short}"));
        (method["client_streaming"].as_bool().unwrap(), method["server_streaming"].as_bool().unwrap())
    });
    assert_eq!(kinds, [(false, false), (false, true), (true, false), (true, true)]);
    let comment = method("zoo.v1.Zoo.Echo")["comment"].as_str().unwrap();
    // Only uploaded descriptors carry comments.
    assert_eq!(
        comment.starts_with("Echo returns its request unchanged."),
        zoo.language == "node",
        "{comment}"
    );
    for spelling in ["Tally", "zoo.v1.Keeper.Tally", "zoo.v1.Keeper/Tally"] {
        let one = world.micro.cli(&["describe", &name, spelling, "--output", "json"]).ok().json();
        assert_eq!(one["methods"], json!([method("zoo.v1.Keeper.Tally")]));
    }
}

async fn answers_json(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    for method in ["Echo", "zoo.v1.Zoo.Echo"] {
        let answer = world.micro.http().json(&format!("/v1/{name}/{method}"), &request()).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json(), request());
    }
    // Both spellings are read, and one is written.
    let answer = world.micro.http().json(&format!("/v1/{name}/Echo"), &json!({"int32_value": 4})).await;
    assert_eq!(answer.expect(200).json(), json!({"int32Value": 4}));
}

async fn answers_connect(world: &World, zoo: &Zoo) {
    let http = world.micro.http().with("micro-service", &name(&zoo.language));
    let answer = http.with("connect-protocol-version", "1").json("/zoo.v1.Zoo/Echo", &request()).await;
    assert_eq!(answer.clone().expect(200).json(), request());
    assert_eq!(answer.header("content-type"), "application/json");
    let failed =
        http.json("/zoo.v1.Zoo/Fail", &json!({"code": 9, "message": "no", "withDetails": true})).await;
    let error = failed.expect(400).json();
    assert_eq!((&error["code"], &error["message"]), (&json!("failed_precondition"), &json!("no")));
    assert_eq!(error["details"][0]["type"], "google.rpc.BadRequest");
    let bytes = world.types.encode("zoo.v1.Everything", &request());
    let answer =
        http.post("/zoo.v1.Zoo/Echo", &[("content-type", "application/proto")], bytes).await.expect(200);
    assert_eq!(world.types.decode("zoo.v1.Everything", &answer.body), request());
}

async fn answers_its_own_client(world: &World, zoo: &Zoo) {
    let (token, name) = (world.micro.token(), name(&zoo.language));
    let call = |arguments: &[&str]| {
        let who = ["--token", &token, "--service", &name];
        world.toolbox.client(&zoo.language, world.micro.address(), &[&who, arguments].concat())
    };
    let direct = world.toolbox.client(&zoo.language, &zoo.address, &["echo", &request().to_string()]).ok();
    let through = call(&["echo", &request().to_string()]).ok();
    assert_eq!(through.json(), direct.json());
    assert_eq!(call(&["count", "3"]).ok().json_lines().len(), 3);
    assert_eq!(call(&["sum", "1,2,39"]).ok().json(), json!({"sum": "42", "count": 3}));
    let chat = call(&["chat", "a,b"]).ok().json_lines();
    assert_eq!(chat, [json!({"text": "re: a", "sequence": 1}), json!({"text": "re: b", "sequence": 2})]);
    for error in [["fail", "NOT_FOUND"].as_slice(), &["fail-stream", "ABORTED", "2"]] {
        let (through, direct) = (call(error), world.toolbox.client(&zoo.language, &zoo.address, error));
        assert_eq!((through.code, through.json_lines()), (1, direct.json_lines()));
    }
    assert_eq!(call(&["big", "3000000"]).ok().json(), json!({"bytes": 3_000_000}));
    assert_eq!(call(&["tally"]).ok().json()["versionLabel"], zoo.language.as_str());
}

async fn answers_grpc_web(world: &World, zoo: &Zoo) {
    let http = world.micro.http().with("micro-service", &name(&zoo.language)).with("x-grpc-web", "1");
    let message = frame(0, &world.types.encode("zoo.v1.Everything", &request()));
    let binary =
        http.post("/zoo.v1.Zoo/Echo", &[("content-type", "application/grpc-web+proto")], message.clone());
    let binary = binary.await.expect(200);
    assert_eq!(binary.header("content-type"), "application/grpc-web+proto");
    check_web(world, &binary.body, &[request()]);
    let text = [("content-type", "application/grpc-web-text")];
    let answer = http.post("/zoo.v1.Zoo/Echo", &text, STANDARD.encode(message)).await.expect(200);
    assert!(answer.header("content-type").starts_with("application/grpc-web-text"), "{answer:?}");
    // Pieces are padded one by one.
    let decoded = answer.body.chunks(4).flat_map(|piece| STANDARD.decode(piece).unwrap());
    check_web(world, &decoded.collect::<Vec<_>>(), &[request()]);
}

/// The messages, then the trailers' frame with a good status.
fn check_web(world: &World, body: &[u8], expected: &[Value]) {
    let frames = frames(body);
    let (last, messages) = frames.split_last().unwrap();
    let trailers = String::from_utf8(last.1.clone()).unwrap();
    assert_eq!(last.0, 0x80);
    assert!(trailers.lines().any(|line| line.replace(' ', "") == "grpc-status:0"), "{trailers}");
    let messages = messages.iter().map(|frame| world.types.decode("zoo.v1.Everything", &frame.1));
    assert_eq!(messages.collect::<Vec<_>>(), expected);
}

async fn answers_the_terminal(world: &World, zoo: &Zoo) {
    let name = name(&zoo.language);
    let call = |arguments: &[&str]| world.micro.cli(&[&["call", &name], arguments].concat());
    let text = request().to_string();
    let answer = call(&["Echo", &text]).ok();
    assert_eq!(answer.json(), request());
    assert_eq!(answer.stdout.lines().count(), 1);
    assert_eq!(world.micro.cli_reading(&["call", &name, "Echo", "-"], &text).ok().json(), request());
    assert_eq!(call(&["zoo.v1.Zoo/Count", r#"{"to":3}"#]).ok().json_lines().len(), 3);
    let sum = world.micro.cli_reading(&["call", &name, "Sum", "-"], "{\"value\":1}\n{\"value\":\"41\"}\n");
    assert_eq!(sum.ok().json(), json!({"sum": "42", "count": 2}));
    let chat = call(&["zoo.v1.Zoo.Chat", r#"{"text":"a"} {"text":"b"}"#]).ok();
    assert_eq!(chat.json_lines()[1], json!({"text": "re: b", "sequence": 2}));
    let failed = call(&["Fail", r#"{"code":5,"message":"gone","withDetails":true}"#]);
    assert_eq!((failed.code, failed.stdout.as_str()), (69, ""));
    assert!(failed.stderr.starts_with("NOT_FOUND: gone\n"), "{failed:?}");
    assert!(failed.stderr.contains("zoo.v1.Refusal"), "{failed:?}");
    let late = call(&["FailStream", r#"{"code":10,"message":"late","afterMessages":2}"#]);
    assert_eq!((late.code, late.json_lines().len()), (74, 2), "{late:?}");
    assert!(late.stderr.starts_with("ABORTED: late"), "{late:?}");
}
