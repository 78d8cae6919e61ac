//! The command palette: services by name, and every command with its page, keys and terminal form.

use super::frame::PALETTE_ID;
use super::icon::Icon;
use super::shortcut_sheet::close_dialog;
use super::toast::Toasts;
use crate::api::catalog::find_services;
use crate::routes;
use leptos::ev::KeyboardEvent;
use leptos::leptos_dom::helpers::set_timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use micro_domain::command::{Command, Surface, on};
use std::time::Duration;

/// How long typing must rest before services are looked up.
const REST: Duration = Duration::from_millis(120);

/// One thing the palette offers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    title: String,
    detail: String,
    keys: String,
    icon: &'static str,
    /// The permission it needs.
    needs: Option<&'static str>,
    /// Where it leads; without one its terminal form is copied.
    url: Option<String>,
}

fn of_service(name: &str) -> Offer {
    Offer {
        title: name.to_owned(),
        detail: "Service".to_owned(),
        keys: String::new(),
        icon: "services",
        needs: None,
        url: Some(routes::service(name)),
    }
}

fn of_command(command: &Command) -> Offer {
    Offer {
        title: command.title.to_owned(),
        detail: command.line(),
        keys: command.keys.join(" "),
        icon: if command.url.is_some() { "arrow" } else { "terminal" },
        needs: command.permission.word(),
        url: command.url.map(str::to_owned),
    }
}

/// What is offered for `text`: services first once something is typed, then commands.
fn offers(text: &str, services: &[String]) -> Vec<Offer> {
    let words = text.to_lowercase();
    // Those found for an earlier text are there until the typing rests.
    let fits = |name: &&String| {
        !words.trim().is_empty() && words.split_whitespace().all(|word| name.to_lowercase().contains(word))
    };
    let services = services.iter().filter(fits).map(|name| of_service(name));
    services.chain(on(Surface::Terminal).filter(|command| command.matches(text)).map(of_command)).collect()
}

/// The palette's state.
#[derive(Clone, Copy)]
struct Chooser {
    text: RwSignal<String>,
    services: RwSignal<Vec<String>>,
    selected: RwSignal<usize>,
    offers: Memo<Vec<Offer>>,
}

impl Chooser {
    fn new() -> Self {
        let (text, services) = (RwSignal::new(String::new()), RwSignal::new(Vec::new()));
        let offers = Memo::new(move |_| offers(&text.get(), &services.get()));
        Self { text, services, selected: RwSignal::new(0), offers }
    }

    /// Takes what was typed and looks services up once the typing rests.
    fn typed(self, text: String) {
        self.text.set(text.clone());
        self.selected.set(0);
        let current = move |text: &str| self.text.try_with_untracked(|now| now == text).unwrap_or(false);
        set_timeout(
            move || {
                if !current(&text) {
                    return;
                }
                spawn_local(async move {
                    let found = if text.trim().is_empty() {
                        Ok(Vec::new())
                    } else {
                        find_services(text.clone()).await
                    };
                    if let (Ok(found), true) = (found, current(&text)) {
                        self.services.set(found);
                    }
                });
            },
            REST,
        );
    }

    fn step(self, by: isize) {
        let count = self.offers.with_untracked(Vec::len);
        self.selected.update(|selected| {
            *selected = selected.saturating_add_signed(by).min(count.saturating_sub(1));
        });
    }
}

/// The palette.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let chooser = Chooser::new();
    let navigate = use_navigate();
    let toasts = expect_context::<Toasts>();
    let choose = Callback::new(move |offer: Offer| {
        close_dialog(PALETTE_ID);
        match offer.url {
            Some(url) => navigate(&url, NavigateOptions::default()),
            None => toasts.say(format!("In a terminal: {}", offer.detail)),
        }
    });
    let empty = move || chooser.offers.with(Vec::is_empty);
    let keydown = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => chooser.step(1),
            "ArrowUp" => chooser.step(-1),
            "Enter" => {
                let index = chooser.selected.get_untracked();
                if let Some(offer) = chooser.offers.with_untracked(|offers| offers.get(index).cloned()) {
                    choose.run(offer);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <dialog id=PALETTE_ID class="dialog palette" aria-label="Command palette" closedby="any">
            <label class="search palette__search">
                <span class="hidden">"Find a service or command"</span>
                <Icon name="search"/>
                <input type="text" role="combobox" aria-expanded=move || if empty() { "false" } else { "true" } aria-controls="palette-offers"
                    aria-autocomplete="list" autocomplete="off" spellcheck="false"
                    aria-activedescendant=move || (!empty()).then(|| format!("offer-{}", chooser.selected.get()))
                    placeholder="Find a service or command" autofocus=true
                    on:input=move |event| chooser.typed(event_target_value(&event)) on:keydown=keydown/>
            </label>
            <ul id="palette-offers" class="palette__offers" role="listbox" aria-label="Services and commands" hidden=empty>
                {move || chooser.offers.get().into_iter().enumerate().map(|(index, offer)| {
                    view! { <OfferRow index offer selected=chooser.selected choose/> }
                }).collect_view()}
            </ul>
            <p class=move || if empty() { "palette__none" } else { "hidden" } role="status">
                {move || match chooser.offers.with(Vec::len) {
                    0 => "Nothing is called that".to_owned(),
                    found => format!("{found} found"),
                }}
            </p>
        </dialog>
    }
}

#[component]
fn OfferRow(index: usize, offer: Offer, selected: RwSignal<usize>, choose: Callback<Offer>) -> impl IntoView {
    let chosen = move || selected.get() == index;
    let row = offer.clone();
    view! {
        <li id=format!("offer-{index}") class="palette__offer" role="option"
            aria-selected=move || if chosen() { "true" } else { "false" }
            on:pointermove=move |_| if selected.get_untracked() != index { selected.set(index) }
            on:click=move |_| choose.run(offer.clone())>
            <Icon name=row.icon/>
            <span class="palette__title">{row.title}</span>
            <code class="palette__detail">{row.detail}</code>
            {row.needs.map(|needs| view! { <span class="tag" title="The permission it needs">{needs}</span> })}
            {(!row.keys.is_empty()).then(|| view! { <kbd>{row.keys}</kbd> })}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::offers;

    #[test]
    fn services_come_before_commands() {
        let found = offers("token", &["token-issuer".to_owned()]);
        let titles: Vec<&str> = found.iter().map(|offer| offer.title.as_str()).collect();
        assert_eq!(titles.first(), Some(&"token-issuer"));
        assert!(titles.contains(&"Make an API token"));
    }

    #[test]
    fn services_of_an_earlier_text_are_not_offered() {
        for text in ["list api tokens", ""] {
            assert!(
                offers(text, &["helloworld".to_owned()]).iter().all(|offer| offer.detail != "Service"),
                "{text}"
            );
        }
    }
}
