//! The checklist for newcomers. It ticks itself from what the server knows.

use crate::api::home::Onboarding;
use crate::api::preferences::HideOnboarding;
use crate::ui::background;
use crate::ui::code::CodeBlock;
use crate::ui::icon::Icon;
use crate::ui::once::Once;
use crate::{Facts, routes};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use server_fn::ServerFn as _;

/// The checklist, or the way to show it again.
#[component]
pub(super) fn Checklist(onboarding: Onboarding) -> impl IntoView {
    let hidden = RwSignal::new(expect_context::<Facts>().onboarding_hidden);
    let toggle = move |event: SubmitEvent| {
        event.prevent_default();
        hidden.update(|hidden| *hidden = !*hidden);
        background::post(HideOnboarding::PATH, &format!("hidden={}", hidden.get_untracked()));
    };
    let done = onboarding.done();
    if done == Onboarding::STEPS {
        return ().into_any();
    }
    let head = format!("{done} of {} done", Onboarding::STEPS);
    view! {
        <section class="band onboarding" aria-labelledby="onboarding">
            <div class="band__head">
                <h2 id="onboarding">"Getting started"</h2>
                <span class="band__reason">{head}</span>
                <progress class="onboarding__progress" aria-label="Steps done" max=Onboarding::STEPS.to_string() value=done.to_string()></progress>
                <form method="post" action=HideOnboarding::PATH on:submit=toggle>
                    <Once/>
                    <input type="hidden" name="hidden" value=move || if hidden.get() { "false" } else { "true" }/>
                    <button type="submit" class="button button--quiet">{move || if hidden.get() { "Show" } else { "Hide" }}</button>
                </form>
            </div>
            {move || (!hidden.get()).then(|| view! { <Steps onboarding/> })}
        </section>
    }
    .into_any()
}

#[component]
fn Steps(onboarding: Onboarding) -> impl IntoView {
    let url = expect_context::<Facts>().public_url;
    view! {
        <ol class="steps">
            <Step done=onboarding.registered title="Register a service">
                <p>"Any gRPC service, in any language. It is described by server reflection."</p>
                <CodeBlock code="micro register greeter --grpc 127.0.0.1:50051" name="command"/>
            </Step>
            <Step done=onboarding.called title="Call a method">
                <p><a href=routes::service("helloworld")>"Try helloworld"</a>", which comes with Micro."</p>
            </Step>
            <Step done=onboarding.token title="Create an API token">
                <p><a href=routes::TOKENS>"Create one"</a>" for your terminal or a program."</p>
            </Step>
            <Step done=onboarding.cli title="Use the command line">
                <CodeBlock code=format!("micro login {url}") name="command"/>
            </Step>
        </ol>
    }
}

#[component]
fn Step(done: bool, title: &'static str, children: Children) -> impl IntoView {
    let (icon, word) = if done { ("check", "Done") } else { ("status-unknown", "To do") };
    let body = (!done).then(|| view! { <div class="steps__body">{children()}</div> });
    view! {
        <li class=if done { "steps__step steps__step--done" } else { "steps__step" }>
            <p class="steps__title">
                <Icon name=icon/>
                {title}
                <span class="hidden">{format!(" ({word})")}</span>
            </p>
            {body}
        </li>
    }
}
