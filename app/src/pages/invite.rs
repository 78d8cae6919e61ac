//! Accepting an invite: looking changes nothing, and who has no account yet makes one.

use crate::api::invites::{Invitation, Refused, invite_page};
use crate::ui::field::{Field, Purpose};
use crate::ui::gate::{Gate, Refusal};
use crate::ui::notice::{Failure, Problem};
use crate::ui::once::Once;
use crate::ui::role;
use crate::ui::time::Moment;
use crate::{AppError, Facts, api::page, routes};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use micro_domain::Code;
use micro_domain::team::{Invite, InviteState};

/// This page, as links and forms on it name it.
const HERE: &str = "";

/// What a password is made of; the platform decides.
const PASSWORD_RULE: &str = "At least 15 characters. A few words that only you would put together are good.";

/// The page of an invite.
#[component]
pub(crate) fn InvitePage() -> impl IntoView {
    page::no_store();
    let params = use_params_map();
    let code = move || params.with(|params| params.get("code")).unwrap_or_default();
    let found = Resource::new_blocking(code, invite_page);
    let here = Signal::derive(move || routes::invite(&code()));
    let content = view! {
        <Transition fallback=|| view! { <p role="status">"Loading the invite"</p> }>
            {move || Suspend::new(async move { shown(found.await, here.get_untracked()) })}
        </Transition>
    };
    let signed_in = expect_context::<Facts>().account.is_some();
    let around = if signed_in {
        view! { <div class="page">{content}</div> }.into_any()
    } else {
        view! { <Gate>{content}</Gate> }.into_any()
    };
    view! { <Title text="Invite"/>{around} }.into_any()
}

fn shown(found: Result<Invitation, AppError>, here: String) -> AnyView {
    let Invitation { invite, refused } = match found {
        Ok(found) => found,
        Err(error) => {
            page::set_status(error.code());
            return if error.code() == Code::NotFound {
                unknown().into_any()
            } else {
                failed(error).into_any()
            };
        }
    };
    match invite.state {
        InviteState::Pending => view! { <Pending invite refused here/> }.into_any(),
        InviteState::Accepted => view! { <Used/> }.into_any(),
        InviteState::Expired => ended("This invite has expired").into_any(),
        InviteState::Revoked => ended("This invite was revoked").into_any(),
    }
}

/// What the invite is for, and the way to accept it.
#[component]
fn Pending(invite: Invite, refused: Option<Refused>, here: String) -> impl IntoView {
    if let Some(refused) = &refused {
        page::set_status(refused.error.code());
    }
    let team = invite.team.clone();
    let form = match expect_context::<Facts>().account {
        Some(account) => {
            view! { <Join team=team.clone() account email=invite.email.clone() refused here/> }.into_any()
        }
        None => view! { <SignUp refused here/> }.into_any(),
    };
    view! {
        <h1 tabindex="-1">{format!("Join the team {team}")}</h1>
        <dl class="pairs">
            <div><dt>"Invited by"</dt><dd>{invite.inviter}</dd></div>
            <div>
                <dt>"Role"</dt>
                <dd>{role::title(invite.role)}<span class="pairs__more">{role::allows(invite.role)}</span></dd>
            </div>
            <div><dt>"Good until"</dt><dd><Moment at_ms=invite.expires_ms/></dd></div>
        </dl>
        {form}
    }
}

/// For who is not signed in: a new account, or the one they have.
#[component]
fn SignUp(refused: Option<Refused>, here: String) -> impl IntoView {
    let problem = |field: &str| refused.as_ref().and_then(|refused| problem_of(&refused.error, field));
    let (name_problem, password_problem) = (problem("name"), problem("password"));
    let told = name_problem.is_some() || password_problem.is_some();
    let (name, error) = refused.map(|refused| (refused.name, refused.error)).unzip();
    let text = match told {
        true => Some("The account was not made: look at what is marked below.".to_owned()),
        false => error.map(|error| error.0.message),
    };
    view! {
        <h2>"Create your account"</h2>
        {text.map(|text| view! { <Refusal text/> })}
        // No action: it posts to this page.
        <form method="post" class="gate__form">
            <Once/>
            <Field name="name" label="Account name" purpose=Purpose::Account value=name.unwrap_or_default()
                problem=name_problem/>
            <Field name="password" label="Password" purpose=Purpose::NewPassword help=PASSWORD_RULE
                problem=password_problem/>
            <button class="button button--primary" type="submit">"Create account and join"</button>
        </form>
        <p><a href=routes::login(&here) rel="external">"I have an account: sign in"</a></p>
    }
}

