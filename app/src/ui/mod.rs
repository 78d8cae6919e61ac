//! The design system: components that show what they are given and call nothing.

pub(crate) mod background;
pub(crate) mod cards;
pub(crate) mod code;
pub(crate) mod confirm;
pub(crate) mod copy;
pub(crate) mod field;
pub(crate) mod frame;
pub(crate) mod gate;
pub(crate) mod icon;
pub(crate) mod json;
pub(crate) mod notice;
pub(crate) mod once;
pub(crate) mod palette;
pub(crate) mod role;
pub(crate) mod shortcut;
pub(crate) mod shortcut_sheet;
pub(crate) mod status;
pub(crate) mod textarea;
pub(crate) mod time;
pub(crate) mod toast;

use leptos::prelude::*;

/// Whether the browser has taken the page over, all of it. Until then it must look as the server drew it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TakenOver(ArcRwSignal<bool>);

impl TakenOver {
    /// Whether it has; tracked.
    pub(crate) fn get(&self) -> bool {
        self.0.get()
    }

    /// Says so: what needs scripts shows, what replaces it goes.
    #[cfg(feature = "hydrate")]
    pub(crate) fn mark(&self) {
        if let Some(root) = document().document_element() {
            let _ = root.class_list().add_1("scripted");
        }
        self.0.set(true);
    }
}
