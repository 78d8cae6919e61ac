#![expect(clippy::unwrap_used, reason = "tests")]

mod conversion;
mod editing;
mod zoo;

use super::*;
use zoo::schema;

fn filled(json: &str) -> Form {
    Form::from_json(&schema(), zoo::EVERYTHING, &serde_json::from_str(json).unwrap())
}

fn problems(form: &Form) -> Vec<(String, String)> {
    form.violations(&schema()).into_iter().map(|found| (found.field, found.description)).collect()
}
