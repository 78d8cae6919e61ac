//! Settings: who speaks as the reader in chat, and where the rest is.

use crate::api::chat::{RemoveLink, chat_links};
use crate::routes;
use crate::ui::notice::{Empty, Failure};
use crate::ui::once::Once;
use crate::ui::time::Moment;
use crate::ui::toast::Toasts;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use micro_domain::chat::Link;

/// The settings page.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let remove = ServerAction::<RemoveLink>::new();
    let links = Resource::new(move || remove.version().get(), |_| chat_links());
    announce(remove);
    view! {
        <Title text="Settings"/>
        <div class="page settings">
            <h1 tabindex="-1">"Settings"</h1>
            <h2>"Chat links"</h2>
            <p class="lead">"These chat users act as you in Slack and Discord."</p>
            <Transition fallback=|| view! { <p role="status">"Loading links"</p> }>
                {move || Suspend::new(async move {
                    match links.await {
                        Ok(links) => view! { <LinkTable links remove/> }.into_any(),
                        Err(error) => view! { <Failure error retry=routes::SETTINGS/> }.into_any(),
                    }
                })}
            </Transition>
            <h2>"Elsewhere"</h2>
            <p class="actions">
                <a class="button" href=routes::TOKENS>"API tokens"</a>
                <a class="button" href=routes::CHAT>"Bots"</a>
            </p>
        </div>
    }
    .into_any()
}

fn announce(remove: ServerAction<RemoveLink>) {
    let toasts = expect_context::<Toasts>();
    Effect::new(move || match remove.value().get() {
        Some(Ok(link)) => toasts.say(format!("{} is not linked any more", named(&link))),
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
    let rows = links.into_iter().map(|link| view! { <LinkRow link remove/> });
    view! {
        <table class="table table--cards">
            <caption class="hidden">"Chat users who act as you"</caption>
            <thead>
                <tr>
                    <th scope="col">"Chat user"</th>
                    <th scope="col">"Platform"</th>
                    <th scope="col">"Workspace"</th>
                    <th scope="col">"Linked"</th>
                    <th scope="col"><span class="hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn LinkRow(link: Link, remove: ServerAction<RemoveLink>) -> impl IntoView {
    let id = link.id.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        remove.dispatch(RemoveLink { id: id.clone() });
    };
    let name = named(&link);
    let user = match link.names.user.as_str() {
        "" => link.person.user().to_owned(),
        name => format!("{name} ({})", link.person.user()),
    };
    let workspace = match (link.names.workspace.as_str(), link.person.workspace()) {
        ("", "") => "–".to_owned(),
        ("", id) => id.to_owned(),
        (name, _) => name.to_owned(),
    };
    view! {
        <tr class="row">
            <th scope="row" class="row__name">{user}</th>
            <td data-label="Platform">{link.person.platform().name()}</td>
            <td data-label="Workspace">{workspace}</td>
            <td data-label="Linked"><Moment at_ms=link.created_ms/></td>
            <td class="row__actions">
                <details class="confirm">
                    <summary class="button button--quiet">"Remove"<span class="hidden">{format!(" {name}")}</span></summary>
                    <form method="post" action=routes::SETTINGS on:submit=submit>
                        <Once/>
                        <input type="hidden" name="id" value=link.id/>
                        <p>"This chat user can do nothing as you from then on."</p>
                        <button class="button button--danger" type="submit">{format!("Remove {name}")}</button>
                    </form>
                </details>
            </td>
        </tr>
    }
}
