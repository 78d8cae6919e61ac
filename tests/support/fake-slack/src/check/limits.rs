//! Slack's limits. Lengths are in characters.

/// Blocks in a message.
pub(crate) const MESSAGE_BLOCKS_MAX: usize = 50;
/// Blocks in a modal or home tab.
pub(crate) const VIEW_BLOCKS_MAX: usize = 100;
/// All text in a message's blocks together.
pub(crate) const MESSAGE_BLOCKS_CHARS_MAX: usize = 13_200;
/// A message's `text`.
pub(crate) const MESSAGE_TEXT_CHARS_MAX: usize = 40_000;
/// Attachments of a message.
pub(crate) const ATTACHMENTS_MAX: usize = 100;
/// A view as JSON, in bytes.
pub(crate) const VIEW_BYTES_MAX: usize = 250_000;
/// Views on top of each other.
pub(crate) const VIEW_STACK_MAX: usize = 3;

/// `block_id`, `action_id`, `callback_id`, `external_id`.
pub(crate) const ID_CHARS_MAX: usize = 255;
/// Any text object, and a section's text.
pub(crate) const TEXT_CHARS_MAX: usize = 3_000;
/// Fields of a section.
pub(crate) const FIELDS_MAX: usize = 10;
/// A field of a section.
pub(crate) const FIELD_CHARS_MAX: usize = 2_000;
/// A header.
pub(crate) const HEADER_CHARS_MAX: usize = 150;
/// Elements of a context block.
pub(crate) const CONTEXT_ELEMENTS_MAX: usize = 10;
/// Elements of an actions block.
pub(crate) const ACTIONS_ELEMENTS_MAX: usize = 25;
/// A URL.
pub(crate) const URL_CHARS_MAX: usize = 3_000;
/// An image's title or alternative text, an input's label or hint.
pub(crate) const LABEL_CHARS_MAX: usize = 2_000;
/// All markdown blocks of a message together.
pub(crate) const MARKDOWN_CHARS_MAX: usize = 12_000;
/// Rows of a table.
pub(crate) const TABLE_ROWS_MAX: usize = 100;
/// Columns of a table.
pub(crate) const TABLE_COLUMNS_MAX: usize = 20;

/// A button's text.
pub(crate) const BUTTON_TEXT_CHARS_MAX: usize = 75;
/// A button's value.
pub(crate) const BUTTON_VALUE_CHARS_MAX: usize = 2_000;
/// A placeholder.
pub(crate) const PLACEHOLDER_CHARS_MAX: usize = 150;
/// Options of a select, and groups of them.
pub(crate) const SELECT_OPTIONS_MAX: usize = 100;
/// Options of an overflow menu.
pub(crate) const OVERFLOW_OPTIONS_MAX: usize = 5;
/// Checkboxes or radio buttons.
pub(crate) const CHECKBOXES_MAX: usize = 10;
/// An option's text or description, a group's label.
pub(crate) const OPTION_TEXT_CHARS_MAX: usize = 75;
/// An option's value.
pub(crate) const OPTION_VALUE_CHARS_MAX: usize = 150;
/// What an input starts with, and its `max_length`.
pub(crate) const INPUT_CHARS_MAX: usize = 3_000;
/// A confirmation's title, text and buttons.
pub(crate) const CONFIRM_CHARS_MAX: [(&str, usize); 4] =
    [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)];

/// A modal's title and the labels of its buttons.
pub(crate) const MODAL_LABEL_CHARS_MAX: usize = 24;
/// What a view carries for its app.
pub(crate) const PRIVATE_METADATA_CHARS_MAX: usize = 3_000;
