//! One registry of how each state looks: tone, icon shape and word. State is never colour alone.

use super::icon::Icon;
use leptos::prelude::*;
use micro_domain::Code;
use micro_domain::catalog::Status;
use micro_domain::chat::BotState;
use micro_domain::team::InviteState;

/// How a state looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tone {
    /// `good`, `bad`, `warn` or `idle`: picks the colours.
    pub class: &'static str,
    /// The icon; each state has its own shape.
    pub icon: &'static str,
    /// The word.
    pub word: &'static str,
}

/// How a service's or instance's status looks.
pub(crate) const fn of_status(status: Status) -> Tone {
    match status {
        Status::Up => Tone { class: "good", icon: "status-up", word: "Up" },
        Status::Failing => Tone { class: "bad", icon: "status-failing", word: "Failing" },
        Status::Unknown => Tone { class: "idle", icon: "status-unknown", word: "Unknown" },
    }
}

/// How a call's end looks.
pub(crate) const fn of_code(code: Code) -> Tone {
    match code {
        Code::Ok => Tone { class: "good", icon: "status-up", word: "OK" },
        Code::Cancelled => Tone { class: "idle", icon: "status-unknown", word: "CANCELLED" },
        other => Tone { class: "bad", icon: "status-failing", word: other.name() },
    }
}

/// How a bot's state looks.
pub(crate) const fn of_bot(state: &BotState) -> Tone {
    match state {
        BotState::Connected => Tone { class: "good", icon: "status-up", word: "Connected" },
        BotState::Connecting => Tone { class: "idle", icon: "status-unknown", word: "Connecting" },
        BotState::Degraded(_) => Tone { class: "bad", icon: "status-failing", word: "Not reachable" },
    }
}

/// How an invite's state looks.
pub(crate) const fn of_invite(state: InviteState) -> Tone {
    match state {
        InviteState::Pending => Tone { class: "warn", icon: "status-unknown", word: "Pending" },
        InviteState::Accepted => Tone { class: "good", icon: "status-up", word: "Accepted" },
        InviteState::Expired => Tone { class: "idle", icon: "history", word: "Expired" },
        InviteState::Revoked => Tone { class: "idle", icon: "close", word: "Revoked" },
    }
}

/// A state's icon and word.
#[component]
pub(crate) fn StatusLabel(
    /// How it looks.
    #[prop(into)]
    tone: Signal<Tone>,
) -> impl IntoView {
    view! {
        <span class=move || format!("status status--{}", tone.get().class)>
            {move || view! { <Icon name=tone.get().icon/> }}
            <span class="status__word">{move || tone.get().word}</span>
        </span>
    }
}
