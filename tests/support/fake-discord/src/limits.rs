//! Discord's limits, as its documentation gives them. Lengths are in characters.

/// Of a message's text.
pub(crate) const CONTENT_MAX: usize = 2_000;
/// Of a message's embeds.
pub(crate) const EMBEDS_MAX: usize = 10;
/// Of what all embeds of a message say together.
pub(crate) const EMBEDS_TEXT_MAX: usize = 6_000;
/// Of an embed's title.
pub(crate) const EMBED_TITLE_MAX: usize = 256;
/// Of an embed's description.
pub(crate) const EMBED_DESCRIPTION_MAX: usize = 4_096;
/// Of an embed's fields.
pub(crate) const EMBED_FIELDS_MAX: usize = 25;
/// Of an embed field's name.
pub(crate) const EMBED_FIELD_NAME_MAX: usize = 256;
/// Of an embed field's value.
pub(crate) const EMBED_FIELD_VALUE_MAX: usize = 1_024;
/// Of an embed's footer.
pub(crate) const EMBED_FOOTER_MAX: usize = 2_048;
/// Of the name of an embed's author.
pub(crate) const EMBED_AUTHOR_MAX: usize = 256;
/// The largest colour, white.
pub(crate) const EMBED_COLOUR_MAX: i64 = 0xFF_FFFF;
/// Of an embed's addresses.
pub(crate) const EMBED_URL_MAX: usize = 2_048;

/// Files of one message.
pub(crate) const FILES_MAX: usize = 10;
/// Bytes of one file.
pub(crate) const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of one request.
pub(crate) const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Of a file's description.
pub(crate) const FILE_DESCRIPTION_MAX: usize = 1_024;

/// Rows of a message's components.
pub(crate) const ROWS_MAX: usize = 5;
/// Buttons of a row.
pub(crate) const BUTTONS_MAX: usize = 5;
/// Of a button's label.
pub(crate) const BUTTON_LABEL_MAX: usize = 80;
/// Of a component's or a modal's id.
pub(crate) const CUSTOM_ID_MAX: usize = 100;
/// Of a link button's address.
pub(crate) const LINK_MAX: usize = 512;
/// Options of a select.
pub(crate) const SELECT_OPTIONS_MAX: usize = 25;
/// Of a select option's label, value or description.
pub(crate) const SELECT_OPTION_TEXT_MAX: usize = 100;
/// Of a select's placeholder.
pub(crate) const SELECT_PLACEHOLDER_MAX: usize = 150;

/// Of a modal's title.
pub(crate) const MODAL_TITLE_MAX: usize = 45;
/// Text inputs of a modal.
pub(crate) const MODAL_INPUTS_MAX: usize = 5;
/// Of a text input's label.
pub(crate) const INPUT_LABEL_MAX: usize = 45;
/// Of a text input's placeholder.
pub(crate) const INPUT_PLACEHOLDER_MAX: usize = 100;
/// Of what a text input holds.
pub(crate) const INPUT_VALUE_MAX: usize = 4_000;

/// Global commands of an application.
pub(crate) const COMMANDS_MAX: usize = 100;
/// Options of a command, a group or a subcommand.
pub(crate) const OPTIONS_MAX: usize = 25;
/// Choices of an option, and of a completion.
pub(crate) const CHOICES_MAX: usize = 25;
/// Of a choice's name, and of its value if that is text.
pub(crate) const CHOICE_TEXT_MAX: usize = 100;
/// Of a command's or an option's name.
pub(crate) const NAME_MAX: usize = 32;
/// Of a command's or an option's description.
pub(crate) const DESCRIPTION_MAX: usize = 100;
/// Of everything a command says, each text in its longest language.
pub(crate) const COMMAND_TEXT_MAX: usize = 8_000;
/// The largest `min_length` and `max_length` of an option.
pub(crate) const OPTION_LENGTH_MAX: i64 = 6_000;

/// How long an interaction may wait for its first response.
pub(crate) const FIRST_RESPONSE_MS: i64 = 3_000;
/// How long an interaction's token lives.
pub(crate) const TOKEN_MS: i64 = 15 * 60 * 1_000;

/// Requests a second of one bot, those to interactions and webhooks not counted.
pub(crate) const GLOBAL_PER_SECOND: u32 = 50;
/// Answers of 401, 403 and 429 within [`INVALID_WINDOW_MS`] after which an address is shut out.
pub(crate) const INVALID_MAX: usize = 10_000;
/// The time over which invalid answers are counted.
pub(crate) const INVALID_WINDOW_MS: i64 = 10 * 60 * 1_000;

/// Identifies within [`IDENTIFY_WINDOW_MS`]; one more, and the token is reset.
pub(crate) const IDENTIFIES_MAX: u64 = 1_000;
/// The time over which identifies are counted.
pub(crate) const IDENTIFY_WINDOW_MS: i64 = 24 * 60 * 60 * 1_000;
/// What a gateway connection may send within [`GATEWAY_SENDS_WINDOW_MS`].
pub(crate) const GATEWAY_SENDS_MAX: usize = 120;
/// The time over which sends are counted.
pub(crate) const GATEWAY_SENDS_WINDOW_MS: i64 = 60_000;
/// What the gateway asks clients to keep between two heartbeats, unless a test says otherwise.
pub(crate) const HEARTBEAT_MS: u64 = 41_250;
