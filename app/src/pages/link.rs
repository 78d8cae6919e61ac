//! Linking a chat user to the reader's account: looking changes nothing, "Show code" shows the code this once.

use crate::api::chat::{Linking, link_page};
use crate::ui::code::CodeBlock;
use crate::ui::icon::Icon;
use crate::ui::notice::Failure;
use crate::ui::once::Once;
use crate::ui::time::Moment;
use crate::{AppError, Facts};
use crate::{api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use micro_domain::Code;
use micro_domain::chat::{CODE_CHARACTERS, LinkRequest, Platform};
use micro_domain::identity::Secret;

/// This page, as links and forms on it name it: its address is a credential and stands nowhere else.
const HERE: &str = "";

/// The page of a link request.
#[component]
pub(crate) fn LinkPage() -> impl IntoView {
    page::no_store();
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id")).unwrap_or_default();
    let found = Resource::new_blocking(id, link_page);
    view! {
        <Title text="Link your chat user"/>
        <div class="page link">
            <Transition fallback=|| view! { <p role="status">"Loading the link"</p> }>
                {move || Suspend::new(async move { shown(found.await) })}
            </Transition>
        </div>
    }
    .into_any()
}

fn shown(found: Result<Linking, AppError>) -> AnyView {
    match found {
        Ok(Linking { request, code: Some(Ok(code)) }) => view! { <Shown request code/> }.into_any(),
        Ok(Linking { request, code: Some(Err(error)) }) => {
            page::set_status(error.code());
            view! { <Question request failed=Some(error)/> }.into_any()
        }
        Ok(Linking { request, code: None }) => view! { <Question request failed=None/> }.into_any(),
        Err(error) => {
            page::set_status(error.code());
            if error.code() == Code::NotFound { gone().into_any() } else { failed(error).into_any() }
        }
    }
}

/// Who would be linked to whom, and what that allows.
#[component]
fn Question(request: LinkRequest, failed: Option<AppError>) -> impl IntoView {
    let account = expect_context::<Facts>().account.unwrap_or_default();
    let failed = failed.map(|error| view! { <Failure error retry=HERE/> });
    view! {
        <h1 tabindex="-1">"Link your chat user"</h1>
        {failed}
        <section class="panel" aria-label="Who would be linked">
            <Who request=request.clone()/>
            <p>"You are signed in as "<strong>{account.clone()}</strong>"."</p>
            <p>
                {format!(
                    "Commands typed after /micro by this chat user are done as {account}: listing, describing and calling services. \
                     It cannot make tokens or links. Remove it any time on the "
                )}
                <a href=routes::SETTINGS>"settings page"</a>"."
            </p>
            <p class="link__warning"><strong>"If that is not you, close this page."</strong></p>
            // No action: it posts to this page, whose address stands in no markup.
            <form method="post">
                <Once/>
                <button class="button button--primary" type="submit">"Show code"</button>
            </form>
        </section>
    }
}

/// The chat user, by what they are called and by the ids that count.
#[component]
fn Who(request: LinkRequest) -> impl IntoView {
    let LinkRequest { person, names, .. } = request;
    let place = match person.platform() {
        Platform::Slack => "Workspace",
        Platform::Discord => "Server",
    };
    let workspace = (!names.workspace.is_empty() || !person.workspace().is_empty()).then(|| {
        view! { <Named term=place name=names.workspace id=person.workspace().to_owned()/> }
    });
    view! {
        <dl class="pairs">
            <div><dt>"Platform"</dt><dd>{person.platform().name()}</dd></div>
            {workspace}
            <Named term="Chat user" name=names.user id=person.user().to_owned()/>
        </dl>
    }
}

/// A name, which anybody can choose, and its id.
#[component]
fn Named(term: &'static str, name: String, id: String) -> impl IntoView {
    let name = (!name.is_empty()).then(|| view! { <bdi>{name}</bdi>" " });
    let id = (!id.is_empty()).then(|| view! { <code>{id}</code> });
    view! { <div><dt>{term}</dt><dd>{name}{id}</dd></div> }
}

/// The code, this once.
#[component]
fn Shown(request: LinkRequest, code: Secret) -> impl IntoView {
    let (platform, expires_ms) = (request.person.platform(), request.expires_ms);
    let code = grouped(code.reveal());
    let line = line(platform, &code);
    view! {
        <h1 tabindex="-1">"Link your chat user"</h1>
        <section class="panel" aria-label="Who is linked">
            <Who request/>
        </section>
        <section class="panel panel--notice" role="status" aria-label="Code">
            <p class="panel__title"><Icon name="check"/>"Your code. It is not shown again."</p>
            <p class="link__code"><code>{code}</code></p>
            <p>{format!("Type this in {platform}:")}</p>
            <CodeBlock code=line name="line"/>
            <p>"It works once. It expires: "<Moment at_ms=expires_ms/>"."</p>
            <p class="link__warning">
                <Icon name="status-failing"/>
                <strong>"Type it only as the chat user named above. Never pass it on."</strong>
            </p>
        </section>
        <p>"Once you have typed it, the link is listed in the "<a href=routes::SETTINGS>"settings"</a>"."</p>
    }
}

/// A code as it is read out: in two groups.
fn grouped(code: &str) -> String {
    match code.split_at_checked(CODE_CHARACTERS / 2) {
        Some((first, last)) if !last.is_empty() => format!("{first}-{last}"),
        _ => code.to_owned(),
    }
}

/// What is typed to spend a code; Discord wants arguments by their names.
fn line(platform: Platform, code: &str) -> String {
    match platform {
        Platform::Slack => format!("/micro link {code}"),
        Platform::Discord => format!("/micro link code:{code}"),
    }
}

/// The same for a request that never was, was used, or has expired.
fn gone() -> impl IntoView {
    view! {
        <h1 tabindex="-1">"This link is not valid any more"</h1>
        <p>"Each works once and for 10 minutes. Type "<code class="command">"/micro link"</code>" again."</p>
        <p class="actions"><a class="button" href=routes::SETTINGS>"Your chat links"</a></p>
    }
}

fn failed(error: AppError) -> impl IntoView {
    view! {
        <h1 tabindex="-1">"Link your chat user"</h1>
        <Failure error retry=HERE/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_shown_in_two_groups_and_as_each_platform_takes_them() {
        assert_eq!(grouped("ABCDEFGH"), "ABCD-EFGH");
        assert_eq!(grouped("AB"), "AB");
        assert_eq!(line(Platform::Slack, "ABCD-EFGH"), "/micro link ABCD-EFGH");
        assert_eq!(line(Platform::Discord, "ABCD-EFGH"), "/micro link code:ABCD-EFGH");
    }
}
