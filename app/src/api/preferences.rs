//! How the reader wants the dashboard: kept in cookies, set by forms.

use crate::{AppError, Theme};
use leptos::prelude::*;

/// Sets the theme.
#[server(endpoint = "preferences/theme")]
pub(crate) async fn set_theme(theme: String) -> Result<Theme, AppError> {
    let theme = Theme::from_word(&theme);
    remember(crate::context::THEME_COOKIE, theme.attribute());
    Ok(theme)
}

/// Collapses the navigation, or shows its words again.
#[server(endpoint = "preferences/rail")]
pub(crate) async fn set_rail(narrow: bool) -> Result<bool, AppError> {
    remember(crate::context::RAIL_COOKIE, narrow.then_some(crate::context::RAIL_NARROW));
    Ok(narrow)
}

/// Hides the checklist on the home page, or shows it again.
#[server(endpoint = "preferences/onboarding")]
pub(crate) async fn hide_onboarding(hidden: bool) -> Result<bool, AppError> {
    remember(crate::context::ONBOARDING_COOKIE, hidden.then_some(crate::context::ONBOARDING_HIDDEN));
    Ok(hidden)
}

/// How long a preference is kept, in seconds: a year.
#[cfg(feature = "ssr")]
const REMEMBERED_S: u32 = 365 * 24 * 60 * 60;

/// Sets a preference cookie, or clears it. It says nothing about who the reader is, so it needs no `Secure`.
#[cfg(feature = "ssr")]
fn remember(name: &str, value: Option<&str>) {
    use axum::http::{HeaderValue, header};

    let age = if value.is_some() { REMEMBERED_S } else { 0 };
    let cookie =
        format!("{name}={}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly", value.unwrap_or_default());
    if let (Some(response), Ok(cookie)) =
        (use_context::<leptos_axum::ResponseOptions>(), HeaderValue::from_str(&cookie))
    {
        response.append_header(header::SET_COOKIE, cookie);
    }
}
