//! `/micro help [COMMAND]`.

use micro_domain::{
    Error,
    command::chat::{self, Invocation},
    view::{self, View},
};

pub(super) fn run(invocation: &Invocation) -> Result<View, Error> {
    let command = invocation.value("command").map(chat::find).transpose()?;
    Ok(view::help(command))
}
