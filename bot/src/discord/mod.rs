//! Discord: the only place that knows it.

use crate::{Core, Error, options::Discord, pipeline::Pipeline};
use axum::Router;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Starts the bot; the routes are where Discord sends signed HTTP.
pub(crate) fn start(
    options: &Discord,
    core: &Arc<Core>,
    pipeline: &Pipeline,
    stopping: &CancellationToken,
) -> Result<Router, Error> {
    let _ = (options, core, pipeline, stopping);
    Ok(Router::new())
}
