//! Services whose reflection lies: what can be understood is used, and what cannot is said.

use crate::world::{SOON, register, service, world};
use micro_support::{Zoo, until};
use serde_json::{Value, json};
use std::time::Instant;

/// Starts a liar and registers it; none where Python is missing.
async fn lie(mode: &str) -> Option<(Zoo, String)> {
    let world = world();
    world.toolbox.missing("python").is_none().then_some(())?;
    let liar = world.toolbox.start_with("liar", &["--mode", mode]);
    let name = format!("liar-{mode}");
    register(&world.micro, &name, &liar.address, &[]);
    until("the liar is up", SOON, async || {
        service(&world.micro, &name).filter(|found| found["status"] == "up")
    })
    .await;
    Some((liar, name))
}

/// The description, once there is one with methods or omissions.
async fn described(name: &str) -> Value {
    let world = world();
    until("it is described", SOON, async || {
        let output = world.micro.cli(&["describe", name, "-o", "json"]);
        (output.code == 0).then(|| output.json()).filter(|found| {
            ["methods", "omitted"].iter().any(|part| !found[part].as_array().unwrap().is_empty())
        })
    })
    .await
}

/// The truthful half answers on every surface.
async fn is_honest(name: &str) {
    let world = world();
    let answer =
        world.micro.http().json(&format!("/v1/{name}/liar.v1.Honest.Say"), &json!({"text": "truth"})).await;
    assert_eq!(answer.expect(200).json(), json!({"text": "truth"}));
    let cli = world.micro.cli(&[name, "say", "--text", "truth"]).ok();
    assert_eq!(cli.json(), json!({"text": "truth"}));
}

