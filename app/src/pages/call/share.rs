//! Passing the request on: a link that holds it as a draft, and the same call in other languages.

use super::deadline;
use super::session::Session;
use crate::ui::copy::CopyButton;
use crate::ui::icon::Icon;
use crate::{Facts, routes};
use leptos::prelude::*;
use micro_domain::form::json;
use micro_domain::snippet::{Snippet, Subject, snippets};

/// The link, once there is one, and the snippets.
#[component]
pub(super) fn Share(session: Session) -> impl IntoView {
    view! {
        {move || session.shared.get().map(|id| view! { <Link session id/> })}
        <CopyAs session/>
    }
}

#[component]
fn Link(session: Session, id: String) -> impl IntoView {
    let subject = session.subject();
    let base = expect_context::<Facts>().public_url;
    let path = routes::method(&subject.service, &subject.url_name);
    let url = format!("{base}{}", routes::with_query(&path, &[("draft", &id)]));
    view! {
        <div class="shared" role="status">
            <p class="panel__title"><Icon name="check"/>"Anyone who may call this service can open this draft. Opening it sends nothing."</p>
            <div class="shared__link">
                <input id="shared" type="text" readonly=true aria-label="Link to the draft" value=url.clone()/>
                <CopyButton text=url name="link to the draft"/>
            </div>
            <p class="entry__help">"Masked fields and secret metadata are left out."</p>
        </div>
    }
}

/// The same call elsewhere, with the request as it is now.
#[component]
fn CopyAs(session: Session) -> impl IntoView {
    let base = expect_context::<Facts>().public_url;
    let all = Memo::new(move |_| written(session, &base));
    let languages: Vec<(usize, &'static str, &'static str)> = all.with_untracked(|all| {
        all.iter().enumerate().map(|(index, snippet)| (index, snippet.id, snippet.title)).collect()
    });
    let blocks = languages.into_iter().map(|(index, id, title)| {
        let code = Signal::derive(move || all.with(|all| all.get(index).map(|snippet| snippet.code.clone())).unwrap_or_default());
        view! {
            <details class="copy-as__language" name="copy-as">
                <summary id=format!("copy-as-{id}")>{title}</summary>
                <div class="code">
                    <pre class="code__text" tabindex="0" role="region" aria-labelledby=format!("copy-as-{id}")><code>{code}</code></pre>
                    <CopyButton text=code name=format!("{title} code")/>
                </div>
            </details>
        }
    });
    view! {
        <details class="copy-as">
            <summary>"Copy as"</summary>
            {blocks.collect_view()}
        </details>
    }
}

fn written(session: Session, base_url: &str) -> Vec<Snippet> {
    let subject = session.subject();
    let text = session.json.get();
    let messages = json::split(&text).unwrap_or_else(|_| vec![text]);
    let metadata = session.metadata.get();
    let timeout_ms = deadline::parse(&session.deadline.get()).ok().flatten();
    snippets(&Subject {
        base_url,
        service: &subject.service,
        method: &subject.method,
        ambiguous: subject.url_name != subject.method.name,
        messages: &messages,
        metadata: &metadata,
        timeout_ms,
    })
}
