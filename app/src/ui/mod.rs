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
