//! What each role allows, in words, and choosing one.

use leptos::html::Select;
use leptos::prelude::*;
use micro_domain::access::Role;

/// What a role allows, in a sentence.
pub(crate) const fn allows(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewers see the team's services and how they are.",
        Role::Member => "Members see and call the team's services.",
        Role::Admin => {
            "Admins see, call, operate and register the team's services, and invite people up to this role."
        }
        Role::Owner => "Owners do everything with the team's services, and manage members of every role.",
    }
}

/// What a role is called.
pub(crate) const fn title(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

/// The roles that who holds `mine` may give.
pub(crate) fn given_by(mine: Role) -> impl Iterator<Item = Role> {
    Role::ALL.into_iter().filter(move |role| mine.manages(*role))
}

/// A choice among the roles that the reader may give.
#[component]
pub(crate) fn RoleChoice(
    /// The reader's own.
    mine: Role,
    /// The one chosen at first.
    chosen: Role,
    /// Reads what is chosen, where scripts run.
    #[prop(optional)]
    node_ref: NodeRef<Select>,
) -> impl IntoView {
    let options = given_by(mine).map(|role| {
        view! { <option value=role.word() selected=role == chosen>{title(role)}</option> }
    });
    view! {
        <label class="field">
            <span class="field__label">"Role"</span>
            <select name="role" node_ref=node_ref>{options.collect_view()}</select>
        </label>
    }
}
