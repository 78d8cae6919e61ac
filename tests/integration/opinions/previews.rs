//! What `micro bot preview` shows, of every kind of answer there is.

use super::{HOSTILE, Payloads, long};
use crate::world;
use micro_support::{Micro, Zoo};
use serde_json::json;

/// How many services there are besides the base ones: more than a list or a menu of either platform can show.
const SERVICES: usize = 110;

/// A test service beside the base ones, and more services than fit anywhere, with the longest names there are.
pub(super) async fn populate(micro: &Micro) -> Option<Zoo> {
    for number in 0..SERVICES {
        let name = format!("{}{number:03}", "n".repeat(60));
        // Nothing listens there: it is listed as down, with a reason.
        world::register(micro, &name, "127.0.0.1:9", &[]);
    }
    any_zoo(micro).await
}

/// A test service that says whatever it is told; none where no language is there, which was said.
pub(super) async fn any_zoo(micro: &Micro) -> Option<Zoo> {
    world::LANGUAGES.iter().find(|language| world::toolbox().missing(language).is_none())?;
    let zoo = world::any_zoo("opinions");
    world::open(micro, "zoo", &zoo, &[]).await;
    Some(zoo)
}

/// What is typed after `/micro`, so that every kind of answer is there.
pub(super) fn lines(micro: &Micro, has_zoo: bool) -> Vec<String> {
    let manifest = micro.cli(&["bot", "setup", "slack"]).ok().json();
    let hint = manifest["features"]["slash_commands"][0]["usage_hint"].as_str().unwrap().to_owned();
    let mut lines: Vec<String> = hint.split(" | ").map(|command| format!("help {command}")).collect();
    let of_base = |line: &str| lines_of_base(line, micro);
    lines.extend(
        ["service {service}", "run {service}", "call {service}"].iter().flat_map(|line| of_base(line)),
    );
    for line in [
        "help",
        "help nothing",
        "services",
        "services h",
        "services nothing-like-it",
        "whoami",
        "link",
        "link 12345678",
        "unlink",
        "service",
        "service nothing",
        "run",
        "call",
        "run helloworld hello name:Ann",
        "run helloworld helo",
        "run helloworld hello nmae:x",
        "run helloworld stream",
        "run helloworld stream name:Ann count:50",
        "run helloworld collect",
        "run cache set",
        "run cache get key:absent",
        "run cache set key:a value:b",
        "call cache Set key:a value:b",
        "call helloworld Hello",
        "call id Generate {\"type\": \"nope\"}",
        "call id Generate",
        "call id Types",
        "call time Nothing",
        "run password generate",
        "run qr generate text:hello",
        "run otp generate account:ann",
    ] {
        lines.push(line.to_owned());
    }
    // What is asked before it changes data, and what answers or fails with it.
    for text in [HOSTILE, &long()] {
        let quoted = json!(text).to_string();
        lines.push(format!("services {quoted}"));
        lines.push(format!("service {quoted}"));
        lines.push(format!("run helloworld hello name:{quoted}"));
        lines.push(format!("call cache Set {}", json!({"key": text, "value": text})));
        lines.push(format!("call id Generate {}", json!({"type": text})));
        lines.push(format!("run cache get key:{quoted}"));
        if has_zoo {
            lines.push(format!("call zoo Echo {}", json!({"stringValue": text, "strings": [text, text]})));
            let failing = json!({"code": 9, "message": text, "withDetails": true});
            lines.push(format!("call zoo Fail {failing}"));
        }
    }
    if has_zoo {
        for line in
            ["service zoo", "run zoo", "run zoo echo", "run zoo sum", "call zoo Fail", "call zoo Tally"]
        {
            lines.push(line.to_owned());
        }
    }
    lines
}

/// A line for each of the base services and for the one with the longest name.
fn lines_of_base(line: &str, micro: &Micro) -> Vec<String> {
    let services = micro.cli(&["services", "-o", "json"]).ok().json();
    let names =
        services.as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap().to_owned());
    let kept = names.filter(|name| !name.starts_with("nnn") || name.ends_with("000"));
    kept.map(|name| line.replace("{service}", &name)).collect()
}

/// What `micro bot preview` shows for every line.
pub(super) fn previews(micro: &Micro, lines: &[String], payloads: &mut Payloads) {
    for line in lines {
        let shown = micro.cli(&["bot", "preview", "-o", "json", "--", line]);
        if shown.code != 0 {
            // Lines that are no command are answered by other ways than a preview; the story types some.
            assert!(shown.stderr.contains("INVALID_ARGUMENT"), "{line}: {shown:?}");
            continue;
        }
        let shown = shown.json();
        let (slack, discord) = (&shown["slack"], &shown["discord"]);
        let is_form = slack["type"] == "modal";
        payloads.slack(line, if is_form { "view" } else { "message" }, slack);
        payloads.discord(line, if is_form { "modal" } else { "message" }, discord);
    }
}
