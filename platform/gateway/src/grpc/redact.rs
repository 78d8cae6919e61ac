//! Keeps secrets out of what is stored: fields marked `debug_redact`.

use crate::table::Description;
use micro_domain::Error;
use micro_domain::call::{Metadata, sensitive_metadata};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::Value;
use std::collections::HashSet;

/// `FieldOptions.debug_redact`.
const DEBUG_REDACT: u32 = 16;
/// What stands for a redacted text.
const REDACTED: &str = "[redacted]";

/// What happens to a marked field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redaction {
    /// Texts become `[redacted]`, everything else null.
    Mask,
    /// The field is left out.
    Remove,
}

/// Full names of all fields marked `debug_redact`.
pub(crate) fn marked(pool: &DescriptorPool) -> HashSet<String> {
    let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    fields.filter(is_marked).map(|field| field.full_name().to_owned()).collect()
}

fn is_marked(field: &FieldDescriptor) -> bool {
    if field.field_descriptor_proto().options.is_none() {
        return false;
    }
    let options = field.options();
    let Some(option) = options.get_field_by_number(DEBUG_REDACT) else { return false };
    option.as_bool().unwrap_or(false)
}

/// The message without what must not be stored.
///
/// # Errors
/// INVALID_ARGUMENT when it is no JSON, for then nothing can be taken out of it.
pub(super) fn message(
    description: &Description,
    descriptor: &MessageDescriptor,
    json: &str,
    redaction: Redaction,
) -> Result<String, Error> {
    if json.trim().is_empty() {
        return Ok("{}".to_owned());
    }
    let mut value: Value = serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("the message is not valid JSON: {error}")))?;
    if description.redacted.is_empty() {
        return Ok(json.to_owned());
    }
    walk(&description.redacted, descriptor, &mut value, redaction);
    Ok(value.to_string())
}

/// As deep as the JSON goes, which its parser bounds.
fn walk(marked: &HashSet<String>, descriptor: &MessageDescriptor, value: &mut Value, redaction: Redaction) {
    let Value::Object(object) = value else { return };
    if descriptor.full_name() == "google.protobuf.Any" {
        let name = object.get("@type").and_then(Value::as_str).and_then(|url| url.rsplit('/').next());
        let inner = name.and_then(|name| descriptor.parent_pool().get_message_by_name(name));
        if let Some(inner) = inner.filter(|inner| inner.full_name() != descriptor.full_name()) {
            walk(marked, &inner, value, redaction);
        } else if let Some(nested) = object.get_mut("value") {
            walk(marked, descriptor, nested, redaction);
        }
        return;
    }
    let field =
        |key: &str| descriptor.get_field_by_json_name(key).or_else(|| descriptor.get_field_by_name(key));
    let secret = |key: &str| field(key).is_some_and(|field| marked.contains(field.full_name()));
    if redaction == Redaction::Remove {
        object.retain(|key, _| !secret(key));
    }
    for (key, value) in object.iter_mut() {
        let Some(field) = field(key) else { continue };
        if secret(key) {
            *value = if value.is_string() { Value::from(REDACTED) } else { Value::Null };
            continue;
        }
        let Kind::Message(inner) = field.kind() else { continue };
        if field.is_map() {
            let Kind::Message(inner) = inner.map_entry_value_field().kind() else { continue };
            let values = value.as_object_mut().into_iter().flat_map(|map| map.values_mut());
            values.for_each(|value| walk(marked, &inner, value, redaction));
        } else if let Value::Array(values) = value {
            values.iter_mut().for_each(|value| walk(marked, &inner, value, redaction));
        } else {
            walk(marked, &inner, value, redaction);
        }
    }
}

/// The metadata that may be stored.
pub(super) fn metadata(metadata: &[Metadata]) -> Vec<Metadata> {
    metadata.iter().filter(|entry| !sensitive_metadata(&entry.name)).cloned().collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing;
    use serde_json::json;

    #[test]
    fn marked_fields_are_masked_or_left_out_wherever_they_are() {
        let description = testing::description();
        let descriptor = testing::message("Everyone");
        let text = json!({
            "aString": "seen", "password": "hunter2", "child": {"password": "hunter2"},
            "anything": {"@type": "x/everything.v1.Everyone", "password": "hunter2"},
        })
        .to_string();
        let masked = message(&description, &descriptor, &text, Redaction::Mask).unwrap();
        assert!(masked.contains("seen") && !masked.contains("hunter2"), "{masked}");
        assert_eq!(masked.matches(REDACTED).count(), 3);
        let removed = message(&description, &descriptor, &text, Redaction::Remove).unwrap();
        assert!(removed.contains("seen") && !removed.contains("password"), "{removed}");
        assert!(message(&description, &descriptor, "{", Redaction::Mask).is_err());
    }

    #[test]
    fn sensitive_metadata_is_left_out() {
        let entry = |name: &str| Metadata { name: name.to_owned(), value: "x".to_owned() };
        assert_eq!(metadata(&[entry("x-api-key"), entry("x-tenant")]), [entry("x-tenant")]);
    }
}
