//! The status details that services send beside an error, decoded.

use micro_domain::Violation;
use serde_json::Value;

/// One detail as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Detail {
    /// Its type's name, without the package where Google defines it.
    pub(super) title: String,
    /// The facts in it that read as a line each.
    pub(super) lines: Vec<(String, String)>,
    /// All of it, as JSON.
    pub(super) json: String,
}

/// Lines shown of one detail; the rest is in its JSON.
const LINES_MAX: usize = 20;

/// Details as the page shows them.
pub(super) fn decode(details: &[String]) -> Vec<Detail> {
    details.iter().map(|json| detail(json)).collect()
}

fn detail(json: &str) -> Detail {
    let value: Value = serde_json::from_str(json).unwrap_or(Value::Null);
    let name = type_name(&value);
    let title = name.strip_prefix("google.rpc.").unwrap_or(name);
    let mut lines = Vec::new();
    if let Value::Object(members) = &value {
        members
            .iter()
            .filter(|(key, _)| *key != "@type")
            .for_each(|(key, value)| flatten(key, value, &mut lines));
    }
    lines.truncate(LINES_MAX);
    let title = if title.is_empty() { "Detail" } else { title };
    Detail { title: title.to_owned(), lines, json: json.to_owned() }
}

fn type_name(value: &Value) -> &str {
    let url = value.get("@type").and_then(Value::as_str).unwrap_or_default();
    url.rsplit('/').next().unwrap_or_default()
}

/// `fieldViolations[0].field: name`.
fn flatten(key: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    if lines.len() > LINES_MAX {
        return;
    }
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(&format!("{key}.{name}"), value, lines));
        }
        Value::Array(rows) => {
            rows.iter().enumerate().for_each(|(index, row)| flatten(&format!("{key}[{index}]"), row, lines));
        }
        Value::String(text) => lines.push((key.to_owned(), text.clone())),
        other => lines.push((key.to_owned(), other.to_string())),
    }
}

/// The fields that `google.rpc.BadRequest` details name.
pub(super) fn violations(details: &[String]) -> Vec<Violation> {
    let values = details.iter().filter_map(|json| serde_json::from_str::<Value>(json).ok());
    let bad = values.filter(|value| type_name(value) == "google.rpc.BadRequest");
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    bad.flat_map(|value| {
        let rows = value.get("fieldViolations").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.iter()
            .map(|row| Violation { field: text(row, "field"), description: text(row, "description") })
            .collect::<Vec<_>>()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &str = r#"{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"name","description":"too short"}]}"#;

    #[test]
    fn details_are_decoded() {
        let shown = decode(&[BAD.to_owned(), "no json".to_owned()]);
        let expected = Detail {
            title: "BadRequest".to_owned(),
            lines: vec![
                ("fieldViolations[0].description".to_owned(), "too short".to_owned()),
                ("fieldViolations[0].field".to_owned(), "name".to_owned()),
            ],
            json: BAD.to_owned(),
        };
        assert_eq!(shown.first(), Some(&expected));
        assert_eq!(shown.last().map(|detail| detail.title.as_str()), Some("Detail"));
    }

    #[test]
    fn bad_requests_name_fields() {
        let expected = Violation { field: "name".to_owned(), description: "too short".to_owned() };
        assert_eq!(violations(&[BAD.to_owned(), "{}".to_owned()]), [expected]);
    }
}
