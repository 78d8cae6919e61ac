//! How to call a service from elsewhere.

use super::methods::name_in_url;
use crate::api::describe::Described;
use crate::ui::code::CodeBlock;
use crate::ui::notice::Empty;
use crate::{Facts, routes};
use leptos::prelude::*;
use micro_domain::schema::{Method, Schema};
use micro_domain::snippet::{Subject, sample, snippets};

/// The tab that shows one method in every language.
#[component]
pub(crate) fn Usage(described: Described, method: Option<String>) -> impl IntoView {
    let name = described.service.name;
    let chosen = described.description.ok().and_then(|description| {
        let schema = description.schema;
        let chosen = method
            .as_deref()
            .and_then(|method| schema.method(method).ok())
            .or_else(|| schema.methods().next());
        let chosen = chosen?.clone();
        Some((schema, chosen))
    });
    match chosen {
        Some((schema, chosen)) => view! { <ByLanguage name schema chosen/> }.into_any(),
        None => view! {
            <Empty icon="terminal" title="This service has no methods to call">
                <p>"Once Micro knows what it offers, the ways to call it are shown here."</p>
            </Empty>
        }
        .into_any(),
    }
}

#[component]
fn ByLanguage(name: String, schema: Schema, chosen: Method) -> impl IntoView {
    let base_url = expect_context::<Facts>().public_url;
    let message = sample(&schema, &chosen.input).to_string();
    let subject = Subject {
        base_url: &base_url,
        service: &name,
        method: &chosen,
        ambiguous: name_in_url(&schema, &chosen) != chosen.name,
        messages: &[message],
        metadata: &[],
        timeout_ms: None,
    };
    let blocks = snippets(&subject).into_iter().map(|snippet| {
        view! {
            <section class="usage__language" aria-labelledby=format!("in-{}", snippet.id)>
                <h2 class="usage__title" id=format!("in-{}", snippet.id)>{snippet.title}</h2>
                <CodeBlock code=snippet.code name=format!("{} code", snippet.title)/>
            </section>
        }
    });
    view! {
        <MethodChoice name=name.clone() schema=schema.clone() chosen=chosen.full_name()/>
        <p class="usage__hint">
            "Each takes a token from the variable "<code>"MICRO_TOKEN"</code>": "
            <a href=routes::TOKENS>"create one"</a>"."
        </p>
        <div class="usage">{blocks.collect_view()}</div>
    }
}

/// Chooses the method; a form, so that it works without scripts.
#[component]
fn MethodChoice(name: String, schema: Schema, chosen: String) -> impl IntoView {
    let options = schema.methods().map(|method| {
        let full = method.full_name();
        let selected = full == chosen;
        view! { <option value=full.clone() selected=selected>{full.clone()}</option> }
    });
    let options = options.collect_view();
    view! {
        <form method="get" action=routes::service(&name) class="toolbar">
            <input type="hidden" name="tab" value="call"/>
            <label class="field field--inline">
                <span class="field__label">"Method"</span>
                <select name="method">{options}</select>
            </label>
            <button class="button" type="submit">"Show"</button>
        </form>
    }
}
