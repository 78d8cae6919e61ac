//! A labelled text field that says what it takes, and what was wrong with what it got.

use leptos::prelude::*;

/// What a field is for: how it shows what is typed, and what password managers do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The account's name.
    Account,
    /// The password the account has.
    Password,
    /// The password it is to have.
    NewPassword,
}

impl Purpose {
    const fn kind(self) -> &'static str {
        match self {
            Self::Account => "text",
            Self::Password | Self::NewPassword => "password",
        }
    }

    const fn autocomplete(self) -> &'static str {
        match self {
            Self::Account => "username",
            Self::Password => "current-password",
            Self::NewPassword => "new-password",
        }
    }
}

/// The field `name`, which must be filled in.
#[component]
pub(crate) fn Field(
    /// Its name in the form, and its id in the page.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// What it is for.
    purpose: Purpose,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// What it takes.
    #[prop(optional)]
    help: Option<&'static str>,
    /// What was wrong with it.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let (help_id, problem_id) = (format!("{name}-help"), format!("{name}-problem"));
    let described: Vec<&str> =
        [problem.is_some().then_some(problem_id.as_str()), help.is_some().then_some(help_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let invalid = problem.is_some().then_some("true");
    let problem = problem.map(|problem| view! { <p id=problem_id class="field__problem">{problem}</p> });
    let help = help.map(|help| view! { <p id=help_id class="field__help">{help}</p> });
    view! {
        <div class="field">
            <label for=name class="field__label">{label}</label>
            <input id=name name=name type=purpose.kind() autocomplete=purpose.autocomplete() required=true value=value
                autocapitalize="none" spellcheck="false" aria-describedby=described aria-invalid=invalid/>
            {problem}
            {help}
        </div>
    }
}