/// What was wrong with a field.
fn problem_of(error: &AppError, field: &str) -> Option<String> {
    let found = error.0.violations.iter().find(|violation| violation.field == field)?;
    Some(found.description.clone())
}

/// For who is signed in: one button, and a way to do it as somebody else.
#[component]
fn Join(
    team: String,
    account: String,
    email: String,
    refused: Option<Refused>,
    here: String,
) -> impl IntoView {
    let error = refused.map(|refused| refused.error);
    let code = error.as_ref().map(AppError::code);
    let wrong = code == Some(Code::PermissionDenied);
    // Nor does it help to try again for who is in the team already.
    let hopeless = wrong || code == Some(Code::FailedPrecondition);
    let text = match error {
        Some(_) if wrong => Some(meant_for_another(&account, &email)),
        error => error.map(|error| error.0.message),
    };
    let again = if wrong { "button button--primary" } else { "button button--quiet" };
    let join = (!hopeless).then(|| {
        view! {
            <form method="post">
                <Once/>
                <button class="button button--primary" type="submit">{format!("Join {team} as {account}")}</button>
            </form>
        }
    });
    view! {
        {text.map(|text| view! { <Problem text/> })}
        <div class="actions">
            {join}
            <form method="post" action=routes::logout(&here)>
                <Once/>
                <button class=again type="submit">"Sign out and return"</button>
            </form>
        </div>
    }
}

/// The address comes masked: it is nobody's business but its owner's.
fn meant_for_another(account: &str, email: &str) -> String {
    let whom = if email.is_empty() { "somebody else" } else { email };
    format!(
        "This invite is for {whom}, and you are signed in as {account}. Sign out, and come back as who is invited."
    )
}

/// Where the reader goes on, who may have accepted the invite themselves.
#[component]
fn Used() -> impl IntoView {
    let signed_in = expect_context::<Facts>().account.is_some();
    let on = if signed_in {
        view! { <a class="button" href=routes::HOME>"Home"</a> }.into_any()
    } else {
        view! { <a class="button button--primary" href=routes::LOGIN rel="external">"Log in"</a> }.into_any()
    };
    view! {
        <h1 tabindex="-1">"This invite was accepted"</h1>
        <p>"It works once. If it was you who accepted it, log in. Otherwise ask for a new invite."</p>
        <p class="actions">{on}</p>
    }
}

fn ended(title: &'static str) -> impl IntoView {
    view! {
        <h1 tabindex="-1">{title}</h1>
        <p>"Ask for a new invite: whoever sent you this one can make a new link."</p>
    }
}

/// The same for whatever was never the code of an invite.
fn unknown() -> impl IntoView {
    view! {
        <h1 tabindex="-1">"There is no such invite"</h1>
        <p>"Look whether the whole link was copied, or ask for a new invite."</p>
    }
}

fn failed(error: AppError) -> impl IntoView {
    view! {
        <h1 tabindex="-1">"Invite"</h1>
        <Failure error retry=HERE/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use micro_domain::Error;

    #[test]
    fn an_invite_of_somebody_else_says_whose() {
        assert!(meant_for_another("bob", "a…@x.org").contains("for a…@x.org, and you are signed in as bob"));
        assert!(meant_for_another("bob", "").contains("is for somebody else"));
    }

    #[test]
    fn each_field_is_told_its_own_problem() {
        let error = AppError(Error::invalid("no").with_violation("password", "is too short"));
        assert_eq!(problem_of(&error, "password").as_deref(), Some("is too short"));
        assert_eq!(problem_of(&error, "name"), None);
    }
}
