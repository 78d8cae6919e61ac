//! Pages that are read again when the catalog changes: what they show is more than a change tells.

use super::{CATALOG_EVENT, Connection, PAINT_EVERY, follow};
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use micro_domain::catalog::Event;
use std::time::Duration;

/// How long a change waits while a row has the focus: a focused row never moves.
const FOCUSED_WAIT: Duration = Duration::from_secs(1);

/// Reads a page again.
#[derive(Clone, Copy)]
pub(crate) struct Refresh {
    /// A read is due.
    due: StoredValue<bool>,
    read: Callback<()>,
}

impl Refresh {
    /// In the browser, follows the changes of the catalog at `url` for as long as the page is there, and calls `read` after
    /// those that `concerns` it.
    pub(crate) fn start(
        url: impl Fn() -> String + Clone + 'static,
        concerns: impl Fn(&Event) -> bool + Clone + 'static,
        read: impl Fn() + Send + Sync + 'static,
    ) {
        let refresh = Self { due: StoredValue::new(false), read: Callback::new(move |()| read()) };
        let connection = expect_context::<Connection>();
        Effect::new(move || {
            let concerns = concerns.clone();
            follow(connection, CATALOG_EVENT, url.clone(), move |data| {
                // What cannot be read may concern the page.
                if serde_json::from_str::<Event>(&data).map_or(true, |event| concerns(&event)) {
                    refresh.schedule(PAINT_EVERY);
                }
            });
        });
    }

    fn schedule(self, after: Duration) {
        // The page may be gone by the time a timer fires.
        if self.due.try_get_value() == Some(false) {
            self.due.set_value(true);
            set_timeout(move || self.fire(), after);
        }
    }

    fn fire(self) {
        if self.due.try_set_value(false).is_some() {
            return;
        }
        if row_focused() { self.schedule(FOCUSED_WAIT) } else { self.read.run(()) }
    }
}

/// Whether the focus is on a row.
pub(crate) fn row_focused() -> bool {
    document().active_element().is_some_and(|element| element.has_attribute("data-row"))
}
