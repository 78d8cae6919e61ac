//! Who is in a team, with a change of role and removal for those who may.

use super::Actions;
use crate::api::teams::{RemoveMember, SetRole};
use crate::ui::cards::Cards;
use crate::ui::confirm::Confirm;
use crate::ui::role::{self, RoleChoice};
use crate::ui::time::Moment;
use crate::{Facts, routes};
use leptos::html::Select;
use leptos::prelude::*;
use micro_domain::access::Role;
use micro_domain::team::Member;

/// The members; `mine` is the role the reader acts with.
#[component]
pub(super) fn MemberTable(members: Vec<Member>, team: String, mine: Role, actions: Actions) -> impl IntoView {
    let rows = members
        .into_iter()
        .map(|member| view! { <MemberRow member team=team.clone() mine actions/> })
        .collect_view();
    view! {
        <Cards caption="Members" heads=&["Name", "Role", "Address", "Since"]>{rows}</Cards>
    }
}

#[component]
fn MemberRow(member: Member, team: String, mine: Role, actions: Actions) -> impl IntoView {
    let me = expect_context::<Facts>().account.as_deref() == Some(member.account.as_str());
    let managed = mine.manages(member.role);
    let change = managed
        .then(|| view! { <RoleChange team=team.clone() account=member.account.clone() role=member.role mine actions/> });
    // Everybody may leave.
    let removal =
        (managed || me).then(|| view! { <Removal team account=member.account.clone() me actions/> });
    let address = if member.email.is_empty() { "None".to_owned() } else { member.email };
    view! {
        <tr class="row">
            <th scope="row" class="row__name">
                {member.account}{me.then(|| view! { <span class="tag">"you"</span> })}
            </th>
            <td data-label="Role">{role::title(member.role)}</td>
            <td data-label="Address" class="team__address">{address}</td>
            <td data-label="Since"><Moment at_ms=member.joined_ms/></td>
            <td class="row__actions"><div class="team__actions">{change}{removal}</div></td>
        </tr>
    }
}

#[component]
fn RoleChange(team: String, account: String, role: Role, mine: Role, actions: Actions) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    let page = routes::team(&team);
    let who = account.clone();
    let decided = move || {
        let chosen = select.get_untracked().and_then(|select| select.value().parse().ok());
        if let Some(role) = chosen {
            actions.set_role.dispatch(SetRole { team: team.clone(), account: who.clone(), role });
        }
    };
    view! {
        <Confirm verb="Change role" what=format!("of {account}") page harmless=true
            effect="It counts at once; what they have open with the old role ends."
            decision=format!("Change role of {account}") decided>
            <input type="hidden" name="action" value="role"/>
            <input type="hidden" name="account" value=account/>
            <RoleChoice mine chosen=role node_ref=select/>
        </Confirm>
    }
}

#[component]
fn Removal(team: String, account: String, me: bool, actions: Actions) -> impl IntoView {
    let (verb, effect, decision) = if me {
        ("Leave", "You see and call the team's services no more.", format!("Leave {team}"))
    } else {
        ("Remove", "They see and call the team's services no more.", format!("Remove {account}"))
    };
    let what = if me { team.clone() } else { account.clone() };
    let page = routes::team(&team);
    let who = account.clone();
    let decided = move || {
        actions.remove.dispatch(RemoveMember { team: team.clone(), account: who.clone() });
    };
    view! {
        <Confirm verb what page effect decision decided>
            <input type="hidden" name="action" value="remove"/>
            <input type="hidden" name="account" value=account/>
        </Confirm>
    }
}
