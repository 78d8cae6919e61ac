//! `/micro whoami`: for the unlinked, too.

use super::Asking;
use micro_domain::{
    Error,
    view::{self, View},
};

pub(super) async fn run(asking: &Asking<'_>) -> Result<View, Error> {
    let who = asking.client().identity().whoami().await?;
    Ok(view::whoami(&who, &asking.core.public_url, Some(asking.speaker)))
}
