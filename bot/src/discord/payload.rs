//! What Discord sends: interactions, read so that what is new or missing in them does no harm.

use crate::job::Asked;
use micro_domain::{
    Error,
    chat::{Names, Person},
    view::Speaker,
};
use serde_json::Value;

/// Longest token, in bytes; real ones have about 200.
const TOKEN_MAX_BYTES: usize = 1_024;
/// How deep options are nested at most: group, subcommand, option.
const DEPTH_MAX: usize = 3;

/// What Discord wants to know or to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interaction {
    /// Its id.
    pub(super) id: String,
    /// The application's id.
    pub(super) application: String,
    /// What answers are sent with: a secret for 15 minutes.
    pub(super) token: String,
    /// What it is.
    pub(super) what: What,
}

/// What an interaction is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// Whether anybody is there.
    Ping,
    /// A command that was sent.
    Command(Speaker, Typed),
    /// A command that is being typed.
    Completion(Speaker, Typed),
    /// A button, or a chosen option of a menu.
    Click(Speaker, Asked),
    /// A modal: its id, and what its inputs hold.
    Submit(Speaker, String, Vec<(String, String)>),
}

/// A command, by its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// The command's own name: `micro`.
    pub(super) name: String,
    /// Its subcommand; empty for none.
    pub(super) subcommand: String,
    /// Options and what they hold.
    pub(super) options: Vec<(String, String)>,
    /// The option that is being typed.
    pub(super) focused: Option<String>,
}

