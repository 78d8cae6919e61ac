//! The part of a schema that one method's page needs.

use crate::api::call::Leaf;
use micro_domain::schema::{GrpcService, Kind, Method, Schema};
use std::collections::BTreeSet;

/// Methods the tree lists.
const TREE_MAX: usize = 1_000;
/// Types sent to the page; what is beyond is filled in as JSON.
const TYPES_MAX: usize = 500;
/// The type whose content may be any other.
const ANY: &str = "google.protobuf.Any";

/// `method` alone, with the types its messages reach, nearest first; all types where it reaches an `Any`.
pub(super) fn needed(schema: &Schema, method: &Method) -> Schema {
    let mut seen = BTreeSet::new();
    let mut order: Vec<&str> = Vec::new();
    for name in [method.input.as_str(), method.output.as_str()] {
        reach(schema, name, &mut seen, &mut order);
    }
    if seen.contains(ANY) {
        for name in schema.messages.keys() {
            reach(schema, name, &mut seen, &mut order);
        }
    }
    let mut part = Schema::default();
    let service = schema.services.iter().find(|service| service.name == method.service);
    let comment = service.map(|service| service.comment.clone()).unwrap_or_default();
    part.services.push(GrpcService { name: method.service.clone(), comment, methods: vec![method.clone()] });
    for name in order.into_iter().take(TYPES_MAX) {
        if let Some(message) = schema.messages.get(name) {
            part.messages.insert(name.to_owned(), message.clone());
        } else if let Some(known) = schema.enums.get(name) {
            part.enums.insert(name.to_owned(), known.clone());
        }
    }
    part
}

/// Adds `from` and what it holds, breadth first.
fn reach<'s>(schema: &'s Schema, from: &'s str, seen: &mut BTreeSet<&'s str>, order: &mut Vec<&'s str>) {
    let mut next = order.len();
    if seen.insert(from) {
        order.push(from);
    }
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
}

/// The method's name as in `/v1`: its own where unique, else in full.
pub(super) fn url_name(schema: &Schema, method: &Method) -> String {
    if schema.method(&method.name).is_ok() { method.name.clone() } else { method.full_name() }
}

/// The methods of the service, and how many were left out.
pub(super) fn tree(schema: &Schema) -> (Vec<Leaf>, u32) {
    let mut names = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for method in schema.methods() {
        if !names.insert(method.name.as_str()) {
            twice.insert(method.name.as_str());
        }
    }
    let leaf = |method: &Method| Leaf {
        service: method.service.clone(),
        name: method.name.clone(),
        url_name: if twice.contains(method.name.as_str()) { method.full_name() } else { method.name.clone() },
        streams: (method.client_streaming, method.server_streaming),
        deprecated: method.deprecated,
    };
    let omitted = names.len().max(schema.methods().count()).saturating_sub(TREE_MAX);
    (schema.methods().take(TREE_MAX).map(leaf).collect(), u32::try_from(omitted).unwrap_or(u32::MAX))
}
