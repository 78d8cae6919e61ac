//! What surrounds every page: navigation, top bar, announcements, palette and shortcut sheet.

use super::background;
use super::icon::Icon;
use super::once::Once;
use super::palette::Palette;
use super::shortcut::{self, Action};
use super::shortcut_sheet::{ShortcutKeys, ShortcutSheet};
use super::toast::ToastArea;
use crate::Theme;
use crate::api::page::redirect;
use crate::api::preferences::{SetRail, SetTheme};
use crate::context::RAIL_NARROW;
use crate::listing::Query;
use crate::live::{Connection, State};
use crate::{Facts, routes};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use micro_domain::when;
use server_fn::ServerFn as _;

/// The ids other components reach for.
pub(crate) const SEARCH_ID: &str = "search";
pub(crate) const PALETTE_ID: &str = "palette";
pub(crate) const SHEET_ID: &str = "shortcuts";
const RAIL_ID: &str = "rail";
const ACCOUNT_ID: &str = "account";

/// The frame around the pages. Signed out, only those that are open to strangers are inside.
#[component]
pub(crate) fn Frame(
    /// The routes.
    children: Children,
) -> impl IntoView {
    let location = use_location();
    let signed_in = expect_context::<Facts>().account.is_some();
    let path = location.pathname.get_untracked();
    if signed_in {
        return view! { <SignedIn>{children()}</SignedIn> }.into_any();
    }
    if routes::is_open(&path) {
        return view! { <main id="content" class="gate">{children()}</main> }.into_any();
    }
    let search = location.search.get_untracked();
    let here = if search.is_empty() { path } else { format!("{path}?{search}") };
    let login = routes::login(&here);
    redirect(&login);
    view! {
        <main id="content" class="gate">
            <h1>"Signed out"</h1>
            <p><a href=login rel="external">"Sign in"</a>" to go on."</p>
        </main>
    }
    .into_any()
}

#[component]
fn SignedIn(children: Children) -> impl IntoView {
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <div class="frame">
            <Bar/>
            <Rail/>
            <main id="content" class="frame__content" tabindex="-1">{children()}</main>
        </div>
        <ToastArea/>
        <Announcer/>
        <Palette/>
        <ShortcutSheet/>
        <ShortcutKeys/>
    }
}

#[component]
fn Rail() -> impl IntoView {
    let entries = routes::NAVIGATION.map(|entry| {
        let exact = entry.path == routes::HOME;
        view! {
            <li>
                <A href=entry.path exact=exact attr:class="rail__link" attr:title=entry.title>
                    <Icon name=entry.icon/>
                    <span class="rail__word">{entry.title}</span>
                </A>
            </li>
        }
    });
    view! {
        // A popover so that it opens as a menu on a phone without scripts; wide screens always show it.
        <nav id=RAIL_ID class="rail" aria-label="Main" popover="auto">
            <ul>{entries.into_iter().collect_view()}</ul>
            <Collapse/>
        </nav>
    }
}

/// Collapses the navigation to its icons, and opens it again.
#[component]
fn Collapse() -> impl IntoView {
    let narrow = RwSignal::new(expect_context::<Facts>().rail_narrow);
    let toggle = move |event: SubmitEvent| {
        event.prevent_default();
        narrow.update(|narrow| *narrow = !*narrow);
        mark("data-rail", narrow.get_untracked().then_some(RAIL_NARROW));
        background::post(SetRail::PATH, &format!("narrow={}", narrow.get_untracked()));
    };
    let word = move || if narrow.get() { "Expand navigation" } else { "Collapse navigation" };
    view! {
        <form method="post" action=SetRail::PATH class="rail__collapse" on:submit=toggle>
            <Once/>
            <input type="hidden" name="narrow" value=move || (!narrow.get()).to_string()/>
            <button type="submit" class="rail__link" title=word>
                <Icon name="rail"/>
                <span class="rail__word">{word}</span>
            </button>
        </form>
    }
}

#[component]
fn Bar() -> impl IntoView {
    view! {
        <header class="bar">
            <button type="button" class="bar__menu button button--quiet" popovertarget=RAIL_ID aria-label="Menu">
                <Icon name="menu"/>
            </button>
            <A href=routes::HOME exact=true attr:class="bar__brand">
                <Icon name="logo"/>
                <span>"Micro"</span>
            </A>
            <Search/>
            <div class="bar__end">
                <ConnectionState/>
                <Account/>
            </div>
        </header>
    }
}

#[component]
fn Search() -> impl IntoView {
    let query = use_query_map();
    let location = use_location();
    let text = move || {
        let in_catalog = location.pathname.get() == routes::SERVICES;
        in_catalog.then(|| query.get().get("q")).flatten().unwrap_or_default()
    };
    let hint = format!("Search services ({})", shortcut::label_of(Action::Search));
    let navigate = use_navigate();
    let input = NodeRef::<Input>::new();
    let search = move |event: SubmitEvent| {
        let Some(input) = input.get_untracked() else { return };
        event.prevent_default();
        let query = Query { q: input.value(), ..Query::default() };
        navigate(&query.url(""), NavigateOptions::default());
    };
    view! {
        <search class="bar__search">
            <form action=routes::SERVICES on:submit=search>
                <label class="search">
                    <span class="hidden">"Search services"</span>
                    <Icon name="search"/>
                    <input node_ref=input id=SEARCH_ID type="search" name="q" placeholder="Search services" title=hint
                        autocomplete="off" spellcheck="false" value=text prop:value=text/>
                    <kbd class="search__key needs-script">{shortcut::label_of(Action::Search)}</kbd>
                </label>
            </form>
        </search>
    }
}

