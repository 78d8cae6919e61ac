//! The root component: context, frame and routes.

use crate::api;
use crate::context::Facts;
use crate::live::Connection;
use crate::pages::{call::CallPage, home::HomePage, login::LoginPage, not_found::NotFoundPage};
use crate::pages::{service::ServicePage, services::ServicesPage, tokens::TokensPage};
use crate::ui::{frame::Frame, time::Clock, toast::Toasts};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

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
                    <Route path=path!("/login") view=LoginPage ssr=SsrMode::InOrder/>
                    <Route path=path!("/services") view=ServicesPage ssr=SsrMode::InOrder/>
                    <Route path=path!("/services/:name") view=ServicePage ssr=SsrMode::Async/>
                    <Route path=path!("/services/:name/:method") view=CallPage ssr=SsrMode::Async/>
                    <Route path=path!("/tokens") view=TokensPage ssr=SsrMode::InOrder/>
                </FlatRoutes>
            </Frame>
        </Router>
    }
}
