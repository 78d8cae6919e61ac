//! The dashboard's files: embedded in release builds, read from disk in development.

use super::Web;
use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use leptos::WasmSplitManifest;
use leptos::prelude::ArcStoredValue;
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// What `cargo xtask web` built.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Site;

/// The build's list of its files, logical name to hashed name.
#[derive(Default, Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    /// What loads the modules of lazy pages.
    pages_js: String,
    /// By lazy page: its modules, without `.wasm`.
    pages: HashMap<String, Vec<String>>,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// Where the browser finds each file.
pub(crate) fn locate() -> micro_app::Assets {
    let manifest = Site::get("manifest.json");
    let manifest: Manifest =
        manifest.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_else(|| {
            tracing::warn!(
                "the dashboard was not built: run `cargo xtask web`; pages come without style and scripts"
            );
            Manifest::default()
        });
    let named = |name: &str| manifest.files.get(name).map_or(name, String::as_str).to_owned();
    micro_app::Assets {
        js: format!("/assets/{}", manifest.js),
        pages_js: format!("/assets/{}", manifest.pages_js),
        wasm: format!("/assets/{}", manifest.wasm),
        css: format!("/assets/{}", manifest.css),
        sprite: format!("/assets/{}", named("icons.svg")),
        favicon: format!("/assets/{}", named("favicon.svg")),
        modules: WasmSplitManifest(ArcStoredValue::new((
            "/assets".to_owned(),
            manifest.pages,
            manifest.pages_js,
        ))),
    }
}

/// `GET /assets/{file}`: the smallest copy the browser accepts. Names hold a hash of their content, so they never change.
pub(super) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let copies = [("br", ".br"), ("gzip", ".gz")];
    let packed = copies
        .iter()
        .filter(|(name, _)| accepted.contains(name))
        .find_map(|(name, suffix)| Site::get(&format!("{file}{suffix}")).map(|found| (found, Some(*name))));
    match packed.or_else(|| Site::get(&file).map(|found| (found, None))) {
        Some((found, encoding)) => respond(&file, found, encoding),
        None => crate::edge::text(StatusCode::NOT_FOUND, "There is no such file.\n"),
    }
}

/// `GET /favicon.ico`, which browsers ask for unbidden.
pub(super) async fn favicon(State(web): State<Web>, headers: HeaderMap) -> Response {
    let file = web.assets.favicon.trim_start_matches("/assets/").to_owned();
    serve(Path(file), headers).await
}

fn respond(name: &str, file: EmbeddedFile, encoding: Option<&'static str>) -> Response {
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
