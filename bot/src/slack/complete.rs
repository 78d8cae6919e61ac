//! Options of a menu that is being looked through. They ride in the answer, which Slack waits three seconds for, so they come from
//! memory: the menu was shown after its names were asked for.

use super::render::plain_text;
use crate::{
    Core,
    complete::{Limits, Names, Wanted, at_once, fitting},
    handlers::choose,
};
use micro_domain::{chat::Person, view::Does};
use serde_json::{Value, json};
use std::sync::Arc;

/// Options of an answer, and characters of an option's value.
const LIMITS: Limits = Limits { choices: 100, characters: 150 };
/// Characters of an option's text.
const TEXT_MAX: usize = 75;

/// The options of a menu, by its id, that fit what was typed; none of a menu that is somebody else's, or of before.
pub(super) fn options(core: &Arc<Core>, person: &Person, menu: &str, typed: &str) -> Value {
    let names = names(core, person, menu).unwrap_or_default();
    let option = |name: String| json!({"text": plain_text(&end(&name, TEXT_MAX)), "value": name});
    let options: Vec<Value> = fitting(names.iter(), typed, LIMITS).into_iter().map(option).collect();
    json!({"options": options})
}

fn names(core: &Arc<Core>, person: &Person, menu: &str) -> Option<Names> {
    let Does::Pick(invocation) = core.actions.find(menu, person).ok()?.does else { return None };
    let topic = choose::topic(&invocation, invocation.missing()?)?;
    Some(at_once(core, Wanted { person: person.clone(), topic }))
}

/// At most `most` characters, the last ones: names differ at their end.
fn end(name: &str, most: usize) -> String {
    let missing = name.chars().count().saturating_sub(most);
    if missing == 0 {
        return name.to_owned();
    }
    let kept: String = name.chars().skip(missing + 1).collect();
    format!("…{kept}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::{complete::Topic, status::Statuses};
    use micro_client::Client;
    use micro_domain::command::chat;

    fn ann() -> Person {
        Person::slack("T1", "U1").unwrap()
    }

    /// Somebody who knows these services, and the id of a menu of theirs.
    fn menu_of(services: &[&str]) -> (Arc<Core>, String) {
        let client = Client::connect("http://127.0.0.1:9", None).unwrap();
        let core = Core::new(client, "https://micro.example", Statuses::new(None, None), false);
        let names = services.iter().map(|name| (*name).to_owned()).collect();
        core.known.keep(&Wanted { person: ann(), topic: Topic::Services }, names);
        let does = Does::Pick(chat::parse("call").unwrap());
        let menu = core.actions.keep(&Arc::new(ann()), does, None, Vec::new());
        (Arc::new(core), menu)
    }

    fn count(options: &Value) -> usize {
        options["options"].as_array().unwrap().len()
    }

    #[tokio::test]
    async fn options_fit_what_was_typed_and_slack_s_limits() {
        let long = "a.".repeat(74);
        let (core, menu) = menu_of(&["greeter", "big-greeter", "billing", &long, &"x".repeat(151)]);
        let found = options(&core, &ann(), &menu, "Gree");
        assert_eq!((count(&found), &found["options"][0]["value"]), (2, &json!("greeter")));
        let all = options(&core, &ann(), &menu, "");
        assert_eq!((count(&all), &all["options"][3]["value"]), (4, &json!(long)));
        let text = all["options"][3]["text"]["text"].as_str().unwrap();
        assert!(text.chars().count() == TEXT_MAX && text.starts_with('…') && text.ends_with("a."), "{text}");
        let many: Vec<String> = (0..300).map(|at| format!("s{at}")).collect();
        let (core, menu) = menu_of(&many.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(count(&options(&core, &ann(), &menu, "s")), LIMITS.choices);
    }

    #[tokio::test]
    async fn nobody_sees_somebody_else_s_names() {
        let (core, menu) = menu_of(&["greeter"]);
        assert_eq!(count(&options(&core, &Person::slack("T1", "U2").unwrap(), &menu, "")), 0);
        assert_eq!(count(&options(&core, &Person::slack("T2", "U1").unwrap(), &menu, "")), 0);
        assert_eq!(count(&options(&core, &ann(), "none", "")), 0);
        core.known.forget(&ann());
        assert_eq!(count(&options(&core, &ann(), &menu, "")), 0);
    }
}
