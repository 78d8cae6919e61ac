//! What is typed after `/micro` in Slack and Discord.
//!
//! ```text
//! line  = command { arg }
//! arg   = positional | key ":" value | "--" key [ "=" value ]
//! value = bare | '"' … '"' | '{' json '}' | '[' json ']'
//! ```
//!
//! Phones and desktops turn quotes and dashes into typographic ones; those are read as what was meant.

mod read;

use super::{Argument, Command, Surface, on};
use crate::{Error, suggest};
use read::{Part, parts};
use std::collections::BTreeMap;

/// Longest line that is read, in bytes; Slack itself ends near 4,000 characters, Discord at 6,000.
pub const LINE_MAX_BYTES: usize = 32 * 1024;

/// A command as typed, with its arguments sorted out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Which command.
    pub command: &'static Command,
    values: BTreeMap<&'static str, String>,
    /// Fields of the request, in the order they were typed.
    pub fields: Vec<Field>,
    /// The request as JSON, where it was given so.
    pub body: Option<String>,
}

/// `name:Ann`, or `--loud`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The field's path: `address.city`.
    pub key: String,
    /// Its value; none for a bare `--key`.
    pub value: Option<String>,
}

impl Field {
    /// As the command line would have it: `--name=Ann`.
    #[must_use]
    pub fn flag(&self) -> String {
        match &self.value {
            Some(value) => format!("--{}={value}", self.key),
            None => format!("--{}", self.key),
        }
    }
}

impl Invocation {
    /// The value of an argument; none where it was not given.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The first argument that the command cannot do without and that was not given.
    #[must_use]
    pub fn missing(&self) -> Option<&'static Argument> {
        let mut needed = self.command.arguments_on(Surface::Chat).filter(|argument| argument.required);
        needed.find(|argument| self.value(argument.name).is_none_or(str::is_empty))
    }

    /// The same command with this value for an argument.
    #[must_use]
    pub fn with(mut self, argument: &'static Argument, value: String) -> Self {
        self.values.insert(argument.name, value);
        self
    }

    /// Whether anything of a request was given.
    #[must_use]
    pub fn has_request(&self) -> bool {
        self.body.is_some() || !self.fields.is_empty()
    }

    /// A command without arguments.
    #[must_use]
    pub const fn bare(command: &'static Command) -> Self {
        Self { command, values: BTreeMap::new(), fields: Vec::new(), body: None }
    }

    /// A command whose arguments are named already, as Discord's options are.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for an unknown argument, and for a request that cannot be read.
    pub fn of(command: &str, named: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let mut invocation = Self::bare(find(command)?);
        for (name, value) in named {
            let argument = argument(invocation.command, &name)
                .ok_or_else(|| unknown_argument(invocation.command, &name))?;
            if is_request(argument) {
                invocation.take_request(&value)?;
            } else {
                invocation.values.insert(argument.name, value);
            }
        }
        Ok(invocation)
    }

    /// Reads what stands for a request: JSON, or fields.
    fn take_request(&mut self, text: &str) -> Result<(), Error> {
        for part in parts(text)? {
            match part {
                Part::Json(json) => self.take_body(json)?,
                Part::Pair(key, value) => self.fields.push(Field { key, value }),
                Part::Word(word) => return Err(no_field(&word)),
            }
        }
        self.one_request()
    }

    fn take_body(&mut self, json: String) -> Result<(), Error> {
        if self.body.is_some() {
            return Err(Error::invalid("the request was given twice; write one `{...}`"));
        }
        self.body = Some(json);
        Ok(())
    }

    fn one_request(&self) -> Result<(), Error> {
        if self.body.is_some() && !self.fields.is_empty() {
            return Err(Error::invalid("a request is either JSON or fields, not both"));
        }
        Ok(())
    }

    fn take(&mut self, part: Part) -> Result<(), Error> {
        let request = takes_request(self.command);
        match part {
            Part::Word(word) => match self.next_place() {
                Some(argument) if is_request(argument) => Err(no_field(&word)),
                Some(argument) => {
                    self.values.insert(argument.name, word);
                    Ok(())
                }
                None => Err(one_too_many(self.command, &word)),
            },
            Part::Json(json) if request => self.take_body(json),
            Part::Json(_) => {
                Err(Error::invalid(format!("`{}` takes no JSON", self.command.line_on(Surface::Chat))))
            }
            Part::Pair(key, value) => self.take_pair(key, value, request),
        }
    }

    fn take_pair(&mut self, key: String, value: Option<String>, request: bool) -> Result<(), Error> {
        let known = argument(self.command, &key);
        if let (Some(argument), Some(value)) = (known, &value) {
            // A request may have a field of the same name: a place that is taken already leaves the name to it.
            if !is_request(argument) && !self.values.contains_key(argument.name) {
                self.values.insert(argument.name, value.clone());
                return Ok(());
            }
            if is_request(argument) && value.starts_with('{') {
                return self.take_body(value.clone());
            }
        }
        if !request {
            return Err(unknown_argument(self.command, &key));
        }
        self.fields.push(Field { key, value });
        Ok(())
    }

    /// The first argument that was not given yet.
    fn next_place(&self) -> Option<&'static Argument> {
        self.command.arguments_on(Surface::Chat).find(|argument| !self.values.contains_key(argument.name))
    }
}

