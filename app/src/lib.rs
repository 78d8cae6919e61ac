//! The dashboard: rendered on the server, taken over in the browser, usable without scripts.
//!
//! With feature `ssr` the server renders pages from a [`RequestContext`] and answers the server functions under `/api`.
//! With feature `hydrate` the same components take the page over in the browser. Pages and components hold no logic
//! worth testing: that is in plain functions (`listing`, `when`, `ui::shortcut`) and in `micro-domain`.

#![expect(unreachable_pub, reason = "the component macro makes its items public")]

mod api;
mod app;
mod context;
mod error;
#[cfg(feature = "ssr")]
mod forms;
mod listing;
mod live;
mod pages;
pub mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod ui;

pub use app::App;
pub use context::{Facts, Theme};
pub use error::AppError;
pub use ui::once::ONCE;

#[cfg(feature = "ssr")]
pub use api::call::post::post_call;
#[cfg(feature = "ssr")]
pub use context::{Assets, RequestContext};
#[cfg(feature = "ssr")]
pub use forms::{post_invite, post_link, post_settings, post_team, post_tokens};
#[cfg(feature = "ssr")]
pub use shell::shell;

/// Takes over the page the server rendered; the page's script calls it once the module is loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let taken_over = ui::TakenOver::default();
        let app = {
            let taken_over = taken_over.clone();
            || {
                leptos::context::provide_context(taken_over);
                App()
            }
        };
        leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), app).await.forget();
        // Not before: until a page's own module is there, its forms are the browser's.
        taken_over.mark();
    });
    leptos::prelude::set_timeout(
        || leptos::task::spawn_local(pages::lazy::fetch()),
        pages::lazy::FETCH_AFTER,
    );
}
