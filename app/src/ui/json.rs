//! JSON to read: laid out, its parts told apart.

use super::copy::CopyButton;
use leptos::prelude::*;
use micro_domain::form::json::{Token, pretty, tokens};

/// Bytes of JSON whose parts are coloured; longer texts are shown plain.
const COLOURED_MAX_BYTES: usize = 100_000;

/// A block of JSON with a copy button. Copies what it was given, not what is masked in it.
#[component]
pub(crate) fn JsonBlock(
    /// The JSON as it came.
    #[prop(into)]
    json: String,
    /// What it is, for the copy button's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let copied = pretty(&json);
    let body = if json.len() > COLOURED_MAX_BYTES { copied.clone().into_any() } else { coloured(&json) };
    view! {
        <div class="code">
            <pre class="code__text json" tabindex="0" role="group" aria-label=name.clone()><code>{body}</code></pre>
            <CopyButton text=copied name=name/>
        </div>
    }
}

fn coloured(json: &str) -> AnyView {
    let parts = tokens(json).into_iter().map(|(token, text)| {
        let class = match token {
            Token::Key => "json__key",
            Token::String => "json__string",
            Token::Number => "json__number",
            Token::Word => "json__word",
            Token::Mark => "json__mark",
        };
        view! { <span class=class>{text}</span> }
    });
    parts.collect_view().into_any()
}
