//! Message and enum types, each to be opened.

use super::methods::Comment;
use leptos::prelude::*;
use micro_domain::schema::{Cardinality, Enum, Field, Kind, Message, Schema};
use std::sync::Arc;

/// A type's name, leading to its entry in the list of types.
#[component]
pub(super) fn TypeLink(name: String) -> impl IntoView {
    let short = name.rsplit('.').next().unwrap_or(&name).to_owned();
    view! { <a class="type" href=format!("#type-{name}") title=name>{short}</a> }
}

/// All types on the page.
#[component]
pub(super) fn Types(schema: Arc<Schema>, omitted: u32) -> impl IntoView {
    if schema.messages.is_empty() && schema.enums.is_empty() {
        return ().into_any();
    }
    let messages = schema
        .messages
        .values()
        .map(|message| view! { <MessageEntry schema=Arc::clone(&schema) message=message.clone()/> });
    let messages = messages.collect_view();
    let enums = schema.enums.values().map(|known| view! { <EnumEntry known=known.clone()/> }).collect_view();
    let note = (omitted > 0)
        .then(|| view! { <p class="types__note">{format!("{omitted} more types are not shown.")}</p> });
    view! {
        <section class="types" aria-labelledby="types">
            <h2 id="types">"Types"</h2>
            {messages}
            {enums}
            {note}
        </section>
    }
    .into_any()
}

#[component]
fn MessageEntry(schema: Arc<Schema>, message: Message) -> impl IntoView {
    let rows = fields(&schema, &message.name);
    view! {
        <details class="types__entry">
            <summary><code>{message.name.clone()}</code><span class="tag">"message"</span></summary>
            <div id=format!("type-{}", message.name)>
                <Comment text=message.comment/>
                {rows}
            </div>
        </details>
    }
}

#[component]
fn EnumEntry(known: Enum) -> impl IntoView {
    let rows = known.values.into_iter().map(|value| {
        view! {
            <tr>
                <th scope="row"><code>{value.name}</code></th>
                <td class="number">{value.number}</td>
                <td>{value.comment}{value.deprecated.then(|| view! { <span class="tag">"deprecated"</span> })}</td>
            </tr>
        }
    });
    view! {
        <details class="types__entry">
            <summary><code>{known.name.clone()}</code><span class="tag">"enum"</span></summary>
            <div id=format!("type-{}", known.name)>
                <Comment text=known.comment/>
                <div class="scroll" tabindex="0" role="group" aria-label=format!("Values of {}", known.name)>
                    <table class="table table--fields">
                        <thead><tr><th scope="col">"Value"</th><th scope="col" class="number">"Number"</th><th scope="col">"Meaning"</th></tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </div>
        </details>
    }
}

/// The fields of the message called `name` as a table.
pub(super) fn fields(schema: &Schema, name: &str) -> AnyView {
    let Some(message) = schema.messages.get(name) else {
        return view! { <p class="fields__none">"The description of "<code>{name.to_owned()}</code>" is not shown here."</p> }
            .into_any();
    };
    if message.fields.is_empty() {
        return view! { <p class="fields__none">"No fields."</p> }.into_any();
    }
    let rows = message.fields.iter().map(|field| {
        let group = field.oneof.and_then(|index| message.oneofs.get(index)).cloned();
        view! { <FieldRow field=field.clone() group/> }
    });
    let rows = rows.collect_view();
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label=format!("Fields of {name}")>
            <table class="table table--fields">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Type"</th>
                        <th scope="col" class="number">"Number"</th>
                        <th scope="col">"Meaning"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn FieldRow(field: Field, group: Option<String>) -> impl IntoView {
    let tags = [
        group.map(|group| format!("one of {group}")),
        (field.presence && field.oneof.is_none()).then(|| "optional".to_owned()),
        field.required.then(|| "required".to_owned()),
        field.redact.then(|| "masked".to_owned()),
        field.deprecated.then(|| "deprecated".to_owned()),
    ];
    let tags = tags.into_iter().flatten().map(|tag| view! { <span class="tag">{tag}</span> });
    let json = (field.json_name != field.name)
        .then(|| view! { <span class="fields__json">{format!("JSON {}", field.json_name)}</span> });
    view! {
        <tr>
            <th scope="row"><code>{field.name}</code>{json}</th>
            <td>{prefix(&field.cardinality)}<KindLabel kind=field.kind/></td>
            <td class="number">{field.number}</td>
            <td>{tags.collect_view()}<span class="fields__comment">{field.comment}</span></td>
        </tr>
    }
}

#[component]
fn KindLabel(kind: Kind) -> impl IntoView {
    match kind {
        Kind::Message(name) | Kind::Enum(name) => view! { <TypeLink name/> }.into_any(),
        scalar => view! { <code>{scalar.label().to_owned()}</code> }.into_any(),
    }
}

fn prefix(cardinality: &Cardinality) -> String {
    match cardinality {
        Cardinality::Singular => String::new(),
        Cardinality::Repeated => "list of ".to_owned(),
        Cardinality::Map(key) => format!("map of {} to ", key.label()),
    }
}
