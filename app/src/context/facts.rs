//! The facts of a request that the browser needs too; they travel with the page.

use serde::{Deserialize, Serialize};

/// Light, dark, or as the system says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The system decides.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All of them, in the order shown.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As in the cookie, the form and `data-theme`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme called `word`; the system's for anything else.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }

    /// The value of `<html data-theme>`; absent, the system decides.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light | Self::Dark => Some(self.word()),
        }
    }
}

/// The value of `<html data-rail>` and of its cookie where the reader collapsed the navigation.
pub(crate) const RAIL_NARROW: &str = "narrow";

/// What server and browser must agree on for the page to render the same in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The account's name; none when signed out.
    pub account: Option<String>,
    /// The base of every link handed out, without a slash at the end.
    pub public_url: String,
    /// Light, dark, system.
    pub theme: Theme,
    /// The reader collapsed the navigation.
    pub rail_narrow: bool,
    /// The reader hid the checklist on the home page.
    pub onboarding_hidden: bool,
    /// Where the icons are.
    pub sprite: String,
}

impl Default for Facts {
    /// What holds where there is no request: while the server lists the routes.
    fn default() -> Self {
        Self {
            account: Some(String::new()),
            public_url: String::new(),
            theme: Theme::System,
            rail_narrow: false,
            onboarding_hidden: false,
            sprite: "/icons.svg".to_owned(),
        }
    }
}
