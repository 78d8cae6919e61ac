//! What a service offers: its methods with their comments and types.

use super::Asked;
use super::types::{TypeLink, Types, fields};
use crate::api::describe::{Described, METHODS_SHOWN};
use crate::routes;
use crate::ui::icon::Icon;
use crate::ui::notice::Empty;
use leptos::prelude::*;
use micro_domain::schema::{Description, GrpcService, Method, Schema};
use std::sync::Arc;

/// The methods tab.
#[component]
pub(super) fn Methods(described: Described, asked: Asked) -> impl IntoView {
    let total = described.methods;
    let name = described.service.name.clone();
    match described.description {
        Ok(description) => {
            view! { <Offered name description total types_omitted=described.types_omitted asked/> }.into_any()
        }
        Err(error) => view! {
            <Empty icon="status-unknown" title="What this service offers is not known yet">
                <p>{error.0.message}</p>
                <p>"Micro asks by gRPC server reflection as soon as an instance answers. Without reflection, register it \
                    with its descriptors: "<code>"micro register NAME --grpc HOST:PORT --descriptors FILE"</code></p>
            </Empty>
        }
        .into_any(),
    }
}

#[component]
fn Offered(
    name: String,
    description: Description,
    total: u32,
    types_omitted: u32,
    asked: Asked,
) -> impl IntoView {
    let schema = Arc::new(description.schema);
    let services = schema.services.iter().map(|grpc| {
        view! { <GrpcServiceSection catalog_name=name.clone() grpc=grpc.clone() schema=Arc::clone(&schema)/> }
    });
    let omitted = (!schema.omitted.is_empty()).then(|| view! { <Omitted notes=schema.omitted.clone()/> });
    let shown = u32::try_from(schema.methods().count()).unwrap_or(u32::MAX);
    let pages = (shown < total).then(|| view! { <MethodPager name=name.clone() asked total shown/> });
    view! {
        {omitted}
        {services.collect_view()}
        {pages}
        <Types schema=Arc::clone(&schema) omitted=types_omitted/>
    }
}

/// What the description held that could not be understood.
#[component]
fn Omitted(notes: Vec<String>) -> impl IntoView {
    let title = match notes.len() {
        1 => "1 part of the description could not be understood".to_owned(),
        many => format!("{many} parts of the description could not be understood"),
    };
    view! {
        <details class="omitted">
            <summary>{title}</summary>
            <ul>{notes.into_iter().map(|note| view! { <li>{note}</li> }).collect_view()}</ul>
        </details>
    }
}

#[component]
fn MethodPager(name: String, asked: Asked, total: u32, shown: u32) -> impl IntoView {
    let skip = asked.subject.skip;
    let step = u32::try_from(METHODS_SHOWN).unwrap_or(u32::MAX);
    let version = asked.subject.version.unwrap_or_default();
    let url = move |skip: u32| {
        routes::with_query(&routes::service(&name), &[("version", &version), ("skip", &skip.to_string())])
    };
    let previous = (skip > 0).then(|| url(skip.saturating_sub(step)));
    let end = skip.saturating_add(shown);
    let next = (end < total).then(|| url(end));
    view! {
        <nav class="pager" aria-label="Pages of methods">
            <span class="pager__position">{format!("{} to {end} of {total} methods", skip.saturating_add(1))}</span>
            {previous.map(|url| view! { <a class="button" rel="prev" href=url>"Previous"</a> })}
            {next.map(|url| view! { <a class="button" rel="next" href=url>"Next"</a> })}
        </nav>
    }
}

#[component]
fn GrpcServiceSection(catalog_name: String, grpc: GrpcService, schema: Arc<Schema>) -> impl IntoView {
    let methods = grpc.methods.into_iter().map(|method| {
        view! { <MethodCard catalog_name=catalog_name.clone() method schema=Arc::clone(&schema)/> }
    });
    view! {
        <section class="grpc" aria-labelledby=format!("service-{}", grpc.name)>
            <h2 id=format!("service-{}", grpc.name) class="grpc__name"><code>{grpc.name.clone()}</code></h2>
            <Comment text=grpc.comment/>
            <ul class="methods">{methods.collect_view()}</ul>
        </section>
    }
}

#[component]
fn MethodCard(catalog_name: String, method: Method, schema: Arc<Schema>) -> impl IntoView {
    let url = routes::method(&catalog_name, &name_in_url(&schema, &method));
    let badges = badges(&method).into_iter().map(|badge| view! { <span class="tag">{badge}</span> });
    let (streams_in, streams_out) = (method.client_streaming, method.server_streaming);
    let details =
        [("Request", method.input.clone()), ("Response", method.output.clone())].map(|(title, name)| {
            let rows = fields(&schema, &name);
            view! { <h3 class="method__side">{title}</h3>{rows} }
        });
    view! {
        <li class="method">
            <div class="method__head">
                <a class="method__name" data-row="" href=url>{method.name.clone()}</a>
                {badges.collect_view()}
                <span class="method__types">
                    {streams_in.then_some("stream ")}<TypeLink name=method.input/>
                    <Icon name="arrow"/>
                    <span class="hidden">" returns "</span>
                    {streams_out.then_some("stream ")}<TypeLink name=method.output/>
                </span>
            </div>
            <Comment text=method.comment/>
            <details class="method__details">
                <summary>"Fields"</summary>
                {details.into_iter().collect_view()}
            </details>
        </li>
    }
}

/// A comment from the proto file: text, with its line breaks.
#[component]
pub(super) fn Comment(text: String) -> impl IntoView {
    (!text.trim().is_empty()).then(|| view! { <p class="comment">{text.trim().to_owned()}</p> })
}

/// The method as `/v1` and the URL write it: its name where unique, else its full name.
pub(super) fn name_in_url(schema: &Schema, method: &Method) -> String {
    if schema.method(&method.name).is_ok() { method.name.clone() } else { method.full_name() }
}

/// What sets a method apart.
fn badges(method: &Method) -> Vec<&'static str> {
    let streaming = match (method.client_streaming, method.server_streaming) {
        (false, false) => None,
        (true, false) => Some("client stream"),
        (false, true) => Some("server stream"),
        (true, true) => Some("both stream"),
    };
    let flags = [
        streaming,
        method.read_only.then_some("read only"),
        (method.idempotent && !method.read_only).then_some("idempotent"),
        method.deprecated.then_some("deprecated"),
    ];
    flags.into_iter().flatten().collect()
}