fn names(description: &Value) -> Vec<&str> {
    description["methods"].as_array().unwrap().iter().map(|method| method["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_file_that_imports_itself_is_left_out() {
    let Some((_liar, name)) = lie("cycle").await else { return };
    let description = described(&name).await;
    assert!(names(&description).contains(&"liar.v1.Honest.Say"), "{description}");
    assert!(!description["omitted"].as_array().unwrap().is_empty(), "{description}");
    assert!(description["omitted"].to_string().contains("liar"), "{description}");
    is_honest(&name).await;
}

#[tokio::test]
async fn a_missing_import_leaves_out_what_needs_it() {
    let Some((_liar, name)) = lie("missing-import").await else { return };
    let description = described(&name).await;
    let names = names(&description);
    assert!(names.contains(&"liar.v1.Honest.Say") && names.contains(&"liar.v1.Liar.Tell"), "{description}");
    assert!(description["omitted"].to_string().contains("gone.proto"), "{description}");
    is_honest(&name).await;
    // Words for people say it too.
    let told = world().micro.cli(&["describe", &name]).ok();
    assert!(told.stderr.contains("left out: "), "{told:?}");
}

#[tokio::test]
async fn r09_ten_thousand_methods_are_bearable() {
    let Some((_liar, name)) = lie("huge").await else { return };
    let description = described(&name).await;
    assert!(names(&description).contains(&"liar.v1.Honest.Say"));
    let huge = names(&description).len();
    assert!(
        huge > 9_000 || !description["omitted"].as_array().unwrap().is_empty(),
        "{huge} methods, and no word"
    );
    is_honest(&name).await;
    let started = Instant::now();
    let world = world();
    world.micro.http().get("/v1/openapi.json").await.expect(200);
    let last = world.micro.http().json(&format!("/v1/{name}/Method09999"), &json!({"text": "x"})).await;
    assert!(last.status == 200 || !description["omitted"].as_array().unwrap().is_empty(), "{last:?}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    world.micro.cli(&["deregister", &name]).ok();
}

#[tokio::test]
async fn garbage_is_left_out() {
    let Some((_liar, name)) = lie("garbage").await else { return };
    let description = described(&name).await;
    assert_eq!(names(&description), ["liar.v1.Honest.Say"]);
    assert!(description["omitted"].to_string().contains("liar.v1.Liar"), "{description}");
    is_honest(&name).await;
}

#[tokio::test]
async fn reflection_that_never_answers_holds_up_nobody() {
    let Some((_liar, name)) = lie("slow").await else { return };
    let world = world();
    let started = Instant::now();
    let answer = world.micro.http().json(&format!("/v1/{name}/Say"), &json!({})).await;
    assert!(answer.status >= 400, "{answer:?}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    world.micro.http().json("/v1/helloworld/Hello", &json!({})).await.expect(200);
    // It is said, and the catalog goes on.
    until("it is said why there is no description", SOON, async || {
        let told = world.micro.cli(&["describe", &name]);
        format!("{}{}", told.stdout, told.stderr).contains("reflection").then_some(())
    })
    .await;
}

#[tokio::test]
async fn reflection_v1alpha_is_enough() {
    let Some((_liar, name)) = lie("v1alpha-only").await else { return };
    assert_eq!(names(&described(&name).await), ["liar.v1.Honest.Say"]);
    is_honest(&name).await;
}

#[tokio::test]
async fn services_that_describe_nothing_pass_grpc_through() {
    let world = world();
    if world.toolbox.missing("go").is_some() {
        return;
    }
    let zoo = world.toolbox.start_with("go", &["--reflection", "none", "--version-label", "mute"]);
    register(&world.micro, "mute", &zoo.address, &[]);
    until("it is up", SOON, async || service(&world.micro, "mute").filter(|found| found["status"] == "up"))
        .await;
    let told = world.micro.cli(&["describe", "mute"]);
    assert!(format!("{told:?}").contains("descriptors"), "it says what to do: {told:?}");
    let answer = world.micro.http().json("/v1/mute/Tally", &json!({})).await;
    assert!(answer.status >= 400 && answer.text().contains("--descriptors"), "{answer:?}");
    // Uploading descriptors later for the same address mends it.
    let file = world.toolbox.descriptors().display().to_string();
    register(&world.micro, "mute", &zoo.address, &["--descriptors".to_owned(), file]);
    until("it can be called", SOON, async || {
        let answer = world.micro.http().json("/v1/mute/Tally", &json!({})).await;
        (answer.status == 200 && answer.json()["versionLabel"] == "mute").then_some(())
    })
    .await;
    world.micro.cli(&["deregister", "mute"]).ok();
}

#[tokio::test]
async fn descriptors_that_are_none_are_refused() {
    let world = world();
    let file = world.micro.folder().join("no-descriptors");
    std::fs::write(&file, b"\xff\xff\xff\xffthis is no descriptor").unwrap();
    let file = file.display().to_string();
    let output =
        world.micro.cli(&["register", "undescribed", "--grpc", "127.0.0.1:9", "--descriptors", &file]);
    assert_eq!(output.code, 67, "{output:?}");
    assert_eq!(service(&world.micro, "undescribed"), None);
}

#[tokio::test]
async fn health_that_says_no_is_failing() {
    let world = world();
    if world.toolbox.missing("go").is_some() {
        return;
    }
    let sick = world.toolbox.start_with("go", &["--health", "not-serving"]);
    let plain = world.toolbox.start_with("go", &["--health", "none"]);
    register(&world.micro, "sick", &sick.address, &[]);
    register(&world.micro, "plain", &plain.address, &[]);
    let found = until("a sick service is failing", SOON, async || {
        service(&world.micro, "sick").filter(|found| found["status"] == "failing")
    })
    .await;
    assert!(found["instances"][0]["reason"].as_str().unwrap().contains("NOT_SERVING"), "{found}");
    // One without a health service is up when it can be connected to.
    until("a plain service is up", SOON, async || {
        service(&world.micro, "plain").filter(|found| found["status"] == "up")
    })
    .await;
    for name in ["sick", "plain"] {
        world.micro.cli(&["deregister", name]).ok();
    }
}
