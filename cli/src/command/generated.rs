//! Commands made from services: `micro helloworld hello --name Ann`, `micro etcd kv range --key a`.
//!
//! Words match names without regard to case, `-` and `_`; names are never rewritten. After the method every flag is a
//! field; Micro's own flags (`--output`, `--server`, `--token`, `--timeout`, `-H`) work there too, except where a field
//! has the same name. `--help` and `--json` always are Micro's.

use super::{Globals, call};
use crate::{
    failure::Failure,
    options::{How, Output},
    output,
};
use clap::ValueEnum as _;
use micro_client::Client;
use micro_domain::{
    Code, Error,
    arguments::{self, Flag, kebab},
    call::MESSAGE_MAX_BYTES,
    command::generated::{self, grpc_service, short},
    schema::{Description, GrpcService, Method},
};
use std::io::Read as _;

pub(super) async fn run(mut globals: Globals, words: Vec<String>) -> Result<(), Failure> {
    let Some((service, words)) = words.split_first() else {
        return Err(Failure::usage("name a command or a service"));
    };
    let (named, mut rest) = split_names(words);
    let wants_help = rest.iter().any(|word| word == "--help" || word == "-h");
    // Flags of ours after the method may choose another server, unless the method has fields of their names.
    let first = ask(&globals, service).await;
    let fields = first.as_ref().map_or_else(|_| Vec::new(), |(_, description)| fields(description, &named));
    let before = (globals.server.clone(), globals.token.clone());
    let own = take_own(&mut globals, &mut rest, &fields)?;
    let same = before == (globals.server.clone(), globals.token.clone());
    let (client, description) = if same { first? } else { ask(&globals, service).await? };
    let Some(method) = find_method(&description, &named)? else {
        return output::line(&service_help(&description, &named));
    };
    if wants_help {
        return output::line(&method_help(&description, method));
    }
    let body = match own.json {
        Some(json) if rest.is_empty() => json_body(json)?,
        Some(_) => {
            return Err(Failure::usage("--json gives the whole request; it cannot be combined with fields"));
        }
        None => {
            let request = arguments::parse(&description.schema, method, &rest, &read_file);
            request.map_err(|error| Failure::usage(error.message))?.to_string()
        }
    };
    let target = call::target(&description.service, method, None, &own.how)?;
    let (frames, bad_input) = call::frames(method, Some(&body))?;
    call::perform(&client, target, method, frames, bad_input).await
}

/// The server that the flags chose, and what the service there offers.
async fn ask(globals: &Globals, service: &str) -> Result<(Client, Description), Failure> {
    let client = globals.session()?.client;
    let described = client.describe(service).await;
    let description = described.map_err(|mut error| {
        if error.code == Code::NotFound {
            error.message = format!("`{service}` is neither a command nor a service. {}", error.message);
        }
        error
    })?;
    Ok((client, description))
}

/// The fields of the method that is named; none where there is no such method.
fn fields(description: &Description, named: &[String]) -> Vec<Flag> {
    match find_method(description, named) {
        Ok(Some(method)) => arguments::flags(&description.schema, method),
        _ => Vec::new(),
    }
}

/// The names before the first flag, and everything from it on.
fn split_names(words: &[String]) -> (Vec<String>, Vec<String>) {
    let at = words.iter().position(|word| word.starts_with('-')).unwrap_or(words.len());
    let (names, rest) = words.split_at(at);
    (names.to_vec(), rest.to_vec())
}

/// The method the words name, if they name one; words that cannot be right are wrong usage.
fn find_method<'d>(description: &'d Description, words: &[String]) -> Result<Option<&'d Method>, Failure> {
    generated::find_method(description, words).map_err(|error| match error.code {
        Code::InvalidArgument => Failure::usage(error.message),
        _ => Failure::Answered(error),
    })
}

/// Micro's own flags among a method's.
#[derive(Default)]
struct Own {
    how: How,
    /// As given: a file or stdin is read once it is known that the call is made.
    json: Option<String>,
}

/// Takes Micro's own flags out of `words`, except those a field of the method has the name of.
fn take_own(globals: &mut Globals, words: &mut Vec<String>, fields: &[Flag]) -> Result<Own, Failure> {
    let mut own = Own::default();
    let mut kept = Vec::with_capacity(words.len());
    let mut queue = std::mem::take(words).into_iter().peekable();
    while let Some(word) = queue.next() {
        let (name, inline) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.clone(), None),
        };
        let is_field = fields.iter().any(|field| name.strip_prefix("--") == Some(&field.name));
        let ours = match name.as_str() {
            "--json" => true,
            "--output" | "--server" | "--token" | "--timeout" | "--header" => !is_field,
            "-o" | "-H" => true,
            _ => false,
        };
        if !ours {
            kept.push(word);
            // The value of a field is never taken for a flag of ours.
            let takes_value = fields
                .iter()
                .any(|field| name.strip_prefix("--") == Some(&field.name) && !field.value.is_empty());
            if inline.is_none() && takes_value {
                kept.extend(queue.next());
            }
            continue;
        }
        let value = inline
            .or_else(|| queue.next())
            .ok_or_else(|| Failure::usage(format!("`{name}` lacks its value")))?;
        set_own(globals, &mut own, &name, value)?;
    }
    *words = kept;
    Ok(own)
}

