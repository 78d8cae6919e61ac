//! `GET /v1/openapi.json`: everything the caller may call on `/v1`, as OpenAPI 3.1, generated from the same schemas as
//! every other surface.

mod components;

use self::components::{Components, described};
use super::metadata::CONNECT_TIMEOUT;
use super::own;
use super::status::WireError;
use crate::table::Table;
use crate::{Body, Gateway};
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;
use micro_domain::identity::{Permission, Principal};
use micro_domain::schema::{self, Schema};
use micro_domain::{Code, Error};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Where the document lives.
pub(super) const PATH: &str = "/v1/openapi.json";

/// One service as the document shows it.
struct Offer {
    service: String,
    /// All its described versions; the schema is the newest one's.
    versions: Vec<String>,
    schema: Arc<Schema>,
}

/// Answers with the document.
pub(super) async fn serve(
    gateway: &Gateway,
    method: &Method,
    principal: Option<&Principal>,
) -> Response<Body> {
    let refused = match principal {
        _ if method != Method::GET && method != Method::HEAD => {
            let error = Error::new(Code::Unimplemented, format!("`{PATH}` is only read; send GET"));
            let mut response =
                WireError::with_http(error, StatusCode::METHOD_NOT_ALLOWED).into_response(None);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        None => WireError::from(own::unauthenticated()),
        Some(principal) => {
            let table = gateway.settled().await;
            let document = document(&offers(&table, principal)).to_string();
            let mut response = Response::new(Body::new(Full::from(document)));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // It depends on who asks and on what is registered now.
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return response;
        }
    };
    refused.into_response(None)
}

/// What the caller may call.
fn offers(table: &Table, principal: &Principal) -> Vec<Offer> {
    let callable = table.services.values().filter(|entry| {
        let may = |permission| principal.may(permission, Some(&entry.name));
        may(Permission::ServicesRead) && may(Permission::ServicesCall)
    });
    let offer = |entry: &Arc<crate::table::ServiceEntry>| {
        let newest = entry.descriptions.last()?;
        let versions =
            entry.descriptions.iter().map(|one| one.version.clone()).filter(|version| !version.is_empty());
        Some(Offer {
            service: entry.name.clone(),
            versions: versions.collect(),
            schema: Arc::clone(&newest.schema),
        })
    };
    callable.filter_map(offer).collect()
}

fn document(offers: &[Offer]) -> Value {
    let mut components = Components::default();
    let mut paths = Map::new();
    let mut tags = Vec::new();
    for offer in offers {
        let names = components.add(&offer.service, &offer.schema);
        let comments: Vec<&str> = offer
            .schema
            .services
            .iter()
            .map(|one| one.comment.as_str())
            .filter(|comment| !comment.is_empty())
            .collect();
        tags.push(described(json!({ "name": offer.service }), &comments.join("\n\n")));
        let mut count: HashMap<&str, usize> = HashMap::new();
        offer.schema.methods().for_each(|method| *count.entry(method.name.as_str()).or_default() += 1);
        for method in offer.schema.methods() {
            let unique = count.get(method.name.as_str()) == Some(&1);
            let name = if unique { method.name.clone() } else { method.full_name() };
            paths.insert(
                format!("/v1/{}/{name}", offer.service),
                json!({ "post": operation(offer, method, &names) }),
            );
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Micro",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The services registered with this Micro server, as far as the caller may call them. \
                            Bodies are canonical proto JSON.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token: `micro token create NAME` makes one.",
                },
            },
            "parameters": { "Timeout": timeout_parameter() },
            "responses": { "Error": {
                "description": "The call failed; the HTTP status follows from the code.",
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
            } },
            "schemas": components.into_schemas(),
        },
    })
}

fn timeout_parameter() -> Value {
    json!({
        "name": CONNECT_TIMEOUT.as_str(),
        "in": "header",
        "description": "The deadline in milliseconds. Calls that are no streams have 30000 by default and 300000 at most.",
        "schema": { "type": "integer", "minimum": 0, "maximum": 9_999_999_999_u64 },
    })
}

fn operation(offer: &Offer, method: &schema::Method, names: &components::Names) -> Value {
    let mut parameters = vec![json!({ "$ref": "#/components/parameters/Timeout" })];
    if offer.versions.len() > 1 {
        parameters.push(json!({
            "name": "micro-version",
            "in": "header",
            "description": "Only instances of this version. The schemas here are the newest version's.",
            "schema": { "type": "string", "enum": offer.versions },
        }));
    }
    let mut operation = json!({
        "operationId": format!("{}.{}", offer.service, method.full_name()),
        "tags": [offer.service],
        "parameters": parameters,
        "requestBody": { "required": true, "content": request(method, names) },
        "responses": {
            "200": { "description": answer_description(method), "content": answer(method, names) },
            "default": { "$ref": "#/components/responses/Error" },
        },
    });
    if let Some(object) = operation.as_object_mut() {
        if let Some(summary) = method.comment.lines().next().filter(|line| !line.is_empty()) {
            object.insert("summary".into(), summary.into());
            object.insert("description".into(), method.comment.clone().into());
        }
        if method.deprecated {
            object.insert("deprecated".into(), true.into());
        }
    }
    operation
}

fn request(method: &schema::Method, names: &components::Names) -> Value {
    let schema = names.message(&method.input);
    if method.client_streaming {
        let schema = described(schema, "A stream: one such object per line.");
        json!({ "application/x-ndjson": { "schema": schema } })
    } else {
        json!({ "application/json": { "schema": schema } })
    }
}

const fn answer_description(method: &schema::Method) -> &'static str {
    if method.server_streaming {
        "A stream of messages: one JSON object per line, or server-sent events where `Accept: text/event-stream` asks for \
         them. An error after the first message is a last line `{\"error\": ...}`, or an event named `error`."
    } else {
        "The answer. Trailers of the service are headers that begin with `trailer-`."
    }
}

fn answer(method: &schema::Method, names: &components::Names) -> Value {
    let schema = names.message(&method.output);
    if !method.server_streaming {
        return json!({ "application/json": { "schema": schema } });
    }
    let line = json!({ "anyOf": [schema, { "$ref": "#/components/schemas/StreamError" }] });
    json!({
        "application/x-ndjson": { "schema": line },
        "text/event-stream": { "schema": { "type": "string", "description": "Events whose data is such an object." } },
    })
}

#[cfg(test)]
mod tests;
