//! The teams of the reader.

use crate::api::teams::list_teams;
use crate::routes;
use crate::ui::notice::{Empty, Failure};
use crate::ui::role;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;
use micro_domain::team::Team;

/// The teams page.
#[component]
pub(crate) fn TeamsPage() -> impl IntoView {
    let teams = Resource::new(|| (), |()| list_teams());
    view! {
        <Title text="Teams"/>
        <div class="page teams">
            <h1 tabindex="-1">"Teams"</h1>
            <p class="lead">"What you may do with a service is your role in the team that holds it."</p>
            <Transition fallback=|| view! { <p role="status">"Loading teams"</p> }>
                {move || Suspend::new(async move {
                    match teams.await {
                        Ok(teams) => view! { <TeamTable teams/> }.into_any(),
                        Err(error) => view! { <Failure error retry=routes::TEAMS/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

#[component]
fn TeamTable(teams: Vec<Team>) -> impl IntoView {
    if teams.is_empty() {
        return view! {
            <Empty icon="teams" title="You are in no team">
                <p>"Ask an admin or owner of a team for an invite, and open its link."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = teams.into_iter().map(|team| view! { <TeamRow team/> });
    view! {
        <table class="table table--cards">
            <caption class="hidden">"Your teams"</caption>
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Your role"</th>
                    <th scope="col" class="number">"Members"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

#[component]
fn TeamRow(team: Team) -> impl IntoView {
    // Who manages the platform sees every team, and is not in all of them.
    let mine = team.role.map_or("Not a member", role::title);
    view! {
        <tr class="row">
            <th scope="row" class="row__name">
                <A href=routes::team(&team.name) attr:data-row="">{team.name.clone()}</A>
            </th>
            <td data-label="Your role">{mine}</td>
            <td data-label="Members" class="number">{team.members}</td>
        </tr>
    }
}
