//! A method's page: what it takes and gives, and how to call it.

use crate::api::describe::{Described, Found, Subject, describe_service};
use crate::api::page::set_status;
use crate::pages::service::usage::Usage;
use crate::routes;
use crate::ui::notice::Failure;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use micro_domain::{Code, Error};

/// The page of one method.
#[component]
pub(crate) fn CallPage() -> impl IntoView {
    let params = use_params_map();
    let name = move || params.with(|params| params.get("name")).unwrap_or_default();
    let method = Memo::new(move |_| params.with(|params| params.get("method")).unwrap_or_default());
    let subject = move || Subject { service: name(), ..Subject::default() };
    let fetched = Resource::new_blocking(subject, describe_service);
    view! {
        <Title text=move || format!("{} of {}", method.get(), name())/>
        <div class="page page--wide call">
            <nav class="crumbs" aria-label="Breadcrumb">
                <a href=routes::SERVICES>"Services"</a>" / "<a href=move || routes::service(&name())>{name}</a>
            </nav>
            <h1 tabindex="-1">{method}</h1>
            <Transition fallback=|| view! { <p role="status">"Loading the method"</p> }>
                {move || Suspend::new(async move {
                    let found = fetched.await;
                    match found {
                        Ok(Found::Service(described)) => known(*described, method.get()),
                        Ok(Found::Missing(_)) => refused(Error::not_found("There is no such service.")),
                        Err(error) => refused(error.0),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

fn known(described: Described, method: String) -> AnyView {
    let found =
        described.description.as_ref().is_ok_and(|description| description.schema.method(&method).is_ok());
    if !found {
        return refused(Error::not_found(format!("{} has no method “{method}”.", described.service.name)));
    }
    view! { <Usage described method=Some(method)/> }.into_any()
}

fn refused(error: Error) -> AnyView {
    set_status(if error.code == Code::Ok { Code::Unknown } else { error.code });
    view! { <Failure error=error.into() retry=routes::SERVICES/> }.into_any()
}
