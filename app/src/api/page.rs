//! What a page does to the HTTP response it is rendered into; nothing in the browser.

#[cfg(feature = "ssr")]
use axum::http::{HeaderValue, StatusCode, header};
#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
#[cfg(feature = "ssr")]
use leptos_axum::ResponseOptions;
use micro_domain::Code;

/// Gives the response the HTTP status of `code`. Only has an effect before the first byte: in routes rendered `Async`,
/// or outside of any suspense.
pub(crate) fn set_status(code: Code) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) =
        (use_context::<ResponseOptions>(), StatusCode::from_u16(code.http_status()))
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = code;
}

/// Keeps the response out of every cache: it holds a secret, or its URL does.
pub(crate) fn no_store() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Sends a signed-out reader of a page to `location`, before anything else is rendered.
pub(crate) fn redirect(location: &str) {
    #[cfg(feature = "ssr")]
    leptos_axum::redirect(location);
    #[cfg(not(feature = "ssr"))]
    let _ = location;
}
