//! What the call page's form posted.

use super::{Body, Filled, View};
use crate::pages::call::request_of::{
    CALLER, CONFIRMED, DEADLINE, INSTANCE, JSON, METADATA_NAME, METADATA_VALUE, REPEAT, SOURCE, VERSION,
    VIEW, caller,
};
use micro_domain::call::Metadata;

/// Metadata rows taken.
const METADATA_MAX: usize = 64;

/// What the pressed button asks for.
#[cfg(feature = "ssr")]
pub(super) fn action(pairs: &[(String, String)]) -> String {
    let action = pairs.iter().rev().find(|(name, _)| name == crate::pages::call::request_of::ACTION);
    action.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The name typed for a new example.
#[cfg(feature = "ssr")]
pub(super) fn example_name(pairs: &[(String, String)]) -> &str {
    let name = pairs.iter().find(|(name, _)| name == crate::pages::call::request_of::EXAMPLE_NAME);
    name.map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// The request a form posted.
pub(crate) fn filled(pairs: &[(String, String)]) -> Filled {
    let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let text = |wanted: &str| get(wanted).unwrap_or_default().to_owned();
    let values = |wanted: &str| -> Vec<&str> {
        pairs.iter().filter(|(name, _)| name.starts_with(wanted)).map(|(_, value)| value.as_str()).collect()
    };
    let rows = values(METADATA_NAME).into_iter().zip(values(METADATA_VALUE)).take(METADATA_MAX);
    let view = get(VIEW).map(View::from_word).unwrap_or_default();
    let body = match view {
        View::Json => Body::Json(text(JSON).replace("\r\n", "\n")),
        View::Form => Body::Pairs(pairs.iter().filter(|(name, _)| !name.starts_with(':')).cloned().collect()),
    };
    let source = get(SOURCE).and_then(|source| serde_json::from_str(source).ok()).unwrap_or_default();
    Filled {
        source,
        body,
        view,
        metadata: rows
            .map(|(name, value)| Metadata { name: name.to_owned(), value: value.to_owned() })
            .collect(),
        deadline: text(DEADLINE),
        version: text(VERSION),
        instance: text(INSTANCE),
        caller: caller(get(CALLER).unwrap_or_default()),
        repeat: text(REPEAT),
        confirmed: get(CONFIRMED).is_some(),
        attempted: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::call::Source;
    use crate::pages::call::request_of::ACTION;

    fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
        text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_read_with_its_controls() {
        let posted = pairs(&[
            (ACTION, "update"),
            (VIEW, "form"),
            ("name", "Ann"),
            ("+tags", ""),
            (":metadata-name[0]", "x-a"),
            (":metadata-value[0]", "1"),
            (DEADLINE, "5s"),
            (SOURCE, r#"{"Past":{"at_ms":1}}"#),
            (CONFIRMED, "1"),
            (ACTION, "call"),
        ]);
        let read = filled(&posted);
        assert_eq!(action(&posted), "call");
        assert_eq!(read.body, Body::Pairs(pairs(&[("name", "Ann"), ("+tags", "")])));
        assert_eq!(read.metadata, [Metadata { name: "x-a".to_owned(), value: "1".to_owned() }]);
        assert_eq!(
            (read.source, read.confirmed, read.deadline.as_str()),
            (Source::Past { at_ms: 1 }, true, "5s")
        );
        let read = filled(&pairs(&[(VIEW, "json"), (JSON, "{\r\n}")]));
        assert_eq!((read.body, read.view), (Body::Json("{\n}".to_owned()), View::Json));
    }
}