fn set_own(globals: &mut Globals, own: &mut Own, name: &str, value: String) -> Result<(), Failure> {
    match name {
        "--json" => own.json = Some(value),
        "--server" => globals.server = Some(value),
        "--token" => globals.token = Some(value),
        "--timeout" => {
            let timeout = humantime::parse_duration(&value);
            own.how.timeout =
                Some(timeout.map_err(|_| Failure::usage(format!("`{value}` is no time such as 5s")))?);
        }
        "-H" | "--header" => own.how.headers.push(value),
        _ => {
            let output = Output::from_str(&value, true);
            globals.output =
                output.map_err(|_| Failure::usage(format!("--output is table or json, not `{value}`")))?;
        }
    }
    Ok(())
}

/// The body `--json` gives: itself, a file's as `@FILE`, or stdin's as `-`.
fn json_body(value: String) -> Result<String, Failure> {
    if value == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    match value.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::local(format!("cannot read {path}: {error}"))),
        None => Ok(value),
    }
}

/// The file a `bytes` flag names.
fn read_file(path: &str) -> Result<Vec<u8>, Error> {
    let limit = u64::try_from(MESSAGE_MAX_BYTES).unwrap_or(u64::MAX);
    let mut content = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut content))
        .map_err(|error| Error::invalid(format!("cannot read the file {path}: {error}")))?;
    if content.len() > MESSAGE_MAX_BYTES {
        return Err(Error::invalid(format!(
            "the file {path} is larger than a message may be ({MESSAGE_MAX_BYTES} bytes)"
        )));
    }
    Ok(content)
}

/// What a service offers, as commands.
fn service_help(description: &Description, words: &[String]) -> String {
    let schema = &description.schema;
    let wanted = words.first().and_then(|word| grpc_service(schema, word));
    let services: Vec<&GrpcService> =
        schema.services.iter().filter(|service| wanted.is_none_or(|one| one.name == service.name)).collect();
    let several = schema.services.len() > 1;
    let mut lines = vec![format!("Usage: micro {} METHOD [--FIELD VALUE]...", description.service)];
    for service in services {
        lines.push(String::new());
        if !service.comment.is_empty() {
            lines.push(output::plain(&service.comment));
        }
        let word = if several { format!("{} ", kebab(short(&service.name))) } else { String::new() };
        let width = service.methods.iter().map(|method| kebab(&method.name).len()).max().unwrap_or(0);
        for method in &service.methods {
            let summary = method.comment.lines().next().unwrap_or_default();
            let line = format!("  {word}{:width$}  {}", kebab(&method.name), output::plain(summary));
            lines.push(line.trim_end().to_owned());
        }
    }
    lines.push(format!("\nFlags of a method: micro {} METHOD --help", description.service));
    lines.join("\n")
}

/// What a method takes, as flags.
fn method_help(description: &Description, method: &Method) -> String {
    let mut lines = Vec::new();
    if !method.comment.is_empty() {
        lines.push(output::plain(&method.comment));
        lines.push(String::new());
    }
    lines.push(format!("Usage: micro {} {} [--FIELD VALUE]...", description.service, kebab(&method.name)));
    lines.push("\nFields:".to_owned());
    let flags = arguments::flags(&description.schema, method);
    let heads: Vec<String> = flags
        .iter()
        .map(|flag| {
            let many = if flag.repeated { "..." } else { "" };
            format!("--{} {}{many}", flag.name, flag.value).trim_end().to_owned()
        })
        .collect();
    let width = heads.iter().map(String::len).max().unwrap_or(0).min(36);
    for (flag, head) in flags.iter().zip(&heads) {
        let mut about = output::plain(flag.comment.lines().next().unwrap_or_default());
        if !flag.values.is_empty() {
            about = format!("{about} [{}]", flag.values.join(", "));
        }
        lines.push(format!("  {head:width$}  {about}").trim_end().to_owned());
    }
    if flags.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.push(
        "\nbytes are text, base64:... or @FILE; --json BODY | @FILE | - gives the whole request.".to_owned(),
    );
    lines.push(
        "Also: -H NAME:VALUE, --timeout TIME, --output table|json, --server URL, --token TOKEN.".to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn taken(words: &[&str], fields: &[&str]) -> (Globals, Own, Vec<String>) {
        let mut globals = Globals { server: None, token: None, output: Output::Table };
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let field = |name: &&str| Flag {
            name: (*name).to_owned(),
            value: "string".to_owned(),
            repeated: false,
            comment: String::new(),
            values: Vec::new(),
        };
        let fields: Vec<Flag> = fields.iter().map(field).collect();
        let own = take_own(&mut globals, &mut words, &fields).unwrap();
        (globals, own, words)
    }

    #[test]
    fn a_field_keeps_a_flag_of_its_name() {
        let words = ["--token", "hunter2", "--server=x", "--output", "5", "--timeout", "soon", "-H", "a:b"];
        let (globals, own, rest) = taken(&words, &["token", "server", "output", "timeout"]);
        assert_eq!((globals.server, globals.token, own.how.timeout), (None, None, None));
        assert_eq!(rest, words[..7]);
        assert_eq!(own.how.headers, ["a:b"]);
    }

    #[test]
    fn other_flags_of_ours_work_after_the_method() {
        let words = ["--server", "http://a", "--name", "--token", "--token=t", "-o", "json"];
        let (globals, _, rest) = taken(&words, &["name"]);
        // What follows a field is its value, whatever it looks like.
        assert_eq!(rest, ["--name", "--token"]);
        assert_eq!((globals.server.as_deref(), globals.token.as_deref()), (Some("http://a"), Some("t")));
        assert_eq!(globals.output, Output::Json);
    }
}
