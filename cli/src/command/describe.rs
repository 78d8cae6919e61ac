//! `micro describe`: what a service offers.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Describe, Output},
    output,
};
use micro_domain::{
    arguments::{self, kebab},
    command::generated,
    schema::{Description, Method, Schema},
};
use serde::Serialize;

/// A service's description as scripts read it.
#[derive(Serialize)]
struct Described<'d> {
    name: &'d str,
    version: &'d str,
    methods: Vec<MethodRow<'d>>,
    omitted: &'d [String],
}

#[derive(Serialize)]
struct MethodRow<'d> {
    name: String,
    input: &'d str,
    output: &'d str,
    client_streaming: bool,
    server_streaming: bool,
    comment: &'d str,
    deprecated: bool,
    read_only: bool,
}

pub(super) async fn run(globals: &Globals, options: Describe) -> Result<(), Failure> {
    let session = globals.session()?;
    let description = session.client.gateway().describe(&options.service, options.version.as_deref()).await?;
    let methods: Vec<&Method> = match &options.method {
        Some(name) => vec![generated::method(&description, name)?],
        None => description.schema.methods().collect(),
    };
    if globals.output == Output::Json {
        return output::json(&Described {
            name: &description.service,
            version: &description.version,
            methods: methods.into_iter().map(row).collect(),
            omitted: &description.schema.omitted,
        });
    }
    match (&options.method, methods.as_slice()) {
        (Some(_), [only]) => show_method(&description, only)?,
        _ => show_service(&description)?,
    }
    for omission in &description.schema.omitted {
        say(&format!("left out: {omission}"));
    }
    Ok(())
}

fn row(method: &Method) -> MethodRow<'_> {
    MethodRow {
        name: method.full_name(),
        input: &method.input,
        output: &method.output,
        client_streaming: method.client_streaming,
        server_streaming: method.server_streaming,
        comment: &method.comment,
        deprecated: method.deprecated,
        read_only: method.read_only,
    }
}

fn show_service(description: &Description) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for service in &description.schema.services {
        lines.push(output::style(&service.name, "1"));
        lines.extend(indented(&service.comment, "  "));
        for method in &service.methods {
            lines.push(format!("\n  {}", signature(method)));
            lines.extend(indented(&method.comment, "      "));
        }
        lines.push(String::new());
    }
    if lines.is_empty() {
        lines.push(format!("{} offers no methods that are described.", description.service));
    }
    output::line(lines.join("\n").trim_end())
}

fn show_method(description: &Description, method: &Method) -> Result<(), Failure> {
    let mut lines = vec![output::style(&method.full_name(), "1"), format!("  {}", signature(method))];
    lines.extend(indented(&method.comment, "  "));
    for (title, name) in [("Request", &method.input), ("Response", &method.output)] {
        lines.push(format!("\n{title}: {name}"));
        lines.extend(fields(&description.schema, name));
    }
    lines.push(format!(
        "\nCall it: micro {} {} {}",
        description.service,
        kebab(&method.name),
        example(&description.schema, method)
    ));
    output::line(lines.join("\n").trim_end())
}

fn signature(method: &Method) -> String {
    let side = |streams: bool, name: &str| format!("{}{}", if streams { "stream " } else { "" }, name);
    let deprecated = if method.deprecated { "  (deprecated)" } else { "" };
    format!(
        "{}({}) -> {}{deprecated}",
        method.name,
        side(method.client_streaming, &method.input),
        side(method.server_streaming, &method.output)
    )
}

fn fields(schema: &Schema, name: &str) -> Vec<String> {
    let Some(message) = schema.messages.get(name) else { return Vec::new() };
    let mut lines = indented(&message.comment, "  ");
    for field in &message.fields {
        let kind = match &field.cardinality {
            micro_domain::schema::Cardinality::Singular => field.kind.label().to_owned(),
            micro_domain::schema::Cardinality::Repeated => format!("repeated {}", field.kind.label()),
            micro_domain::schema::Cardinality::Map(key) => {
                format!("map<{}, {}>", key.label(), field.kind.label())
            }
        };
        let oneof = field.oneof.and_then(|index| message.oneofs.get(index));
        let oneof = oneof.map(|name| format!("  (one of {name})")).unwrap_or_default();
        lines.push(format!("    {}: {kind}{oneof}", field.json_name));
        lines.extend(indented(&field.comment, "        "));
    }
    lines
}

/// A first command line to try: the method's first flags.
fn example(schema: &Schema, method: &Method) -> String {
    let flags = arguments::flags(schema, method);
    let first = flags.iter().filter(|flag| !flag.name.contains('.')).take(2);
    let words = first.map(|flag| match flag.value.as_str() {
        "" => format!("--{}", flag.name),
        value => format!("--{} {}", flag.name, value.to_uppercase()),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn indented(text: &str, indent: &str) -> Vec<String> {
    text.lines().map(|line| format!("{indent}{}", output::plain(line))).collect()
}