/// Reads a line. An empty one asks for help. What is [missing](Invocation::missing) may still be chosen.
///
/// # Errors
/// INVALID_ARGUMENT with the nearest command or argument for a wrong one, and where JSON or a quotation is wrong.
pub fn parse(line: &str) -> Result<Invocation, Error> {
    if line.len() > LINE_MAX_BYTES {
        return Err(Error::invalid(format!("the line is longer than {LINE_MAX_BYTES} bytes")));
    }
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let command = find(if word.is_empty() { "help" } else { word })?;
    let mut invocation = Invocation::bare(command);
    for part in parts(rest)? {
        invocation.take(part)?;
    }
    invocation.one_request()?;
    Ok(invocation)
}

/// The chat command with this name, whatever its case.
///
/// # Errors
/// INVALID_ARGUMENT with the nearest command.
pub fn find(word: &str) -> Result<&'static Command, Error> {
    let lower = word.to_lowercase();
    let word_of = |command: &'static Command| command.path.first().copied().unwrap_or_default();
    if let Some(found) = on(Surface::Chat).find(|command| word_of(command) == lower) {
        return Ok(found);
    }
    let hint = match suggest::nearest(&lower, on(Surface::Chat).map(word_of)) {
        Some(near) => format!("Did you mean `/micro {near}`?"),
        None => "`/micro help` lists the commands.".to_owned(),
    };
    Err(Error::invalid(format!("`{}` is no command. {hint}", shown(word))))
}

/// What was typed, short enough to be repeated.
fn shown(text: &str) -> String {
    /// Characters repeated at most.
    const MAX: usize = 40;
    let plain = text.chars().filter(|c| !c.is_control() && *c != '`');
    plain.take(MAX).collect()
}

