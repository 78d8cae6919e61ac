//! What the server hands every page and every server function.

use super::{Facts, RAIL_NARROW, Theme};
use axum::http::{HeaderMap, header};
use leptos::WasmSplitManifest;
use micro_client::Client;
use micro_domain::chat::BotStatus;

/// The cookie that keeps the theme.
pub(crate) const THEME_COOKIE: &str = "theme";
/// The cookie that keeps the navigation collapsed.
pub(crate) const RAIL_COOKIE: &str = "rail";
/// The cookie that hides the checklist on the home page.
pub(crate) const ONBOARDING_COOKIE: &str = "onboarding";
/// The value of [`ONBOARDING_COOKIE`] that hides it.
pub(crate) const ONBOARDING_HIDDEN: &str = "hidden";

/// One request: who asks, through which client, and how they want the page to look. The same type for pages and server
/// functions, provided by one function of the server.
#[derive(Clone)]
pub struct RequestContext {
    /// Carries the session's credential; the platform decides what it may.
    pub client: Client,
    /// The account's name; none when signed out.
    pub account: Option<String>,
    /// The base of every link handed out.
    pub public_url: String,
    /// From the reader's cookie.
    pub theme: Theme,
    /// From the reader's cookie.
    pub rail_narrow: bool,
    /// From the reader's cookie.
    pub onboarding_hidden: bool,
    /// How the bots are at this moment; none where none is configured.
    pub bots: Vec<BotStatus>,
}

impl RequestContext {
    /// The context of a request with these `headers`, whose cookies hold the reader's preferences.
    #[must_use]
    pub fn new(client: Client, account: Option<String>, public_url: &str, headers: &HeaderMap) -> Self {
        Self {
            client,
            account,
            public_url: public_url.trim_end_matches('/').to_owned(),
            theme: cookie(headers, THEME_COOKIE).map(Theme::from_word).unwrap_or_default(),
            rail_narrow: cookie(headers, RAIL_COOKIE) == Some(RAIL_NARROW),
            onboarding_hidden: cookie(headers, ONBOARDING_COOKIE) == Some(ONBOARDING_HIDDEN),
            bots: Vec::new(),
        }
    }

    /// The same, where these bots run.
    #[must_use]
    pub fn with_bots(self, bots: Vec<BotStatus>) -> Self {
        Self { bots, ..self }
    }

    /// What of it the browser gets too.
    pub(crate) fn facts(&self, assets: &Assets) -> Facts {
        Facts {
            account: self.account.clone(),
            public_url: self.public_url.clone(),
            theme: self.theme,
            rail_narrow: self.rail_narrow,
            onboarding_hidden: self.onboarding_hidden,
            sprite: assets.sprite.clone(),
        }
    }
}

/// Where the browser finds the files of the dashboard: the URLs with their content hashes.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    /// The module that loads the wasm.
    pub js: String,
    /// The module that loads the modules of lazy pages.
    pub pages_js: String,
    /// The wasm.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// The icon sprite.
    pub sprite: String,
    /// The favicon.
    pub favicon: String,
    /// The modules of lazy pages.
    pub modules: WasmSplitManifest,
}

/// The value of the first cookie called `name`.
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_exact_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "xtheme=light; theme=dark".parse().unwrap());
        headers.append(header::COOKIE, "onboarding=hidden".parse().unwrap());
        assert_eq!(cookie(&headers, "theme"), Some("dark"));
        assert_eq!(cookie(&headers, "onboarding"), Some("hidden"));
        assert_eq!(cookie(&headers, "heme"), None);
    }
}
