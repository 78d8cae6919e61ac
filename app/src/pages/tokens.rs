//! API tokens: make one, see it once, end it.

use crate::AppError;
use crate::Facts;
use crate::api::tokens::{CreateToken, Made, Posted, RevokeToken, list_tokens, posted};
use crate::routes;
use crate::ui::cards::Cards;
use crate::ui::code::CodeBlock;
use crate::ui::confirm::Confirm;
use crate::ui::icon::Icon;
use crate::ui::notice::{Empty, Failure, Problem};
use crate::ui::once::Once;
use crate::ui::time::Moment;
use crate::ui::toast::Toasts;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use micro_domain::identity::Token;
use wasm_bindgen::JsCast as _;
use web_sys::{FormData, HtmlFormElement};

/// Lifetimes offered, in days; the platform allows up to 366.
const LIFETIMES_DAYS: [(u32, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (366, "A year")];
/// The lifetime chosen at first, in days.
const LIFETIME_DEFAULT_DAYS: u32 = 90;

/// The tokens page.
#[component]
pub(crate) fn TokensPage() -> impl IntoView {
    let create = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let posted = SharedValue::new(posted).into_inner().map(|Posted(outcome)| outcome);
    let made = Signal::derive(move || create.value().get().or_else(|| posted.clone()));
    let tokens = Resource::new(move || (create.version().get(), revoke.version().get()), |_| list_tokens());
    announce(revoke);
    view! {
        <Title text="Tokens"/>
        <div class="page tokens">
            <h1 tabindex="-1">"API tokens"</h1>
            <p class="lead">"A token lets a program or a terminal call Micro as you. Whoever has it can do what you can."</p>
            <CreateForm create/>
            {move || made.get().map(|outcome| match outcome {
                Ok(made) => view! { <Shown made/> }.into_any(),
                Err(AppError(error)) => view! { <Problem text=error.message/> }.into_any(),
            })}
            <h2>"Your tokens"</h2>
            <Transition fallback=|| view! { <p role="status">"Loading tokens"</p> }>
                {move || Suspend::new(async move {
                    match tokens.await {
                        Ok(tokens) => view! { <TokenTable tokens revoke/> }.into_any(),
                        Err(error) => view! { <Failure error retry=routes::TOKENS/> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
    .into_any()
}

fn announce(revoke: ServerAction<RevokeToken>) {
    let toasts = expect_context::<Toasts>();
    Effect::new(move || match revoke.value().get() {
        Some(Ok(token)) => toasts.say(format!("“{}” is revoked", token.name)),
        Some(Err(error)) => toasts.warn(error.0.message),
        None => {}
    });
}

/// The form; it posts to this page, and in place once scripts run.
#[component]
fn CreateForm(create: ServerAction<CreateToken>) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        if let Some(new) = filled(&event) {
            event.prevent_default();
            if !create.pending().get_untracked() {
                create.dispatch(new);
            }
        }
    };
    let options = LIFETIMES_DAYS.map(|(days, title)| {
        view! { <option value=days.to_string() selected=days == LIFETIME_DEFAULT_DAYS>{title}</option> }
    });
    let pending = create.pending();
    let form = NodeRef::<leptos::html::Form>::new();
    Effect::new(move || {
        if let (Some(Ok(_)), Some(form)) = (create.value().get(), form.get()) {
            form.reset();
        }
    });
    view! {
        <form id="create" method="post" action=routes::TOKENS class="panel tokens__form" node_ref=form on:submit=submit>
            <Once/>
            <input type="hidden" name="action" value="create"/>
            <label class="field">
                <span class="field__label">"Name"</span>
                <input type="text" name="name" required=true maxlength="100" autocomplete="off" spellcheck="false"
                    placeholder="laptop"/>
            </label>
            <label class="field">
                <span class="field__label">"Expires after"</span>
                <select name="days">{options.into_iter().collect_view()}</select>
            </label>
            <button class="button button--primary" type="submit" disabled=pending>"Create token"</button>
        </form>
    }
}

/// What was filled in.
fn filled(event: &SubmitEvent) -> Option<CreateToken> {
    let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
    let data = FormData::new_with_form(&form).ok()?;
    let days = data.get("days").as_string()?.parse().ok()?;
    Some(CreateToken { name: data.get("name").as_string()?, days })
}

/// A new token, this once.
#[component]
fn Shown(made: Made) -> impl IntoView {
    let url = expect_context::<Facts>().public_url;
    let secret = made.secret.reveal().to_owned();
    let login = format!("micro login {url} --token {secret}");
    let curl = format!(
        "curl {url}/v1/helloworld/Hello \\\n  --header 'authorization: Bearer {secret}' \\\n  --json '{{\"name\":\"Ann\"}}'"
    );
    view! {
        <section class="panel panel--notice" role="status" aria-label="New token">
            <p class="panel__title">
                <Icon name="check"/>
                {format!("“{}” is ready. Copy it now: it is not shown again.", made.token.name)}
            </p>
            <CodeBlock code=secret name="token"/>
            <p>"In a terminal:"</p>
            <CodeBlock code=login name="command"/>
            <p>"Over HTTP:"</p>
            <CodeBlock code=curl name="curl command"/>
        </section>
    }
}

#[component]
fn TokenTable(tokens: Vec<Token>, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <Empty icon="token" title="No token is live"><p>"Create one above."</p></Empty> }
            .into_any();
    }
    let rows = tokens.into_iter().map(|token| view! { <TokenRow token revoke/> }).collect_view();
    view! {
        <Cards caption="Your tokens" heads=&["Name", "Begins with", "Created", "Last used", "Expires"]>{rows}</Cards>
    }
    .into_any()
}

#[component]
fn TokenRow(token: Token, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let id = token.id.clone();
    let decided = move || {
        revoke.dispatch(RevokeToken { id: id.clone() });
    };
    let decision = format!("Revoke “{}”", token.name);
    let used = match token.last_used_ms {
        Some(at_ms) => view! { <Moment at_ms/> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <tr class="row">
            <th scope="row" class="row__name">{token.name.clone()}{token.bot.then(bot)}</th>
            <td data-label="Begins with"><code>{format!("{}…", token.prefix)}</code></td>
            <td data-label="Created"><Moment at_ms=token.created_ms/></td>
            <td data-label="Last used">{used}</td>
            <td data-label="Expires"><Moment at_ms=token.expires_ms/></td>
            <td class="row__actions">
                <Confirm verb="Revoke" what=token.name page=routes::TOKENS effect="What uses it stops working at once."
                    decision decided>
                    <input type="hidden" name="action" value="revoke"/>
                    <input type="hidden" name="id" value=token.id/>
                </Confirm>
            </td>
        </tr>
    }
}

/// Marks a bot's token, which does other things than its owner's: it asks for links, and acts for those who are linked.
fn bot() -> impl IntoView {
    view! { <span class="tag">"bot"<span class="hidden">" token"</span></span> }
}
