//! Tools that know nothing of Micro: whatever speaks gRPC reflection finds and calls services through it.

use crate::world::world;
use micro_support::{Output, process, wire};
use serde_json::json;
use std::{path::PathBuf, process::Command, sync::OnceLock, time::Duration};

const GRPCURL: &str = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";
/// How long Go may take to fetch and build it.
const BUILD_MAX: Duration = Duration::from_secs(10 * 60);
const REFLECTION: [&str; 2] = ["v1", "v1alpha"];

/// grpcurl as Go builds it, kept between runs; none where Go is missing.
fn grpcurl() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| {
        let world = world();
        world.toolbox.missing("go").is_none().then_some(())?;
        let folder = crate::world::program().parent().unwrap().join("go-tools");
        let program = folder.join("grpcurl");
        if !program.exists() {
            let mut go = Command::new("go");
            go.args(["install", GRPCURL]).env("GOBIN", &folder).current_dir("/");
            process::run_within(BUILD_MAX, &mut go, b"").ok();
        }
        Some(program)
    });
    program.as_ref()
}

fn run(headers: &[&str], arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(grpcurl()?);
    command.arg("-plaintext");
    for header in headers {
        command.args(["-H", header]);
    }
    Some(process::run(command.args(arguments), b""))
}

#[tokio::test]
async fn grpcurl_lists_describes_and_calls() {
    let world = world();
    let (address, name) = (world.micro.address(), world.any_name());
    let token = format!("authorization: Bearer {}", world.micro.token());
    let Some(list) = run(&[&token], &[address, "list"]) else { return };
    let list = list.ok().stdout;
    for service in ["helloworld.v1.Helloworld", "zoo.v1.Zoo", "zoo.v1.Keeper", "micro.v1.RegistryService"] {
        assert!(list.lines().any(|line| line == service), "{list}");
    }
    let described = run(&[&token], &[address, "describe", "zoo.v1.Everything"]).unwrap().ok().stdout;
    assert!(described.contains("map<int32, .zoo.v1.Animal> animals_by_cage = 52"), "{described}");
    let hello =
        run(&[&token], &["-d", r#"{"name":"Ann"}"#, address, "helloworld.v1.Helloworld/Hello"]).unwrap();
    assert_eq!(hello.ok().json(), json!({"message": "Hello, Ann"}));
    let chosen = format!("micro-service: {name}");
    let request = json!({"int64Value": "9007199254740993", "labels": {"k": "v"}});
    let echo = run(&[&token, &chosen], &["-d", &request.to_string(), address, "zoo.v1.Zoo/Echo"]).unwrap();
    assert_eq!(echo.ok().json(), request);
    let health = run(&[&token], &[address, "grpc.health.v1.Health/Check"]).unwrap();
    assert_eq!(health.ok().json(), json!({"status": "SERVING"}));
    let stranger = run(&[], &[address, "list"]).unwrap();
    assert!(stranger.code != 0 && stranger.stderr.contains("Unauthenticated"), "{stranger:?}");
    assert!(!stranger.stderr.contains("zoo.v1"), "{stranger:?}");
}

#[tokio::test]
async fn reflection_answers_in_both_versions() {
    let world = world();
    let mut h2 = world.micro.http().h2().await;
    for version in REFLECTION {
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        // list_services of any host.
        let answer = h2.grpc(&path, &[], &[0x3a, 0]).await.expect(200);
        let frames = wire::frames(&answer.body);
        let text = String::from_utf8_lossy(&frames[0].1).into_owned();
        assert!(
            text.contains("helloworld.v1.Helloworld") && text.contains("zoo.v1.Zoo"),
            "{version}: {text}"
        );
        let symbol = b"zoo.v1.Zoo";
        let asked = [&[0x22, u8::try_from(symbol.len()).unwrap()], symbol.as_slice()].concat();
        let answer = h2.grpc(&path, &[], &asked).await.expect(200);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(text.contains("Everything") && text.contains("zoo/v1/zoo.proto"), "{version}");
    }
}
