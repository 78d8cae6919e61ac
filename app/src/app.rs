//! The root component: context, frame and routes.

use crate::api;
use crate::context::Facts;
use crate::live::Connection;
use crate::pages::{home::HomePage, lazy, not_found::NotFoundPage, services::ServicesPage};
use crate::ui::{frame::Frame, time::Clock, toast::Toasts};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use leptos_router::{Lazy, SsrMode};

/// The dashboard.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let facts = SharedValue::new(api::facts::read).into_inner();
    provide_context(RwSignal::new(facts.theme));
    provide_context::<Facts>(facts);
    provide_context(Toasts::new());
    provide_context(Connection::new());
    provide_context(Clock::start());
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Micro".to_owned() } else { format!("{title} · Micro") }/>
        <Router>
            <Frame>
                <FlatRoutes fallback=|| view! { <NotFoundPage/> }.into_any()>
                    <Route path=path!("/") view=HomePage ssr=SsrMode::InOrder/>
                    <Route path=path!("/login") view={Lazy::<lazy::Login>::new()} ssr=SsrMode::InOrder/>
                    <Route path=path!("/services") view=ServicesPage ssr=SsrMode::InOrder/>
                    <Route path=path!("/services/:name") view={Lazy::<lazy::Service>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/services/:name/:method") view={Lazy::<lazy::Call>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/teams") view={Lazy::<lazy::Teams>::new()} ssr=SsrMode::InOrder/>
                    <Route path=path!("/teams/:name") view={Lazy::<lazy::Team>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/chat") view={Lazy::<lazy::Chat>::new()} ssr=SsrMode::InOrder/>
                    <Route path=path!("/settings") view={Lazy::<lazy::Settings>::new()} ssr=SsrMode::InOrder/>
                    <Route path=path!("/link/:id") view={Lazy::<lazy::Link>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/invite/:code") view={Lazy::<lazy::Invite>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("/tokens") view={Lazy::<lazy::Tokens>::new()} ssr=SsrMode::InOrder/>
                </FlatRoutes>
            </Frame>
        </Router>
    }
}
