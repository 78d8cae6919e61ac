//! A team: who is in it, who is invited, and inviting people.

mod invites;
mod inviting;
mod members;

use crate::Facts;
use crate::api::teams::{
    InvitePeople, Invited, Posted, RemoveMember, RenewInvite, RevokeInvite, SetRole, TeamDetails, acting,
    posted, read_team,
};
use crate::ui::notice::{Failure, Problem};
use crate::ui::role;
use crate::ui::shortcut_sheet::focus_first;
use crate::ui::toast::Toasts;
use crate::{AppError, api::page, routes};
use invites::InviteTable;
use inviting::{InviteForm, Links};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_params_map};
use members::MemberTable;
use micro_domain::Code;

/// What the page's forms do where scripts run.
#[derive(Clone, Copy)]
struct Actions {
    set_role: ServerAction<SetRole>,
    remove: ServerAction<RemoveMember>,
    invite: ServerAction<InvitePeople>,
    revoke: ServerAction<RevokeInvite>,
    renew: ServerAction<RenewInvite>,
}

impl Actions {
    fn new() -> Self {
        Self {
            set_role: ServerAction::new(),
            remove: ServerAction::new(),
            invite: ServerAction::new(),
            revoke: ServerAction::new(),
            renew: ServerAction::new(),
        }
    }
}

/// What happened to the page since it was opened.
#[derive(Clone, Copy)]
struct Changes {
    /// How often something changed: the page is read again each time.
    count: RwSignal<u32>,
    /// The part that the last change was in; it gets the focus, since what had it is drawn anew.
    part: StoredValue<Option<&'static str>>,
}

impl Changes {
    fn new() -> Self {
        Self { count: RwSignal::new(0), part: StoredValue::new(None) }
    }

    fn happened(self, part: &'static str) {
        self.part.set_value(Some(part));
        self.count.update(|count| *count += 1);
    }

    /// Gives the focus back, once the page is drawn.
    fn focus(self) {
        Effect::new(move || {
            if let Some(part) = self.part.try_update_value(Option::take).flatten() {
                request_animation_frame(move || {
                    focus_first(&format!("#{part}"));
                });
            }
        });
    }
}

/// The parts of the page, by the ids of their headings.
const MEMBERS_ID: &str = "members";
const INVITES_ID: &str = "invites";
/// Where new links are shown.
const LINKS_ID: &str = "links";

/// The links made last, or why none were; shown until the next are asked for.
type Made = RwSignal<Option<Result<Vec<Invited>, AppError>>>;

/// The page of a team.
#[component]
pub(crate) fn TeamPage() -> impl IntoView {
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|params| params.get("name")).unwrap_or_default());
    let actions = Actions::new();
    let changes = Changes::new();
    let details =
        Resource::new_blocking(move || (name.get(), changes.count.get()), |(name, _)| read_team(name));
    let (outcome, emails) =
        SharedValue::new(posted).into_inner().map(|Posted { outcome, emails }| (outcome, emails)).unzip();
    let (links, refused) = match outcome {
        Some(Ok(links)) => (Some(Ok(links)), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let (made, emails) = (Made::new(links), StoredValue::new(emails.unwrap_or_default()));
    follow(actions, made, changes, name);
    view! {
        <Title text=move || name.get()/>
        <div class="page page--wide team">
            <nav class="crumbs" aria-label="Breadcrumb"><A href=routes::TEAMS>"Teams"</A></nav>
            {refused.map(|AppError(error)| view! { <Problem text=error.message/> })}
            <Transition fallback=|| view! { <p role="status">"Loading the team"</p> }>
                {move || Suspend::new(async move {
                    match details.await {
                        Ok(details) => view! { <Shown details actions made changes emails=emails.get_value()/> }.into_any(),
                        Err(error) => failed(error, name.get_untracked()).into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

/// After a change: says so, and reads the page again.
fn follow(actions: Actions, made: Made, changes: Changes, team: Memo<String>) {
    let toasts = expect_context::<Toasts>();
    let account = expect_context::<Facts>().account;
    let navigate = use_navigate();
    on_success(actions.set_role.value(), move |member| {
        toasts.say(format!("{} is {} now", member.account, member.role));
        changes.happened(MEMBERS_ID);
    });
    on_success(actions.remove.value(), move |member| {
        toasts.say(format!("{} is not in {} any more", member.account, team.get_untracked()));
        // Who left sees this page no more.
        if account.as_deref() == Some(member.account.as_str()) {
            navigate(routes::TEAMS, NavigateOptions::default());
        } else {
            changes.happened(MEMBERS_ID);
        }
    });
    on_success(actions.revoke.value(), move |_| {
        toasts.say("The invite is revoked");
        changes.happened(INVITES_ID);
    });
    on_success(actions.renew.value(), move |links| {
        made.set(Some(Ok(links)));
        changes.happened(LINKS_ID);
    });
    Effect::new(move || {
        if let Some(outcome) = actions.invite.value().get() {
            made.set(Some(outcome));
            changes.happened(LINKS_ID);
        }
    });
}

/// Runs `done` after each success, and tells of each failure.
fn on_success<T: 'static>(
    value: impl Get<Value = Option<Result<T, AppError>>> + 'static,
    done: impl Fn(T) + 'static,
) {
    let toasts = expect_context::<Toasts>();
    Effect::new(move || match value.get() {
        Some(Ok(outcome)) => done(outcome),
        Some(Err(error)) => toasts.warn(error.0.message),
        None => {}
    });
}

#[component]
fn Shown(
    details: TeamDetails,
    actions: Actions,
    made: Made,
    changes: Changes,
    emails: String,
) -> impl IntoView {
    changes.focus();
    let TeamDetails { team, members, invites } = details;
    let mine = acting(&team);
    let name = team.name.clone();
    let about = match team.role {
        Some(role) => {
            view! { "Your role is "<strong>{role::title(role)}</strong>". "{role::allows(role)} }.into_any()
        }
        None => "You are not in this team; you manage it because you manage the platform.".into_any(),
    };
    let invites = invites.map(|invites| {
        let name = name.clone();
        view! {
            <h2>"Invite people"</h2>
            <InviteForm team=name.clone() mine emails actions made/>
            <div id=LINKS_ID class="team__made" tabindex="-1"><Links made/></div>
            <h2 id=INVITES_ID tabindex="-1">"Invites"</h2>
            <InviteTable invites team=name mine actions/>
        }
    });
    view! {
        <h1 tabindex="-1">{team.name}</h1>
        <p class="lead">{about}</p>
        <h2 id=MEMBERS_ID tabindex="-1">"Members"</h2>
        <MemberTable members team=name mine actions/>
        {invites}
    }
}

fn failed(error: AppError, name: String) -> impl IntoView {
    page::set_status(error.code());
    let missing = error.code() == Code::NotFound;
    let title = if missing { "There is no such team".to_owned() } else { name.clone() };
    let body = if missing {
        view! {
            <p>"The address may be mistyped, or you are not in this team."</p>
            <p class="actions"><a class="button" href=routes::TEAMS>"Your teams"</a></p>
        }
        .into_any()
    } else {
        view! { <Failure error retry=routes::team(&name)/> }.into_any()
    };
    view! { <h1 tabindex="-1">{title}</h1>{body} }
}
