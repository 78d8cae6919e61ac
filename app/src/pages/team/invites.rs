//! A team's invites, with a new link and revocation for those that can have it.

use super::Actions;
use crate::api::teams::{RenewInvite, RevokeInvite};
use crate::routes;
use crate::ui::cards::Cards;
use crate::ui::confirm::Confirm;
use crate::ui::notice::Empty;
use crate::ui::role;
use crate::ui::status::{StatusLabel, of_invite};
use crate::ui::time::Moment;
use leptos::prelude::*;
use micro_domain::access::Role;
use micro_domain::team::{Invite, InviteState};

/// What stands for the address of an invite that has none.
pub(super) const ANYBODY: &str = "Anyone with the link";

/// The invites; `mine` is the role the reader acts with.
#[component]
pub(super) fn InviteTable(invites: Vec<Invite>, team: String, mine: Role, actions: Actions) -> impl IntoView {
    if invites.is_empty() {
        return view! {
            <Empty icon="teams" title="Nobody is invited"><p>"Invite people with the form above."</p></Empty>
        }
        .into_any();
    }
    let rows = invites
        .into_iter()
        .map(|invite| view! { <InviteRow invite team=team.clone() mine actions/> })
        .collect_view();
    view! {
        <Cards caption="Invites" heads=&["For", "Role", "State", "Invited by", "Good until"]>{rows}</Cards>
    }
    .into_any()
}

#[component]
fn InviteRow(invite: Invite, team: String, mine: Role, actions: Actions) -> impl IntoView {
    let whom = whom(&invite.email).to_owned();
    let managed = mine.manages(invite.role);
    let renewal = (managed && invite.state != InviteState::Accepted).then(|| {
        view! { <Renewal id=invite.id.clone() whom=whom.clone() team=team.clone() actions/> }
    });
    let revocation = (managed && invite.state == InviteState::Pending)
        .then(|| view! { <Revocation id=invite.id whom=whom.clone() team actions/> });
    let by = (!invite.accepted_by.is_empty())
        .then(|| view! { <span class="team__by">{format!("by {}", invite.accepted_by)}</span> });
    view! {
        <tr class="row">
            <th scope="row" class="row__name">{whom}</th>
            <td data-label="Role">{role::title(invite.role)}</td>
            <td data-label="State"><StatusLabel tone=of_invite(invite.state)/>{by}</td>
            <td data-label="Invited by">{invite.inviter}</td>
            <td data-label="Good until"><Moment at_ms=invite.expires_ms/></td>
            <td class="row__actions"><div class="team__actions">{renewal}{revocation}</div></td>
        </tr>
    }
}

/// Whom an invite is for, in words.
pub(super) fn whom(email: &str) -> &str {
    if email.is_empty() { ANYBODY } else { email }
}

#[component]
fn Renewal(id: String, whom: String, team: String, actions: Actions) -> impl IntoView {
    let renewed = id.clone();
    let decided = move || {
        actions.renew.dispatch(RenewInvite { id: renewed.clone() });
    };
    view! {
        <Confirm verb="New link" what=format!("for {whom}") page=routes::team(&team) harmless=true
            effect="The link sent before stops working." decision="Make a new link".to_owned() decided>
            <input type="hidden" name="action" value="renew"/>
            <input type="hidden" name="id" value=id/>
        </Confirm>
    }
}

#[component]
fn Revocation(id: String, whom: String, team: String, actions: Actions) -> impl IntoView {
    let revoked = id.clone();
    let decided = move || {
        actions.revoke.dispatch(RevokeInvite { id: revoked.clone() });
    };
    view! {
        <Confirm verb="Revoke" what=format!("the invite for {whom}") page=routes::team(&team)
            effect="Its link stops working at once." decision="Revoke the invite".to_owned() decided>
            <input type="hidden" name="action" value="revoke"/>
            <input type="hidden" name="id" value=id/>
        </Confirm>
    }
}