impl Typed {
    /// What an option holds; empty for one that was not given.
    pub(super) fn value(&self, name: &str) -> &str {
        self.options.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Interaction {
    /// Reads what was sent.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what is no interaction; nothing of it is in the message.
    pub(super) fn read(payload: &Value) -> Result<Self, Error> {
        let (id, application, token) =
            (text(payload, "id"), text(payload, "application_id"), text(payload, "token"));
        let kind = payload["type"].as_u64();
        let what = match kind {
            Some(1) => What::Ping,
            Some(2) => What::Command(speaker(payload)?, typed(&payload["data"])),
            Some(3) => What::Click(speaker(payload)?, clicked(&payload["data"])),
            Some(4) => What::Completion(speaker(payload)?, typed(&payload["data"])),
            Some(5) => {
                What::Submit(speaker(payload)?, text(&payload["data"], "custom_id"), filled(&payload["data"]))
            }
            _ => return Err(unreadable()),
        };
        // They become part of an address.
        let good = is_number(&id) && is_number(&application) && is_token(&token);
        if !good && what != What::Ping {
            return Err(unreadable());
        }
        Ok(Self { id, application, token, what })
    }
}

/// What is told of what cannot be read.
pub(super) fn unreadable() -> Error {
    Error::invalid("this is no interaction")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_token(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'~');
    !text.is_empty() && text.len() <= TOKEN_MAX_BYTES && text.bytes().all(good) && !text.contains("..")
}

/// A text, or a number or truth as one; empty for anything else.
fn text(part: &Value, key: &str) -> String {
    match &part[key] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

fn list<'v>(part: &'v Value, key: &str) -> &'v [Value] {
    part[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Who speaks: a member of a server, or a user in a direct message.
fn speaker(payload: &Value) -> Result<Speaker, Error> {
    let member = &payload["member"]["user"];
    let user = if member.is_object() { member } else { &payload["user"] };
    let person = Person::discord(&text(user, "id")).map_err(|_| unreadable())?;
    let shown = text(user, "global_name");
    let name = if shown.is_empty() { text(user, "username") } else { shown };
    // What the server is called is not told.
    let names = Names { workspace: String::new(), user: name }.cleaned();
    Ok(Speaker { person, names })
}

fn typed(data: &Value) -> Typed {
    let mut typed = Typed { name: text(data, "name"), ..Typed::default() };
    let mut options = list(data, "options");
    let mut words = Vec::new();
    for _ in 0..DEPTH_MAX {
        let [only] = options else { break };
        // A group or a subcommand.
        if !matches!(only["type"].as_u64(), Some(1 | 2)) {
            break;
        }
        words.push(text(only, "name"));
        options = list(only, "options");
    }
    typed.subcommand = words.join(" ");
    for option in options {
        if option["focused"] == true {
            typed.focused = Some(text(option, "name"));
        }
        typed.options.push((text(option, "name"), text(option, "value")));
    }
    typed
}

/// A button carries its own id, a menu its own and a name.
fn clicked(data: &Value) -> Asked {
    let id = text(data, "custom_id");
    match list(data, "values").first().and_then(Value::as_str) {
        None => Asked::Clicked(id),
        Some(chosen) => Asked::Chosen(id, chosen.to_owned()),
    }
}

fn filled(data: &Value) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for row in list(data, "components") {
        // Rows hold a list, labels one input.
        let labelled = std::iter::once(&row["component"]).filter(|input| input.is_object());
        for input in list(row, "components").iter().chain(labelled) {
            values.push((text(input, "custom_id"), text(input, "value")));
        }
    }
    values
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    fn payload(kind: u8, data: &Value) -> Value {
        json!({
            "id": "1", "application_id": "2", "token": "aW50-x_y", "type": kind, "data": data, "new": {"a": [1]},
            "guild_id": "7", "member": {"user": {"id": "42", "username": "ann", "global_name": "Ann\u{202e}"}},
        })
    }

    #[test]
    fn a_command_is_its_words_and_who_speaks() {
        let data = json!({"name": "micro", "options": [{"type": 1, "name": "run", "options": [
            {"type": 3, "name": "service", "value": "greeter"},
            {"type": 3, "name": "method", "value": "hel", "focused": true},
            {"type": 4, "name": "count", "value": 3},
        ]}]});
        let What::Completion(speaker, typed) = Interaction::read(&payload(4, &data)).unwrap().what else {
            panic!("no completion");
        };
        assert_eq!(speaker.person.to_string(), "discord/42");
        assert_eq!((speaker.names.workspace.as_str(), speaker.names.user.as_str()), ("", "Ann"));
        assert_eq!((typed.name.as_str(), typed.subcommand.as_str()), ("micro", "run"));
        assert_eq!(typed.focused.as_deref(), Some("method"));
        assert_eq!((typed.value("service"), typed.value("count"), typed.value("args")), ("greeter", "3", ""));
    }

    #[test]
    fn a_direct_message_names_its_user_itself() {
        let mut sent = payload(2, &json!({"name": "micro", "options": [{"type": 1, "name": "help"}]}));
        sent["member"] = Value::Null;
        sent["user"] = json!({"id": 43, "username": "bob", "global_name": null});
        let What::Command(speaker, typed) = Interaction::read(&sent).unwrap().what else {
            panic!("no command");
        };
        assert_eq!((speaker.person.user(), speaker.names.user.as_str()), ("43", "bob"));
        assert_eq!((typed.subcommand.as_str(), typed.options.len()), ("help", 0));
    }

    #[test]
    fn clicks_and_modals_say_what_they_carry() {
        let what = |kind, data: Value| Interaction::read(&payload(kind, &data)).unwrap().what;
        let click = |data| match what(3, data) {
            What::Click(_, asked) => asked,
            other => panic!("{other:?}"),
        };
        let clicked = |id: &str| Asked::Clicked(id.to_owned());
        assert_eq!(click(json!({"component_type": 2, "custom_id": "abc", "values": null})), clicked("abc"));
        let chosen = click(json!({"component_type": 3, "custom_id": "abc", "values": ["greeter"]}));
        assert_eq!(chosen, Asked::Chosen("abc".to_owned(), "greeter".to_owned()));
        let What::Submit(_, id, values) = what(
            5,
            json!({"custom_id": "f", "components": [
                {"type": 1, "components": [{"type": 4, "custom_id": "name", "value": "Ann"}]},
                {"type": 18, "component": {"type": 4, "custom_id": "age", "value": "3"}},
                {"type": 10},
            ]}),
        ) else {
            panic!("no modal");
        };
        assert_eq!(id, "f");
        assert_eq!(values, [("name".into(), "Ann".into()), ("age".into(), "3".into())]);
    }

    #[test]
    fn what_is_no_interaction_is_refused() {
        assert_eq!(Interaction::read(&json!({"type": 1})).unwrap().what, What::Ping);
        let mut bad = vec![json!(null), json!([]), json!("x"), json!({"type": 2}), payload(9, &Value::Null)];
        for (key, value) in [
            ("id", json!("../1")),
            ("application_id", json!("")),
            ("token", json!("a/b")),
            ("token", json!("..")),
            ("member", json!({"user": {"id": "a b"}})),
        ] {
            let mut sent = payload(3, &json!({"custom_id": "x"}));
            sent[key] = value;
            bad.push(sent);
        }
        for sent in bad {
            assert!(Interaction::read(&sent).is_err(), "{sent}");
        }
    }
}
