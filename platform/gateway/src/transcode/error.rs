//! What is wrong with a request, and where in it.

use micro_domain::Error;
use prost_reflect::MessageDescriptor;
use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

/// One step into a JSON document.
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Where reading stands. The path is only built while an error travels outwards, so that good requests do not pay.
#[derive(Default)]
pub(super) struct Place {
    /// Innermost step first.
    outwards: RefCell<Vec<Step>>,
    depth: Cell<usize>,
}

impl Place {
    /// Takes note that an error came from inside `key`.
    pub(super) fn inside_key<E>(&self, key: &str, error: E) -> E {
        self.outwards.borrow_mut().push(Step::Key(key.to_owned()));
        error
    }

    /// Takes note that an error came from the list's element at `index`.
    pub(super) fn inside_index<E>(&self, index: usize, error: E) -> E {
        self.outwards.borrow_mut().push(Step::Index(index));
        error
    }

    /// Goes one message, list or map deeper, if that is not too deep.
    pub(super) fn deeper<T, E: serde::de::Error>(
        &self,
        inner: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let depth = self.depth.get();
        if depth >= super::DEPTH_MAX {
            return Err(E::custom(format!("nested more than {} levels deep", super::DEPTH_MAX)));
        }
        self.depth.set(depth + 1);
        let result = inner();
        self.depth.set(depth);
        result
    }

    /// `address.lines[2].city`; empty at the top.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in self.outwards.borrow().iter().rev() {
            // Writing to a String cannot fail.
            let _ = match step {
                Step::Index(index) => write!(path, "[{index}]"),
                Step::Key(key) if plain(key) && path.is_empty() => write!(path, "{key}"),
                Step::Key(key) if plain(key) => write!(path, ".{key}"),
                Step::Key(key) => write!(path, "[{}]", serde_json::Value::from(key.as_str())),
            };
        }
        path
    }

    /// The error a caller is told.
    pub(super) fn tell(&self, message: &MessageDescriptor, json: &[u8], error: &serde_json::Error) -> Error {
        let path = self.path();
        let text = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        let (line, column) = micro_domain::form::json::position(json, error);
        let why = text.strip_suffix(&position).unwrap_or(&text);
        let inside = if path.is_empty() { String::new() } else { format!(", in `{path}`") };
        if error.is_data() {
            let spot = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
            let name = message.full_name();
            let told =
                format!("the request is no valid `{name}`: {spot}{why} (line {line}, column {column})");
            return Error::invalid(told).with_violation(path, why);
        }
        let told = format!("the request is not valid JSON: {why} at line {line}, column {column}{inside}");
        let told = Error::invalid(told);
        if path.is_empty() { told } else { told.with_violation(path, why) }
    }
}

fn plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@'))
}
