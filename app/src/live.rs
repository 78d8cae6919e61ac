//! Live data: one stream of server-sent events per page, and what the reader is told about it.

mod refresh;
mod stream;

pub(crate) use refresh::{Refresh, row_focused};
pub(crate) use stream::follow;

use leptos::prelude::*;
use std::time::Duration;

/// The event of the live stream that holds a change of the catalog.
pub(crate) const CATALOG_EVENT: &str = "catalog";
/// The least time between two paints of live changes.
pub(crate) const PAINT_EVERY: Duration = Duration::from_millis(250);

/// How the page's live data is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// The page has none.
    #[default]
    Off,
    /// Changes arrive as they happen.
    Live,
    /// Closed while the page was hidden.
    Paused,
    /// Lost, and being opened again.
    Reconnecting,
    /// Lost for a while; what is shown was true at this time, milliseconds since the Unix epoch.
    Stale(i64),
}

/// The state of the page's live data, shown in the top bar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection(RwSignal<State>);

impl Connection {
    /// No live data.
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(State::Off))
    }

    /// Its state now; tracked.
    pub(crate) fn state(self) -> State {
        self.0.get()
    }

    fn set(self, state: State) {
        // Timers and the stream outlive the page by a moment.
        if self.0.try_get_untracked().is_some_and(|current| current != state) {
            self.0.set(state);
        }
    }
}
