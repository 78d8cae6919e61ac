//! `/micro link [CODE]` and `/micro unlink`.

use super::Asking;
use micro_domain::{
    Error,
    command::chat::Invocation,
    view::{self, Tone, View},
};

/// Asks for a link, or redeems the code its page showed.
pub(super) async fn link(asking: &Asking<'_>, invocation: &Invocation) -> Result<View, Error> {
    let (mut chat, speaker) = (asking.core.client.chat(), asking.speaker);
    match invocation.value("code") {
        None => Ok(view::linking(&chat.request_link(&speaker.person, &speaker.names).await?)),
        Some(code) => {
            let redeemed = chat.redeem(&speaker.person, code).await?;
            asking.core.known.forget(&speaker.person);
            Ok(view::linked(&redeemed.account, speaker))
        }
    }
}

pub(super) async fn unlink(asking: &Asking<'_>) -> Result<View, Error> {
    asking.client().chat().unlink().await?;
    asking.core.known.forget(&asking.speaker.person);
    let told = "Nothing is done here as your account any more. Type /micro link to be linked again.";
    Ok(view::message(Tone::Good, "You are not linked any more", told))
}
