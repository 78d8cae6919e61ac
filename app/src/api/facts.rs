//! What the page itself must know of the request.

use crate::Facts;

/// The facts of this request; in the browser only called when the page brought none.
#[cfg(feature = "ssr")]
pub(crate) fn read() -> Facts {
    use crate::{Assets, RequestContext};
    use leptos::prelude::use_context;

    let assets = use_context::<Assets>().unwrap_or_default();
    use_context::<RequestContext>().map(|request| request.facts(&assets)).unwrap_or_default()
}

/// The facts of this request; in the browser only called when the page brought none.
#[cfg(not(feature = "ssr"))]
pub(crate) fn read() -> Facts {
    Facts::default()
}
