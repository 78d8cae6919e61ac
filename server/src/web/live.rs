//! Live data as server-sent events, resumable with `Last-Event-ID`.

use super::{Web, caller::Caller};
use crate::edge::text;
use axum::{
    Extension,
    extract::{Query, State},
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use micro_domain::catalog;
use serde::Deserialize;
use std::time::Duration;

/// How often a quiet stream says it is alive, in seconds.
const HEARTBEAT_S: u64 = 15;

/// What a page wants to hear of.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The revision the page was rendered at: a stream that begins there spares the snapshot.
    after: Option<u64>,
    /// Only changes of this service.
    service: Option<String>,
}

/// `GET /live/services`: each change of the catalog as an event named `catalog`, its id the revision.
pub(super) async fn services(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { after, service }): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    if caller.principal.is_none() {
        return text(StatusCode::UNAUTHORIZED, "Sign in first.\n");
    }
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let seen = resumed.or(after);
    let watch = match caller.client(&web.client).registry().watch(seen.unwrap_or(0)).await {
        Ok(watch) => watch,
        Err(error) => {
            tracing::debug!(%error, "the catalog cannot be watched");
            return text(StatusCode::SERVICE_UNAVAILABLE, "The catalog cannot be watched now.\n");
        }
    };
    // A failed watch (the session was ended, say) ends the stream; the browser reconnects and is told why.
    let events = watch
        .take_while(|event| std::future::ready(event.is_ok()))
        .filter_map(move |event| {
            std::future::ready(event.ok().and_then(|event| of(event, service.as_deref())))
        })
        .filter_map(|event| {
            let data = serde_json::to_string(&event).ok();
            let event =
                data.map(|data| Event::default().event("catalog").id(event.revision.to_string()).data(data));
            std::future::ready(event)
        });
    let until =
        events.take_until(web.stopping.clone().cancelled_owned()).map(Ok::<_, std::convert::Infallible>);
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(HEARTBEAT_S));
    Sse::new(until).keep_alive(keep_alive).into_response()
}

/// The event as far as it is about `service`, where only that is wanted.
fn of(mut event: catalog::Event, service: Option<&str>) -> Option<catalog::Event> {
    let Some(service) = service else { return Some(event) };
    let concerns = match &mut event.change {
        catalog::Change::Snapshot(catalog) => {
            catalog.services.retain(|one| one.name == service);
            true
        }
        catalog::Change::Upserted(one) => one.name == service,
        catalog::Change::Removed(name) => name == service,
    };
    concerns.then_some(event)
}
