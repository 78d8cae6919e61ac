//! Questions an editor asks of a form before it changes it.

use super::{Fields, Form, Node, path};
use crate::schema::Schema;

impl Form {
    /// What is typed at `path`; empty where there is no such value.
    pub fn text_at(&mut self, schema: &Schema, path: &str) -> String {
        self.place(schema, path).map(|place| place.node.text()).unwrap_or_default()
    }

    /// The index of the oneof called `name` of the message at `parent`.
    pub fn oneof_at(&mut self, schema: &Schema, parent: &str, name: &str) -> Option<usize> {
        let fields = message(self.place(schema, parent)?.node)?;
        schema.messages.get(&fields.message)?.oneofs.iter().position(|oneof| oneof == name)
    }

    /// The path that the next row of the list or map at `path` will have.
    pub fn next_row(&mut self, schema: &Schema, path: &str) -> Option<String> {
        match self.place(schema, path)?.node {
            Node::List(rows) => Some(path::row(path, rows.len())),
            Node::Map(rows) => Some(path::entry(path, rows.len())),
            _ => None,
        }
    }
}

/// The fields of a message, or of the one in an `Any`.
pub(super) fn message(node: &mut Node) -> Option<&mut Fields> {
    match node {
        Node::Message(fields) => Some(fields),
        Node::Any(any) => match &mut any.value {
            Node::Message(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}
