//! Every URL of the dashboard. Navigation, palette, pages and tests read it from here.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Home: what is broken, what to do next, where I was.
pub const HOME: &str = "/";
/// The catalog.
pub const SERVICES: &str = "/services";
/// API tokens.
pub const TOKENS: &str = "/tokens";
/// The reader's teams.
pub const TEAMS: &str = "/teams";
/// Invites, each under its code.
pub const INVITE: &str = "/invite";
/// How the bots are.
pub const CHAT: &str = "/chat";
/// Chat links.
pub const SETTINGS: &str = "/settings";
/// The value of `removed` on the settings page after a chat link was removed.
pub const REMOVED_LINK: &str = "link";
/// Signing in; GET shows a button and spends nothing, POST signs in.
pub const LOGIN: &str = "/login";
/// Signing out, POST only.
pub const LOGOUT: &str = "/logout";
/// Changes of the catalog as server-sent events.
pub const LIVE_SERVICES: &str = "/live/services";

/// An entry of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where it leads.
    pub path: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its symbol in the sprite.
    pub icon: &'static str,
}

/// The navigation, in order; an entry is here only when its subsystem exists.
pub const NAVIGATION: [Entry; 6] = [
    Entry { path: HOME, title: "Home", icon: "home" },
    Entry { path: SERVICES, title: "Services", icon: "services" },
    Entry { path: TEAMS, title: "Teams", icon: "teams" },
    Entry { path: CHAT, title: "Chat", icon: "chat" },
    Entry { path: TOKENS, title: "Tokens", icon: "token" },
    Entry { path: SETTINGS, title: "Settings", icon: "settings" },
];

/// What must be escaped in a path segment or a query value.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// `text` as one path segment or query value.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The page of a service.
#[must_use]
pub fn service(name: &str) -> String {
    format!("{SERVICES}/{}", encode(name))
}

/// The page of a team.
#[must_use]
pub fn team(name: &str) -> String {
    format!("{TEAMS}/{}", encode(name))
}

/// The page of an invite.
#[must_use]
pub fn invite(code: &str) -> String {
    format!("{INVITE}/{}", encode(code))
}

/// Whether the page at `path` is there for readers who are not signed in, too.
#[must_use]
pub fn is_open(path: &str) -> bool {
    let invite = path.strip_prefix(INVITE).and_then(|rest| rest.strip_prefix('/'));
    path == LOGIN || invite.is_some_and(|code| !code.is_empty() && !code.contains('/'))
}

/// The settings page, which says that a chat link was removed.
#[must_use]
pub fn settings_after_removal() -> String {
    with_query(SETTINGS, &[("removed", REMOVED_LINK)])
}

/// A tab of a service's page.
#[must_use]
pub fn service_tab(name: &str, tab: &str) -> String {
    format!("{SERVICES}/{}?tab={}", encode(name), encode(tab))
}

/// The call page of a method; `method` is written as in `/v1`.
#[must_use]
pub fn method(service: &str, method: &str) -> String {
    format!("{SERVICES}/{}/{}", encode(service), encode(method))
}

/// The service and method that the path of a call page names.
#[must_use]
pub fn method_of(path: &str) -> Option<(String, String)> {
    let (service, method) = path.strip_prefix(SERVICES)?.strip_prefix('/')?.split_once('/')?;
    let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
    if service.is_empty() || method.is_empty() || method.contains('/') {
        return None;
    }
    Some((decode(service)?, decode(method)?))
}

/// The sign-in page, which leads to `next` afterwards.
#[must_use]
pub fn login(next: &str) -> String {
    match local_path(next) {
        Some(HOME) | None => LOGIN.to_owned(),
        Some(next) => format!("{LOGIN}?next={}", encode(next)),
    }
}

/// Why somebody was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The link is unknown, used or expired.
    Link,
    /// There is no such account, or its password is another.
    Password,
    /// Too many attempts failed.
    Busy,
    /// It is the server's fault.
    Server,
}

impl Refusal {
    const ALL: [Self; 4] = [Self::Link, Self::Password, Self::Busy, Self::Server];

    /// As in the URL.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Link => "code",
            Self::Password => "password",
            Self::Busy => "busy",
            Self::Server => "server",
        }
    }

    /// The reason called `word`; the server's fault for one that nobody knows.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.word() == word).unwrap_or(Self::Server)
    }
}

/// The sign-in page, which says why it refused `name`, and leads to `next` afterwards.
#[must_use]
pub fn login_again(reason: Refusal, name: &str, next: &str) -> String {
    let next = local_path(next).filter(|next| *next != HOME).unwrap_or_default();
    with_query(LOGIN, &[("error", reason.word()), ("name", name), ("next", next)])
}

/// Signing out, which leads to `next` afterwards.
#[must_use]
pub fn logout(next: &str) -> String {
    with_query(LOGOUT, &[("next", next)])
}

/// `path` with the query pairs that have a value.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// `next` when it stays on this origin: `/x`, but not `//x`, `/\x` or anything with a control character.
#[must_use]
pub fn local_path(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    let local = !rest.starts_with(['/', '\\']) && !next.chars().any(char::is_control);
    local.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_origin_are_local() {
        for good in ["/", "/services", "/services?q=a//b", "/services/x/pkg.S.M"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in ["", "services", "//evil", "/\\evil", "https://evil", "/a\nb", "/\t/evil"] {
            assert_eq!(local_path(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(service("a/b c"), "/services/a%2Fb%20c");
        assert_eq!(method("greeter", "greet.v1.Greeter.Hello"), "/services/greeter/greet.v1.Greeter.Hello");
        assert_eq!(method_of(&method("a/b c", "S.M")), Some(("a/b c".to_owned(), "S.M".to_owned())));
        assert_eq!(method_of("/services/a"), None);
        assert_eq!(login("/services?q=x&health=up"), "/login?next=%2Fservices%3Fq%3Dx%26health%3Dup");
        assert_eq!(login("//evil"), "/login");
        assert_eq!(login("/"), "/login");
    }

    #[test]
    fn who_is_refused_signs_in_to_the_same_page() {
        assert_eq!(login_again(Refusal::Busy, "", "//evil"), "/login?error=busy");
        let again = login_again(Refusal::Password, "ann", "/teams?q=x");
        assert_eq!(again, "/login?error=password&name=ann&next=%2Fteams%3Fq%3Dx");
        for reason in Refusal::ALL {
            assert_eq!(Refusal::from_word(reason.word()), reason);
        }
    }

    #[test]
    fn strangers_see_the_sign_in_page_and_invites() {
        for open in ["/login", "/invite/mu_inv_x"] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["/", "/login/x", "/invite", "/invite/", "/invite/a/b", "/invites", "/teams"] {
            assert!(!is_open(closed), "{closed}");
        }
        assert_eq!(logout(&invite("a b")), "/logout?next=%2Finvite%2Fa%2520b");
    }

    #[test]
    fn empty_query_values_are_left_out() {
        assert_eq!(with_query("/services", &[("q", ""), ("health", "")]), "/services");
        assert_eq!(with_query("/services", &[("q", "a b"), ("health", "up")]), "/services?q=a%20b&health=up");
    }
}
