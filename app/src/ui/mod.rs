//! The design system: components that show what they are given and call nothing.

pub(crate) mod background;
pub(crate) mod code;
pub(crate) mod copy;
pub(crate) mod frame;
pub(crate) mod icon;
pub(crate) mod json;
pub(crate) mod notice;
pub(crate) mod palette;
pub(crate) mod shortcut;
pub(crate) mod shortcut_sheet;
pub(crate) mod status;
pub(crate) mod textarea;
pub(crate) mod time;
pub(crate) mod toast;

/// Marks the document as taken over: what needs scripts shows, what replaces it goes.
#[cfg(feature = "hydrate")]
pub(crate) fn mark_scripted() {
    if let Some(root) = leptos::prelude::document().document_element() {
        let _ = root.class_list().add_1("scripted");
    }
}
