//! Inviting people to a team, and the links that come of it, shown once.

use super::invites::whom;
use super::{Actions, Made};
use crate::api::teams::{InvitePeople, Invited, Wish};
use crate::ui::code::CodeBlock;
use crate::ui::icon::Icon;
use crate::ui::notice::Problem;
use crate::ui::once::Once;
use crate::ui::role::{self, RoleChoice};
use crate::{AppError, Facts, routes};
use leptos::ev::SubmitEvent;
use leptos::html::Form;
use leptos::prelude::*;
use micro_domain::access::Role;
use wasm_bindgen::JsCast as _;
use web_sys::{FormData, HtmlFormElement};

/// Lifetimes offered, in hours.
const LIFETIMES_HOURS: [(u32, &str); 4] = [(24, "A day"), (72, "3 days"), (168, "7 days"), (336, "14 days")];
/// The lifetime chosen at first, in hours.
const LIFETIME_DEFAULT_HOURS: u32 = 72;

/// The form; it posts to the team's page, and in place once scripts run.
#[component]
pub(super) fn InviteForm(
    team: String,
    /// The role the reader acts with.
    mine: Role,
    /// Addresses that were typed already.
    emails: String,
    actions: Actions,
    made: Made,
) -> impl IntoView {
    let invite = actions.invite;
    let page = routes::team(&team);
    let submit = move |event: SubmitEvent| {
        if let Some(wish) = filled(&event, &team) {
            event.prevent_default();
            if !invite.pending().get_untracked() {
                made.set(None);
                invite.dispatch(InvitePeople { wish });
            }
        }
    };
    let form = NodeRef::<Form>::new();
    Effect::new(move || {
        if let (Some(Ok(_)), Some(form)) = (invite.value().get(), form.get()) {
            form.reset();
        }
    });
    let options = LIFETIMES_HOURS.map(|(hours, title)| {
        view! { <option value=hours.to_string() selected=hours == LIFETIME_DEFAULT_HOURS>{title}</option> }
    });
    view! {
        <form method="post" action=page class="panel team__form" node_ref=form on:submit=submit>
            <Once/>
            <input type="hidden" name="action" value="invite"/>
            <div class="field team__emails">
                <label for="emails" class="field__label">"Addresses, one a line"</label>
                <textarea id="emails" name="emails" rows="3" autocomplete="off" spellcheck="false"
                    aria-describedby="emails-help">{emails}</textarea>
                <p id="emails-help" class="field__help">
                    "Each gets a link of its own, which you pass on: Micro sends no mail. Left empty, one link is made for whoever has it."
                </p>
            </div>
            <RoleChoice mine chosen=Role::Member/>
            <label class="field">
                <span class="field__label">"Good for"</span>
                <select name="hours">{options.into_iter().collect_view()}</select>
            </label>
            <button class="button button--primary" type="submit" disabled=invite.pending()>"Invite"</button>
            <Roles mine/>
        </form>
    }
}

/// What each role allows that the reader may give.
#[component]
fn Roles(mine: Role) -> impl IntoView {
    let rows = role::given_by(mine)
        .map(|role| view! { <div><dt>{role::title(role)}</dt><dd>{role::allows(role)}</dd></div> });
    view! {
        <details class="team__roles">
            <summary>"What the roles allow"</summary>
            <dl class="pairs">{rows.collect_view()}</dl>
        </details>
    }
}

/// What was filled in.
fn filled(event: &SubmitEvent, team: &str) -> Option<Wish> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    let role = data.get("role").as_string()?.parse().ok()?;
    let hours = data.get("hours").as_string()?.parse().ok()?;
    Some(Wish { team: team.to_owned(), emails: data.get("emails").as_string()?, role, hours })
}

/// The links made last, this once; or why there are none.
#[component]
pub(super) fn Links(made: Made) -> impl IntoView {
    move || {
        made.get().map(|outcome| match outcome {
            Ok(invited) => view! { <Outcome invited/> }.into_any(),
            Err(AppError(error)) => view! { <Problem text=error.message/> }.into_any(),
        })
    }
}

/// What came of each row: links to pass on, and rows that were refused.
#[component]
fn Outcome(invited: Vec<Invited>) -> impl IntoView {
    let base = expect_context::<Facts>().public_url;
    let (mut links, mut refused) = (Vec::new(), Vec::new());
    for Invited { email, code } in invited {
        match code {
            Ok(code) => links.push((email, format!("{base}{}", routes::invite(code.reveal())))),
            Err(why) => refused.push(format!("{}: {why}", whom(&email))),
        }
    }
    let refused = refused.into_iter().map(|text| view! { <Problem text/> }).collect_view();
    let title = if links.len() == 1 {
        "The link is ready. Copy it now: it is not shown again."
    } else {
        "The links are ready. Copy them now: they are not shown again."
    };
    let shown = (!links.is_empty()).then(|| {
        let links = links.into_iter().map(|(email, link)| {
            let whom = whom(&email).to_owned();
            view! { <li><p>{whom.clone()}</p><CodeBlock code=link name=format!("link for {whom}")/></li> }
        });
        view! {
            <section class="panel panel--notice" role="status" aria-label="New links">
                <p class="panel__title"><Icon name="check"/>{title}</p>
                <ul class="team__links">{links.collect_view()}</ul>
            </section>
        }
    });
    view! { {shown}{refused} }
}