fn argument(command: &'static Command, name: &str) -> Option<&'static Argument> {
    let lower = name.to_lowercase();
    command.arguments_on(Surface::Chat).find(|argument| argument.name == lower)
}

/// Whether this argument is a request rather than a word.
fn is_request(argument: &Argument) -> bool {
    matches!(argument.name, "body" | "args")
}

fn takes_request(command: &'static Command) -> bool {
    command.arguments_on(Surface::Chat).any(is_request)
}

fn unknown_argument(command: &'static Command, name: &str) -> Error {
    let names = command.arguments_on(Surface::Chat).map(|argument| argument.name);
    let near =
        suggest::nearest(name, names).map(|near| format!(" Did you mean `{near}:`?")).unwrap_or_default();
    let usage = command.line_on(Surface::Chat);
    Error::invalid(format!("`{}:` is unknown here.{near} Usage: `{usage}`", shown(name)))
}

fn one_too_many(command: &'static Command, word: &str) -> Error {
    let usage = command.line_on(Surface::Chat);
    Error::invalid(format!("`{}` is one word too many. Usage: `{usage}`", shown(word)))
}

fn no_field(word: &str) -> Error {
    let word = shown(word);
    Error::invalid(format!(
        "`{word}` is no field. Write fields as `name:value`, with quotes around a value that has spaces, or give JSON"
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        parse(line).unwrap().fields.iter().map(Field::flag).collect()
    }

    fn refused(line: &str) -> String {
        parse(line).unwrap_err().message
    }

    #[test]
    fn a_line_is_a_command_and_its_arguments() {
        assert_eq!(parse("").unwrap().command.path, ["help"]);
        assert_eq!(parse("  SERVICES  ").unwrap().value("query"), None);
        assert_eq!(parse("services query:greet").unwrap().value("query"), Some("greet"));
        assert_eq!(parse("services greet").unwrap().value("query"), Some("greet"));
        assert_eq!(parse("service name:\"a b\"").unwrap().value("name"), Some("a b"));
        assert_eq!(parse("link ABCD-EFGH").unwrap().value("code"), Some("ABCD-EFGH"));
    }

    #[test]
    fn a_call_takes_json_or_fields() {
        let json = |line: &str| parse(line).unwrap().body.unwrap();
        assert_eq!(json(r#"call greeter SayHello {"name": "Ann B"}"#), r#"{"name": "Ann B"}"#);
        assert_eq!(json(r#"call greeter SayHello body:{"name":"}"}"#), r#"{"name":"}"}"#);
        assert_eq!(json("call greeter SayHello {“name”: “Ann”}"), r#"{"name": "Ann"}"#);
        assert_eq!(json("call service:greeter method:SayHello body:{}"), "{}");
        assert_eq!(fields("call greeter SayHello name:Ann age:3"), ["--name=Ann", "--age=3"]);
        assert_eq!(
            fields(r#"run greeter hello name:"Ann B" --loud —shout=yes"#),
            ["--name=Ann B", "--loud", "--shout=yes"]
        );
        assert_eq!(fields("run greeter hello at:12:30 tags:[1,2]"), ["--at=12:30", "--tags=[1,2]"]);
    }

    #[test]
    fn a_field_may_be_called_like_an_argument() {
        assert_eq!(
            fields("run greeter hello service:x method:y args:z"),
            ["--service=x", "--method=y", "--args=z"]
        );
        assert_eq!(fields("call mail Send body:hello"), ["--body=hello"]);
    }

    #[test]
    fn what_is_missing_can_be_added() {
        let missing = |line: &str| parse(line).unwrap().missing();
        let name = |line: &str| missing(line).map(|argument| argument.name);
        assert_eq!(
            (name("call"), name("run greeter"), name("service \"\"")),
            (Some("service"), Some("method"), Some("name"))
        );
        assert_eq!((name("services"), name("run greeter hello")), (None, None));
        let typed = parse("run name:Ann").unwrap();
        let service = typed.missing().unwrap();
        let typed = typed.with(service, "greeter".to_owned());
        let method = typed.missing().unwrap();
        assert_eq!(typed.with(method, "hello".to_owned()), parse("run greeter hello name:Ann").unwrap());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        assert_eq!(refused("servces"), "`servces` is no command. Did you mean `/micro services`?");
        assert_eq!(refused("zzz"), "`zzz` is no command. `/micro help` lists the commands.");
        assert!(refused("services qery:x").contains("Did you mean `query:`?"));
        assert!(refused("whoami now").contains("one word too many"));
        assert!(refused("run greeter hello Ann").contains("`Ann` is no field"));
        assert!(refused("call a b {} {}").contains("twice"));
        assert!(refused("call a b {} x:1").contains("not both"));
        assert!(refused("call a b {\"x\":}").contains("JSON"));
        assert!(refused("service {}").contains("takes no JSON"));
        assert!(refused("run a b name:\"open").contains("quote"));
        assert!(refused(&"x".repeat(LINE_MAX_BYTES + 1)).contains("longer"));
    }

    #[test]
    fn named_options_are_read_as_a_line_is() {
        let of = |command: &str, named: &[(&str, &str)]| {
            Invocation::of(
                command,
                named.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            )
        };
        let typed = parse("run greeter hello name:Ann").unwrap();
        assert_eq!(
            of("run", &[("service", "greeter"), ("method", "hello"), ("args", "name:Ann")]).unwrap(),
            typed
        );
        let body = of("call", &[("service", "a"), ("method", "b"), ("body", "{\"x\": 1}")]).unwrap();
        assert_eq!(body.body.as_deref(), Some("{\"x\": 1}"));
        assert!(of("call", &[("servce", "a")]).unwrap_err().message.contains("Did you mean `service:`?"));
    }
}
