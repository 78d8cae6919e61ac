//! The HTML document around the app, rendered on the server only.

use crate::context::RAIL_NARROW;
use crate::{App, Assets, RequestContext, Theme};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// The whole document. Reads [`Assets`] and [`RequestContext`] from the context the server provides.
///
/// Signed-out pages load no wasm: they are forms and text.
#[must_use]
pub fn shell() -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let request = use_context::<RequestContext>();
    let theme = request.as_ref().map_or(Theme::System, |request| request.theme);
    let rail = request.as_ref().is_some_and(|request| request.rail_narrow).then_some(RAIL_NARROW);
    let signed_in = request.is_some_and(|request| request.account.is_some());
    let scripts = signed_in.then(|| hydration(&assets));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.attribute() data-rail=rail>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=assets.favicon/>
                <link rel="stylesheet" href=assets.css/>
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The script that loads the wasm and takes the page over.
fn hydration(assets: &Assets) -> impl IntoView + use<> {
    let nonce = use_nonce();
    // The URLs come from the build's manifest; as JSON strings they cannot leave their quotes.
    let script = format!(
        "import init, {{hydrate}} from {:?}; init({{module_or_path: {:?}}}).then(hydrate);",
        assets.js, assets.wasm
    );
    view! {
        <link rel="modulepreload" href=assets.js.clone()/>
        <link rel="modulepreload" href=assets.pages_js.clone()/>
        <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module" nonce=nonce>{script}</script>
    }
}
