#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const NAME_MAX: usize = 32;
const OPTIONS_MAX: usize = 25;
const COMMAND_MAX: usize = 8_000;

fn list<'v>(part: &'v Value, key: &str) -> &'v [Value] {
    part[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn characters(part: &Value) -> usize {
    let text = |key: &str| part[key].as_str().unwrap_or_default().chars().count();
    text("name") + text("description") + list(part, "options").iter().map(characters).sum::<usize>()
}

fn check(part: &Value) {
    let (name, about) = (part["name"].as_str().unwrap(), part["description"].as_str().unwrap());
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    assert!(!name.is_empty() && name.len() <= NAME_MAX && name.chars().all(good), "{name}");
    assert!((1..=DESCRIPTION_MAX).contains(&about.chars().count()), "{about}");
    let options = list(part, "options");
    assert!(options.len() <= OPTIONS_MAX);
    let mut names: Vec<_> = options.iter().map(|option| option["name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), options.len());
    let is_required = |option: &Value| option["required"] == true;
    assert!(options.is_sorted_by_key(|option| !is_required(option)), "required options come first");
    options.iter().for_each(check);
}

#[test]
fn the_commands_keep_discord_s_limits() {
    let commands = commands();
    let [micro] = commands.as_array().unwrap().as_slice() else { panic!("one command") };
    check(micro);
    assert!(characters(micro) <= COMMAND_MAX, "{}", characters(micro));
}

#[test]
fn every_command_of_chat_is_a_subcommand() {
    let commands = commands();
    let of = |name: &str| {
        list(&commands[0], "options").iter().find(|command| command["name"] == name).cloned().unwrap()
    };
    assert_eq!(list(&commands[0], "options").len(), on(Surface::Chat).count());
    let names = |name: &str| -> Vec<String> {
        list(&of(name), "options").iter().map(|option| option["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("run"), ["service", "method", "args"]);
    assert_eq!(names("call"), ["service", "method", "body"]);
    assert_eq!((names("link"), names("whoami")), (vec!["code".to_owned()], vec![]));
    let run = of("run");
    assert_eq!(
        (&run["options"][0]["autocomplete"], &run["options"][2]["required"]),
        (&json!(true), &json!(false))
    );
}

#[test]
fn what_discord_adds_makes_no_difference() {
    let mut known = commands();
    known[0]["id"] = json!("1");
    known[0]["version"] = json!("2");
    known[0]["nsfw"] = json!(false);
    known[0]["contexts"] = json!([1, 0]);
    known[0]["default_member_permissions"] = Value::Null;
    known[0]["name_localizations"] = Value::Null;
    for command in known[0]["options"].as_array_mut().unwrap() {
        for option in command["options"].as_array_mut().unwrap() {
            // Discord leaves out what is false.
            option.as_object_mut().unwrap().retain(|_, value| *value != json!(false));
        }
    }
    assert_eq!(normal(&known), normal(&commands()));
    known[0]["options"][0]["description"] = json!("Another");
    assert_ne!(normal(&known), normal(&commands()));
    assert_ne!(normal(&json!([])), normal(&commands()));
}
