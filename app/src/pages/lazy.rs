//! The pages that few readers open first. Each comes to the browser as a module of its own: with the page itself where it
//! is the first, else while the reader looks at another.

use super::{
    call::CallPage, chat::ChatPage, invite::InvitePage, link::LinkPage, login::LoginPage,
    service::ServicePage, settings::SettingsPage, team::TeamPage, teams::TeamsPage, tokens::TokensPage,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The sign-in page.
pub(crate) struct Login;
/// The page of a service.
pub(crate) struct Service;
/// The page of a method.
pub(crate) struct Call;
/// The tokens page.
pub(crate) struct Tokens;
/// How the bots are.
pub(crate) struct Chat;
/// The settings page.
pub(crate) struct Settings;
/// The page that links a chat user.
pub(crate) struct Link;
/// The teams page.
pub(crate) struct Teams;
/// The page of a team.
pub(crate) struct Team;
/// The page of an invite.
pub(crate) struct Invite;

#[lazy_route]
impl LazyRoute for Login {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Login = this;
        view! { <LoginPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Service {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Service = this;
        view! { <ServicePage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Call {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Call = this;
        view! { <CallPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Tokens {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Tokens = this;
        view! { <TokensPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Chat {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Chat = this;
        view! { <ChatPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Settings {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Settings = this;
        view! { <SettingsPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Link {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Link = this;
        view! { <LinkPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Teams {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Teams = this;
        view! { <TeamsPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Team {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Team = this;
        view! { <TeamPage/> }.into_any()
    }
}

#[lazy_route]
impl LazyRoute for Invite {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let Invite = this;
        view! { <InvitePage/> }.into_any()
    }
}

/// When the other pages are fetched, counted from the script's start: the first page comes first.
#[cfg(feature = "hydrate")]
pub(crate) const FETCH_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// Fetches the other pages of a signed-in reader, so that none is waited for, nor missing once the server was upgraded.
#[cfg(feature = "hydrate")]
pub(crate) async fn fetch() {
    Service::preload().await;
    Call::preload().await;
    Tokens::preload().await;
    Chat::preload().await;
    Settings::preload().await;
    Link::preload().await;
    Teams::preload().await;
    Team::preload().await;
    Invite::preload().await;
}