#[component]
fn ConnectionState() -> impl IntoView {
    let connection = expect_context::<Connection>();
    let shown = move || match connection.state() {
        State::Off => None,
        State::Live => Some(("good", "Live".to_owned())),
        State::Paused => Some(("idle", "Paused".to_owned())),
        State::Reconnecting => Some(("warn", "Reconnecting".to_owned())),
        State::Stale(as_of_ms) => Some(("bad", format!("Stale as of {}", when::absolute(as_of_ms)))),
    };
    view! {
        <span class="connection" role="status">
            {move || shown().map(|(tone, word)| view! {
                <span class=format!("connection__state connection__state--{tone}")>{word}</span>
            })}
        </span>
    }
}

#[component]
fn Account() -> impl IntoView {
    let account = expect_context::<Facts>().account.unwrap_or_default();
    view! {
        <button type="button" class="bar__account button button--quiet" popovertarget=ACCOUNT_ID>
            <Icon name="account"/>
            <span class="bar__name">{account.clone()}</span>
            <span class="hidden">"Account and appearance"</span>
        </button>
        <div id=ACCOUNT_ID class="menu" popover="auto">
            <p class="menu__title">{format!("Signed in as {account}")}</p>
            <ThemeSwitch/>
            <form method="post" action=routes::LOGOUT class="menu__row">
                <Once/>
                <button class="button" type="submit"><Icon name="sign-out"/>"Sign out"</button>
            </form>
        </div>
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let current = expect_context::<RwSignal<Theme>>();
    let choose = move |event: SubmitEvent| {
        let Some(pressed) = event.submitter().and_then(|button| button.get_attribute("value")) else {
            return;
        };
        event.prevent_default();
        let theme = Theme::from_word(&pressed);
        current.set(theme);
        mark("data-theme", theme.attribute());
        background::post(SetTheme::PATH, &format!("theme={pressed}"));
    };
    let choices = Theme::ALL.map(|theme| {
        let title = match theme {
            Theme::System => "System",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        };
        let pressed = move || if current.get() == theme { "true" } else { "false" };
        view! {
            <button type="submit" name="theme" value=theme.word() class="segments__part" aria-pressed=pressed>
                {title}
            </button>
        }
    });
    view! {
        <form method="post" action=SetTheme::PATH class="menu__row" on:submit=choose>
            <Once/>
            <fieldset class="segments">
                <legend class="menu__label">"Theme"</legend>
                {choices.into_iter().collect_view()}
            </fieldset>
        </form>
    }
}

/// Gives the document a preference without reloading it.
fn mark(attribute: &str, word: Option<&str>) {
    let Some(root) = document().document_element() else { return };
    // Neither can fail: the name is an attribute's.
    let _ = match word {
        Some(word) => root.set_attribute(attribute, word),
        None => root.remove_attribute(attribute),
    };
}

/// Frames a new page may take to show its heading: about two seconds, longer than its data may take.
const HEADING_FRAMES_MAX: u32 = 120;

/// Focuses the new page's heading and announces its title. A page on its way shows none yet, or the old one's until its
/// data are there; so the heading is focused when it comes, and again when it is replaced, unless the reader moved on.
fn focus_heading(frames_left: u32, focused: bool, announced: RwSignal<String>) {
    request_animation_frame(move || {
        let active = document().active_element().map(|element| element.tag_name());
        let lost = active.as_deref().is_none_or(|tag| tag == "BODY");
        let moved_on = focused && !lost && active.as_deref() != Some("H1");
        if moved_on || frames_left == 0 {
            return;
        }
        let focused =
            if focused && !lost { true } else { super::shortcut_sheet::focus_first("main h1") || focused };
        let title = document().title();
        if announced.try_get_untracked().is_some_and(|said| said != title) {
            let _ = announced.try_set(title);
        }
        focus_heading(frames_left - 1, focused, announced);
    });
}

/// After a navigation in the browser: the new page's title is announced and its heading gets the focus, as a page load
/// would have done.
#[component]
fn Announcer() -> impl IntoView {
    let location = use_location();
    let announced = RwSignal::new(String::new());
    Effect::new(move |before: Option<String>| {
        let path = location.pathname.get();
        if before.is_some_and(|before| before != path) {
            super::shortcut_sheet::close_popover(RAIL_ID);
            // One frame first: the router has taken the old page away by then.
            request_animation_frame(move || focus_heading(HEADING_FRAMES_MAX, false, announced));
        }
        path
    });
    view! { <p class="hidden" role="status" aria-live="polite">{announced}</p> }
}
