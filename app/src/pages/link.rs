//! Linking a chat user to the reader's account: looking changes nothing, "Show code" shows the code this once.

use crate::Facts;
use crate::api::chat::{Posted, Shown, posted, read_request};
use crate::ui::copy::CopyButton;
use crate::ui::icon::Icon;
use crate::ui::once::Once;
use crate::{api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use micro_domain::chat::{LinkRequest, Names, Person, Platform};

/// The page of a link request.
#[component]
pub(crate) fn LinkPage() -> impl IntoView {
    page::no_store();
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let posted = SharedValue::new(posted).into_inner();
    let answered = posted.is_some();
    let request = Resource::new_blocking(id, move |id| async move {
        if answered { None } else { Some(read_request(id).await) }
    });
    let body = move || {
        let posted = posted.clone();
        Suspend::new(async move {
            match (posted, request.await) {
                (Some(Posted(Ok(shown))), _) => view! { <Code shown/> }.into_any(),
                (None, Some(Ok(request))) => view! { <Question request/> }.into_any(),
                (Some(Posted(Err(_))), _) | (None, _) => gone().into_any(),
            }
        })
    };
    view! {
        <Title text="Link a chat user"/>
        <div class="page link">
            <h1 tabindex="-1">"Link a chat user"</h1>
            <Transition fallback=|| view! { <p role="status">"Loading"</p> }>{body}</Transition>
        </div>
    }
    .into_any()
}

/// Who would be linked to whom, and what that allows.
#[component]
fn Question(request: LinkRequest) -> impl IntoView {
    let account = expect_context::<Facts>().account.unwrap_or_default();
    let action = routes::link(&request.id);
    view! {
        <section class="panel">
            <Who person=request.person.clone() names=request.names.clone()/>
            <p>"You are signed in as "<strong>{account.clone()}</strong>"."</p>
            <p>
                {format!(
                    "What this chat user types after /micro is done as {account}: listing, describing and calling services. \
                     It cannot make tokens or links. You can take the link away at any time in the settings.",
                )}
            </p>
            <p><strong>"If that is not you, close this page."</strong></p>
            <form method="post" action=action>
                <Once/>
                <button class="button button--primary" type="submit">"Show code"</button>
            </form>
        </section>
    }
}

#[component]
fn Who(person: Person, names: Names) -> impl IntoView {
    let named = |name: &str, id: &str| match (name, id) {
        ("", id) => id.to_owned(),
        (name, "") => name.to_owned(),
        (name, id) => format!("{name} ({id})"),
    };
    let workspace = named(&names.workspace, person.workspace());
    let place = match person.platform() {
        Platform::Slack => "Workspace",
        Platform::Discord => "Server",
    };
    view! {
        <dl class="facts">
            <div class="facts__row"><dt>"Platform"</dt><dd>{person.platform().name()}</dd></div>
            {(!workspace.is_empty()).then(|| view! { <div class="facts__row"><dt>{place}</dt><dd>{workspace}</dd></div> })}
            <div class="facts__row"><dt>"Chat user"</dt><dd>{named(&names.user, person.user())}</dd></div>
        </dl>
    }
}

/// The code, this once.
#[component]
fn Code(shown: Shown) -> impl IntoView {
    let (first, last) = shown.code.split_at_checked(shown.code.len() / 2).unwrap_or((&shown.code, ""));
    let code = format!("{first}-{last}");
    let line = format!("/micro link {code}");
    let user = if shown.request.names.user.is_empty() {
        shown.request.person.user().to_owned()
    } else {
        shown.request.names.user.clone()
    };
    let platform = shown.request.person.platform().name();
    view! {
        <section class="panel panel--notice" role="status" aria-label="Code">
            <p class="panel__title"><Icon name="check"/>{format!("Type this in {platform}, as {user}:")}</p>
            <p class="link__code"><code>{line.clone()}</code><CopyButton text=line name="line"/></p>
            <p>"It works once and for 10 minutes from when you asked, for that chat user alone."</p>
            <p><strong>"Never pass it on: whoever asks you for it wants to act as you."</strong></p>
        </section>
    }
}

fn gone() -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty__title">"This link is not valid any more"</p>
            <p>"Each works once and for 10 minutes. Type "<code>"/micro link"</code>" again in Slack or Discord."</p>
            <p class="actions"><a class="button" href=routes::SETTINGS>"Settings"</a></p>
        </div>
    }
}
