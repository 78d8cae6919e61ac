//! Settings: who speaks as the reader in chat, and where the rest is.

use crate::Facts;
use crate::api::chat::{RemoveLink, Unremoved, chat_links, unremoved};
use crate::api::page::set_status;
use crate::routes;
use crate::ui::cards::Cards;
use crate::ui::confirm::Confirm;
use crate::ui::icon::Icon;
use crate::ui::notice::{Empty, Failure};
use crate::ui::shortcut_sheet::focus_first;
use crate::ui::time::Moment;
use crate::ui::toast::Toasts;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use micro_domain::chat::{Link, Platform};

/// The heading of the links, which gets the focus once the row that had it is gone.
const LINKS_ID: &str = "links";

/// The settings page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let remove = ServerAction::<RemoveLink>::new();
    let links = Resource::new(move || remove.version().get(), |_| chat_links());
    let account = expect_context::<Facts>().account.unwrap_or_default();
    let refused = SharedValue::new(unremoved).into_inner().map(|Unremoved(error)| {
        set_status(error.code());
        view! { <Failure error retry=routes::SETTINGS/> }
    });
    let removed = use_query_map().with_untracked(|query| query.get("removed"));
    let removed = removed.filter(|what| what == routes::REMOVED_LINK).map(|_| view! { <Removed/> });
    announce(remove);
    view! {
        <Title text="Settings"/>
        <div class="page settings">
            <h1 tabindex="-1">"Settings"</h1>
            <p class="lead">"You are signed in as "<strong>{account}</strong>"."</p>
            {refused}
            {removed}
            <h2 id=LINKS_ID tabindex="-1">"Chat links"</h2>
            <p class="lead">
                "What a linked chat user types after "<code>"/micro"</code>" in Slack or Discord is done as you: listing, \
                 describing and calling services."
            </p>
            <Transition fallback=|| view! { <p role="status">"Loading links"</p> }>
                {move || Suspend::new(async move {
                    match links.await {
                        Ok(links) => view! { <LinkTable links remove/> }.into_any(),
                        Err(error) => view! { <Failure error retry=routes::SETTINGS/> }.into_any(),
                    }
                })}
            </Transition>
            <h2>"API tokens"</h2>
            <p class="lead">"A token lets a program or a terminal call Micro as you."</p>
            <p class="actions"><a class="button" href=routes::TOKENS>"API tokens"</a></p>
            <h2>"Bots"</h2>
            <p class="lead">"How the Slack and Discord bots of this server are, and how they are set up."</p>
            <p class="actions"><a class="button" href=routes::CHAT>"Bots"</a></p>
        </div>
    }
    .into_any()
}

/// Says, to a reader without scripts, that it worked; others are told by a toast.
#[component]
fn Removed() -> impl IntoView {
    view! {
        <p class="panel panel--notice" role="status">
            <span class="panel__title"><Icon name="check"/>"The chat user is not linked any more."</span>
        </p>
    }
}

fn announce(remove: ServerAction<RemoveLink>) {
    let toasts = expect_context::<Toasts>();
    Effect::new(move || match remove.value().get() {
        Some(Ok(link)) => {
            toasts.say(format!("{} is not linked any more", named(&link)));
            focus_first(&format!("#{LINKS_ID}"));
        }
        Some(Err(error)) => toasts.warn(error.0.message),
        None => {}
    });
}

/// What a linked user is called.
fn named(link: &Link) -> String {
    let user = if link.names.user.is_empty() { link.person.user() } else { &link.names.user };
    format!("{user} in {}", link.person.platform())
}

#[component]
fn LinkTable(links: Vec<Link>, remove: ServerAction<RemoveLink>) -> impl IntoView {
    if links.is_empty() {
        return view! {
            <Empty icon="chat" title="No chat user is linked to you">
                <p>"Type "<code>"/micro link"</code>" in Slack or Discord, and open the page it leads to."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = links.into_iter().map(|link| view! { <LinkRow link remove/> }).collect_view();
    view! {
        <Cards caption="Chat users who act as you" heads=&["Chat user", "Platform", "Workspace", "Linked"]>{rows}</Cards>
    }
    .into_any()
}

#[component]
fn LinkRow(link: Link, remove: ServerAction<RemoveLink>) -> impl IntoView {
    let name = named(&link);
    let decision = format!("Remove {name}");
    let Link { id, person, names, created_ms } = link;
    let removed = id.clone();
    let decided = move || {
        remove.dispatch(RemoveLink { id: removed.clone() });
    };
    let workspace = match person.platform() {
        Platform::Slack => {
            view! { <Named name=names.workspace id=person.workspace().to_owned()/> }.into_any()
        }
        Platform::Discord => "Every server".into_any(),
    };
    view! {
        <tr class="row">
            <th scope="row" class="row__name"><Named name=names.user id=person.user().to_owned()/></th>
            <td data-label="Platform">{person.platform().name()}</td>
            <td data-label="Workspace">{workspace}</td>
            <td data-label="Linked"><Moment at_ms=created_ms/></td>
            <td class="row__actions">
                <Confirm verb="Remove" what=name page=routes::SETTINGS
                    effect="Nothing is done as you for this chat user any more." decision decided>
                    <input type="hidden" name="id" value=id/>
                </Confirm>
            </td>
        </tr>
    }
}

/// A name, which anybody can choose, and its id.
#[component]
fn Named(name: String, id: String) -> impl IntoView {
    let name = (!name.is_empty()).then(|| view! { <bdi>{name}</bdi>" " });
    view! { <span class="settings__named">{name}<code>{id}</code></span> }
}
