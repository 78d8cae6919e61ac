//! A oneof: radios, and the input of the one that is chosen.

use super::{Asked, Drawing, help, id, is_filled, type_label};
use leptos::prelude::*;
use micro_domain::form::{Edit, Fields, Node, Shape, path, shape};
use micro_domain::schema::Field;

impl Drawing<'_> {
    /// The members of the oneof `index` of a message at `at`.
    pub(super) fn oneof(
        self,
        described: &[Field],
        fields: &Fields,
        oneof: (usize, &str),
        at: &str,
    ) -> AnyView {
        let (index, name) = oneof;
        let here = path::join(at, name);
        let radio = path::mark(&here, path::CHOICE);
        let members: Vec<(&Field, &(String, Node))> =
            described.iter().zip(&fields.values).filter(|(field, _)| field.oneof == Some(index)).collect();
        let chosen =
            members.iter().find(|(_, (_, node))| node.is_present()).map(|(_, (part, _))| part.as_str());
        let none = chosen.is_none();
        let rows: Vec<AnyView> = members
            .iter()
            .map(|(field, (part, node))| self.member(field, part, node, (&radio, at, chosen)))
            .collect();
        view! {
            <fieldset class="oneof" id=id(&here) tabindex="-1">
                <legend><span class="entry__label">{name.to_owned()}</span><span class="entry__type">"one of"</span></legend>
                <div class="oneof__member">
                    <label class="oneof__choice">
                        <input type="radio" name=radio.clone() value="" checked=none prop:checked=none/>
                        "none"
                    </label>
                </div>
                {rows}
                {self.problem(&here)}
            </fieldset>
        }
        .into_any()
    }

    fn member(self, field: &Field, part: &str, node: &Node, of: (&str, &str, Option<&str>)) -> AnyView {
        let (radio, parent, chosen) = of;
        let at = path::join(parent, part);
        let asked =
            Asked { field: Some(field), kind: &field.kind, at: &at, label: part, of: None, row: false };
        let checked = chosen == Some(part);
        let body = match (shape(self.schema, &field.kind), node) {
            (Shape::Message(_) | Shape::Any, Node::Absent) => {
                let name = Edit::Add(at.clone()).name();
                view! {
                    <button class="button button--small without-script" type="submit" name=name>
                        "Show its fields"<span class="hidden">{format!(" of {part}")}</span>
                    </button>
                }
                .into_any()
            }
            (Shape::Empty(_), _) => ().into_any(),
            (_, Node::Message(fields)) => {
                self.nested(asked, self.fields(fields, &at), is_filled(node) || checked)
            }
            (_, node) => self.single(asked, node),
        };
        view! {
            <div class="oneof__member">
                <label class="oneof__choice">
                    <input type="radio" name=radio.to_owned() value=part.to_owned() checked=checked prop:checked=checked/>
                    {part.to_owned()}
                    <span class="entry__type">{type_label(asked)}</span>
                </label>
                <div class="oneof__body">{help(asked)}{body}</div>
            </div>
        }
        .into_any()
    }
}
