//! A text area that holds its text in the server's HTML too.

use leptos::prelude::*;

/// `text` as the content of a text area. The only HTML written by hand: a text node would be a blank where the text is
/// empty, and the parser drops a leading line break.
fn content(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if escaped.starts_with('\n') { format!("\n{escaped}") } else { escaped }
}

/// A text area; attributes are added by the caller with `attr:`.
#[component]
pub(crate) fn TextArea(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its name in the form.
    #[prop(into)]
    name: String,
    /// Its text.
    #[prop(into)]
    text: TextProp,
    /// Rows shown at least.
    rows: u32,
) -> impl IntoView {
    let first = content(&untrack(|| text.get()));
    view! {
        <textarea id=id name=name rows=rows spellcheck="false" autocomplete="off" autocapitalize="off"
            inner_html=first prop:value=move || text.get().to_string()></textarea>
    }
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn text_stays_text() {
        assert_eq!(content("</textarea><script>&"), "&lt;/textarea&gt;&lt;script&gt;&amp;");
        assert_eq!(content("\nx"), "\n\nx");
        assert_eq!(content(""), "");
    }
}
