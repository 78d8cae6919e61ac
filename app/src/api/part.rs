//! The part of a schema that one page shows.

use micro_domain::schema::{Kind, Method, Schema};
use std::collections::BTreeSet;

/// A cut schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// Some methods and the types they reach.
    pub schema: Schema,
    /// Types they reach that were left out.
    pub types_omitted: u32,
}

/// `methods_max` methods after the first `skip`, with at most `types_max` of the types they reach.
pub(crate) fn cut(schema: &Schema, skip: usize, methods_max: usize, types_max: usize) -> Part {
    let mut part = Part::default();
    part.schema.omitted.clone_from(&schema.omitted);
    let (mut skip, mut left) = (skip, methods_max);
    for service in &schema.services {
        let methods: Vec<Method> = service.methods.iter().skip(skip).take(left).cloned().collect();
        skip = skip.saturating_sub(service.methods.len());
        left -= methods.len();
        if !methods.is_empty() {
            let mut shown = service.clone();
            shown.methods = methods;
            part.schema.services.push(shown);
        }
    }
    let reached: Vec<String> =
        reached(schema, part.schema.methods()).into_iter().map(str::to_owned).collect();
    part.types_omitted = u32::try_from(reached.len().saturating_sub(types_max)).unwrap_or(u32::MAX);
    for name in reached.into_iter().take(types_max) {
        if let Some(message) = schema.messages.get(&name) {
            part.schema.messages.insert(name, message.clone());
        } else if let Some(known) = schema.enums.get(&name) {
            part.schema.enums.insert(name, known.clone());
        }
    }
    part
}

/// The types the methods reach, nearest first: requests and responses, then what those hold.
fn reached<'a>(schema: &'a Schema, methods: impl Iterator<Item = &'a Method>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    let mut order: Vec<&str> = Vec::new();
    for method in methods {
        for name in [method.input.as_str(), method.output.as_str()] {
            if seen.insert(name) {
                order.push(name);
            }
        }
    }
    let mut next = 0;
    while let Some(name) = order.get(next) {
        next += 1;
        let fields = schema.messages.get(*name).map(|message| message.fields.as_slice()).unwrap_or_default();
        for field in fields {
            if let Kind::Message(name) | Kind::Enum(name) = &field.kind
                && seen.insert(name)
            {
                order.push(name);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use micro_domain::schema::{Cardinality, Field, GrpcService, Message};

    fn method(service: &str, name: &str) -> Method {
        Method {
            name: name.to_owned(),
            service: service.to_owned(),
            comment: String::new(),
            input: "Node".to_owned(),
            output: "Leaf".to_owned(),
            client_streaming: false,
            server_streaming: false,
            idempotent: false,
            read_only: false,
            deprecated: false,
        }
    }

    fn message(name: &str, holds: &[&str]) -> (String, Message) {
        let field = |held: &&str| Field {
            name: (*held).to_owned(),
            json_name: (*held).to_owned(),
            number: 1,
            kind: Kind::Message((*held).to_owned()),
            cardinality: Cardinality::Singular,
            presence: true,
            required: false,
            oneof: None,
            comment: String::new(),
            deprecated: false,
            redact: false,
        };
        let fields = holds.iter().map(field).collect();
        (
            name.to_owned(),
            Message { name: name.to_owned(), comment: String::new(), fields, oneofs: Vec::new() },
        )
    }

    fn schema() -> Schema {
        let service = |name: &str| GrpcService {
            name: name.to_owned(),
            comment: String::new(),
            methods: vec![method(name, "A"), method(name, "B"), method(name, "C")],
        };
        Schema {
            services: vec![service("one"), service("two")],
            messages: [message("Node", &["Node", "Deep"]), message("Leaf", &[]), message("Deep", &["Leaf"])]
                .into(),
            ..Schema::default()
        }
    }

    #[test]
    fn a_page_may_span_services() {
        let part = cut(&schema(), 2, 2, 10);
        let names: Vec<String> = part.schema.methods().map(Method::full_name).collect();
        assert_eq!(names, ["one.C", "two.A"]);
        assert_eq!(part.schema.messages.len(), 3);
        assert_eq!(part.types_omitted, 0);
    }

    #[test]
    fn types_past_the_limit_are_counted() {
        let part = cut(&schema(), 0, 1, 2);
        assert_eq!(part.schema.messages.keys().collect::<Vec<_>>(), ["Leaf", "Node"]);
        assert_eq!(part.types_omitted, 1);
    }

    #[test]
    fn past_the_end_there_is_nothing() {
        assert_eq!(cut(&schema(), 99, 10, 10).schema.services, []);
    }
}
