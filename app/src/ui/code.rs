//! Code to read and copy.

use super::copy::CopyButton;
use leptos::prelude::*;

/// A block of code with a copy button.
#[component]
pub(crate) fn CodeBlock(
    /// The code.
    #[prop(into)]
    code: String,
    /// What it is, for the copy button's name.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! {
        <div class="code">
            <pre class="code__text" tabindex="0" role="group" aria-label=name.clone()><code>{code.clone()}</code></pre>
            <CopyButton text=code name=name/>
        </div>
    }
}
