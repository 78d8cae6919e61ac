//! Commands as they are registered.

use super::{
    Form, Need,
    choices::{self, INTEGER, NUMBER, STRING},
};
use crate::limits;
use serde_json::Value;
use std::collections::HashSet;

/// An option that is a command of its own.
pub(crate) const SUBCOMMAND: i64 = 1;
/// An option that holds subcommands.
pub(crate) const GROUP: i64 = 2;
/// The last kind of option, a file.
const ATTACHMENT: i64 = 11;
/// A command that is typed; others are in menus of users and messages.
const CHAT_INPUT: i64 = 1;

/// Checks the list of a bulk overwrite.
pub(crate) fn check_all(form: &mut Form, commands: &[Value]) {
    let mut names = HashSet::new();
    for (index, command) in commands.iter().enumerate() {
        form.at(index, |form| {
            check(form, command);
            let name = (kind(command), command["name"].as_str().unwrap_or_default());
            if !names.insert(name) {
                form.wrong_at("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique");
            }
        });
    }
}

/// Checks one command.
pub(crate) fn check(form: &mut Form, command: &Value) {
    form.integer(command, "type", 1..=3);
    if kind(command) == CHAT_INPUT {
        check_name(form, command);
        form.text(command, "description", 1..=limits::DESCRIPTION_MAX, Need::Required);
        check_translations(form, command);
        check_options(form, command, 0);
    } else {
        form.text(command, "name", 1..=limits::NAME_MAX, Need::Required);
        form.text(command, "description", 0..=0, Need::Optional);
    }
    let permissions = &command["default_member_permissions"];
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    if !permissions.is_null() && !permissions.as_str().is_some_and(is_number) {
        form.wrong_at("default_member_permissions", "BASE_TYPE_INVALID", "Not a number in a string");
    }
    let characters = characters(command);
    if characters > limits::COMMAND_TEXT_MAX {
        let message = format!("Command exceeds maximum size ({})", limits::COMMAND_TEXT_MAX);
        form.wrong("APPLICATION_COMMAND_TOO_LARGE", message);
    }
}

fn kind(command: &Value) -> i64 {
    command["type"].as_i64().unwrap_or(CHAT_INPUT)
}

/// Checks that a name is one: `^[-_\p{Ll}\p{N}]{1,32}$`.
fn check_name(form: &mut Form, part: &Value) {
    let name = form.text(part, "name", 1..=limits::NAME_MAX, Need::Required);
    let fits = |letter: char| matches!(letter, '-' | '_') || letter.is_lowercase() || letter.is_numeric();
    if !name.chars().all(fits) {
        form.wrong_at("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
}

fn check_translations(form: &mut Form, part: &Value) {
    for (key, longest) in
        [("name_localizations", limits::NAME_MAX), ("description_localizations", limits::DESCRIPTION_MAX)]
    {
        let locales: Vec<&String> = part[key].as_object().into_iter().flat_map(|all| all.keys()).collect();
        form.at(key, |form| {
            for locale in locales {
                form.text(&part[key], locale, 1..=longest, Need::Required);
            }
        });
    }
}

/// Checks the options of a command (`depth` 0), or of an option of it.
fn check_options(form: &mut Form, part: &Value, depth: usize) {
    let options = form.list(part, "options", 0..=limits::OPTIONS_MAX);
    let nested = |option: &&Value| matches!(option["type"].as_i64(), Some(SUBCOMMAND | GROUP));
    let nesting = options.iter().filter(nested).count();
    if nesting > 0 && nesting < options.len() {
        let message =
            "Sub-command and sub-command group option types are mutually exclusive to all other types";
        form.wrong_at("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    let mut names = HashSet::new();
    let mut optional_before = false;
    form.at("options", |form| {
        for (index, option) in options.iter().enumerate() {
            form.at(index, |form| {
                check_option(form, option, depth);
                let name = option["name"].as_str().unwrap_or_default();
                form.unique(&mut names, "name", name, "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE");
                let required = option["required"].as_bool() == Some(true);
                if required && optional_before {
                    let message = "Required options must be placed before non-required options";
                    form.wrong("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
                }
                optional_before |= !required;
            });
        }
    });
}

fn check_option(form: &mut Form, option: &Value, depth: usize) {
    check_name(form, option);
    form.text(option, "description", 1..=limits::DESCRIPTION_MAX, Need::Required);
    check_translations(form, option);
    let Some(kind) = form.integer(option, "type", SUBCOMMAND..=ATTACHMENT) else {
        return form.required("type");
    };
    match kind {
        // A group stands at the top, a subcommand there or in a group; nothing nests deeper.
        GROUP if depth > 0 => wrongly_nested(form),
        SUBCOMMAND if depth > 1 => wrongly_nested(form),
        GROUP => {
            let plain = |option: &Value| option["type"].as_i64() != Some(SUBCOMMAND);
            if option["options"].as_array().is_some_and(|options| options.iter().any(plain)) {
                form.at("options", wrongly_nested);
            }
            check_options(form, option, 1);
        }
        SUBCOMMAND => check_options(form, option, 2),
        _ => check_value(form, option, kind),
    }
}

fn wrongly_nested(form: &mut Form) {
    let message = "Groups hold subcommands, subcommands hold options, and that is all";
    form.wrong("APPLICATION_COMMAND_OPTIONS_NESTING_INVALID", message);
}

/// Checks an option that takes a value.
fn check_value(form: &mut Form, option: &Value, kind: i64) {
    if !option["options"].is_null() {
        wrongly_nested(form);
    }
    let has_choices = option["choices"].as_array().is_some_and(|choices| !choices.is_empty());
    let completes = option["autocomplete"].as_bool() == Some(true);
    if (has_choices || completes) && !matches!(kind, STRING | INTEGER | NUMBER) {
        let message = "Only options of text and numbers have choices or autocomplete";
        form.wrong("APPLICATION_COMMAND_OPTION_CHOICES_INVALID", message);
    }
    if has_choices && completes {
        let message = "Autocomplete and choices exclude each other";
        form.wrong_at("autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", message);
    }
    if has_choices {
        choices::check(form, option, kind);
    }
    let least = form.integer(option, "min_length", 0..=limits::OPTION_LENGTH_MAX);
    let most = form.integer(option, "max_length", 1..=limits::OPTION_LENGTH_MAX);
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        form.wrong_at("min_length", "BASE_TYPE_BAD_RANGE", "min_length is more than max_length");
    }
}

/// The characters Discord counts: of names, descriptions and choices' values, each in its longest language.
pub(crate) fn characters(part: &Value) -> usize {
    let longest = |key: &str| {
        let translated = part[format!("{key}_localizations")].as_object();
        let translated = translated.into_iter().flat_map(|all| all.values());
        let texts = translated.chain([&part[key]]).filter_map(Value::as_str);
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let value = part["value"].as_str().map_or(0, |value| value.chars().count());
    let parts = ["options", "choices"].into_iter().filter_map(|key| part[key].as_array()).flatten();
    longest("name") + longest("description") + value + parts.map(characters).sum::<usize>()
}
