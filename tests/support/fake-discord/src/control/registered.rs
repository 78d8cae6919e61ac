//! Whether a user could send a command: only what is registered can be typed into Discord.

use super::{Complaint, complain};
use crate::check::commands::{GROUP, SUBCOMMAND};
use serde_json::Value;

/// An option that takes text.
const STRING: i64 = 3;
/// An option that takes a whole number.
const INTEGER: i64 = 4;
/// An option that takes yes or no.
const BOOLEAN: i64 = 5;
/// An option that takes a number.
const NUMBER: i64 = 10;

/// Checks a command that is complete, or one that is being typed.
pub(crate) fn check(
    registered: &[Value],
    name: &str,
    options: &[Value],
    typing: bool,
) -> Result<(), Complaint> {
    let Some(command) = registered.iter().find(|command| command["name"] == name) else {
        return complain(format!("no command {name} is registered"));
    };
    check_options(command, &format!("/{name}"), options, typing)
}

fn check_options(known: &Value, path: &str, given: &[Value], typing: bool) -> Result<(), Complaint> {
    let known = known["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    let nests = known.iter().any(|option| matches!(option["type"].as_i64(), Some(SUBCOMMAND | GROUP)));
    if nests && given.len() != 1 {
        return complain(format!("{path} needs exactly one of its subcommands"));
    }
    for option in given {
        let name = option["name"].as_str().unwrap_or_default();
        let Some(meant) = known.iter().find(|known| known["name"] == name) else {
            return complain(format!("{path} has no option {name}"));
        };
        if meant["type"] != option["type"] {
            return complain(format!("{path} {name} is of type {}, not {}", meant["type"], option["type"]));
        }
        if nests {
            let nested = option["options"].as_array().map(Vec::as_slice).unwrap_or_default();
            check_options(meant, &format!("{path} {name}"), nested, typing)?;
        } else {
            check_value(meant, &format!("{path} {name}"), option, typing)?;
        }
    }
    let given_too = |known: &Value| given.iter().any(|option| option["name"] == known["name"]);
    let missing = known.iter().find(|known| known["required"] == true && !given_too(known));
    match missing {
        Some(missing) if !typing => complain(format!("{path} needs {}", missing["name"])),
        _ => Ok(()),
    }
}

fn check_value(known: &Value, path: &str, option: &Value, typing: bool) -> Result<(), Complaint> {
    let value = &option["value"];
    let focused = option["focused"] == true;
    if focused && known["autocomplete"] != true {
        return complain(format!("{path} does not complete"));
    }
    let fits = match known["type"].as_i64() {
        // What is being typed is text whatever it will be.
        _ if typing && focused => value.is_string(),
        Some(STRING) => value.as_str().is_some_and(|text| fits_length(known, text)),
        Some(INTEGER) => value.is_i64(),
        Some(BOOLEAN) => value.is_boolean(),
        Some(NUMBER) => value.is_number(),
        _ => value.is_string(),
    };
    if !fits {
        return complain(format!("{path} does not take {value}"));
    }
    let choices = known["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.is_empty() && !choices.iter().any(|choice| choice["value"] == *value) {
        return complain(format!("{path} does not offer {value}"));
    }
    Ok(())
}

fn fits_length(known: &Value, text: &str) -> bool {
    let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let least = known["min_length"].as_u64().unwrap_or(0);
    let most = known["max_length"].as_u64().unwrap_or(u64::MAX);
    (least..=most).contains(&characters)
}
