//! How the Slack and Discord bots of this server are, and how they are set up.

use crate::api::chat::bots;
use crate::routes;
use crate::ui::code::CodeBlock;
use crate::ui::notice::Failure;
use crate::ui::status::{StatusLabel, of_bot};
use crate::ui::time::Moment;
use leptos::prelude::*;
use leptos_meta::Title;
use micro_domain::chat::{BotState, BotStatus, Platform};
use micro_domain::when;

/// The chat page.
#[component]
pub(crate) fn ChatPage() -> impl IntoView {
    let found = Resource::new(|| (), |()| bots());
    view! {
        <Title text="Chat"/>
        <div class="page chat">
            <h1 tabindex="-1">"Chat"</h1>
            <p class="lead">
                "In Slack and Discord, "<code>"/micro"</code>" lists, describes and calls services as the account that a chat \
                 user is linked to."
            </p>
            <Transition fallback=|| view! { <p role="status">"Loading"</p> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(bots) => view! { <Bots bots/> }.into_any(),
                        Err(error) => view! { <Failure error retry=routes::CHAT/> }.into_any(),
                    }
                })}
            </Transition>
            <p class="actions"><a class="button" href=routes::SETTINGS>"Your chat links"</a></p>
        </div>
    }
    .into_any()
}

#[component]
fn Bots(bots: Vec<BotStatus>) -> impl IntoView {
    let of = |platform: Platform| match bots.iter().find(|bot| bot.platform == platform) {
        Some(bot) => view! { <Running bot=bot.clone()/> }.into_any(),
        None => view! { <SetUp platform/> }.into_any(),
    };
    Platform::ALL.map(of).into_iter().collect_view()
}

/// A bot that is configured.
#[component]
fn Running(bot: BotStatus) -> impl IntoView {
    let tone = of_bot(&bot.state);
    let why = match bot.state {
        BotState::Degraded(why) => Some(view! { <p>{why}</p> }),
        BotState::Connected | BotState::Connecting => None,
    };
    let last = match bot.last_event_ms {
        Some(at_ms) => view! { <Moment at_ms/> }.into_any(),
        None => "none yet".into_any(),
    };
    let acknowledged = bot.acknowledged_us.map_or_else(|| "–".to_owned(), when::duration);
    let troubles = [
        ("Bad signatures", bot.bad_signatures),
        ("Unreadable events", bot.malformed),
        ("Repeated events", bot.repeated),
        ("Refused as busy", bot.busy),
        ("Answers lost", bot.lost),
    ];
    view! {
        <section class="panel chat__bot" aria-label=bot.platform.name()>
            <h2>{bot.platform.name()}</h2>
            <p><StatusLabel tone/></p>
            {why}
            <dl class="pairs">
                {fact("Delivery", bot.mode)}
                <div><dt>"Last event"</dt><dd>{last}</dd></div>
                {fact("Acknowledged within (p99)", acknowledged)}
                {fact("Waiting commands", bot.queued.to_string())}
                {troubles.map(|(name, count)| fact(name, count.to_string())).into_iter().collect_view()}
            </dl>
        </section>
    }
}

fn fact(name: &'static str, value: String) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
}

/// How to set up a bot that is not configured.
#[component]
fn SetUp(platform: Platform) -> impl IntoView {
    let variables = match platform {
        Platform::Slack => {
            "MICRO_SLACK_BOT_TOKEN=xoxb-…\nMICRO_SLACK_APP_TOKEN=xapp-…        # Socket Mode, or\nMICRO_SLACK_SIGNING_SECRET=…       # signed HTTP"
        }
        Platform::Discord => {
            "MICRO_DISCORD_BOT_TOKEN=…          # gateway; for signed HTTP also\nMICRO_DISCORD_PUBLIC_KEY=…\nMICRO_DISCORD_APPLICATION_ID=…"
        }
    };
    view! {
        <section class="panel chat__bot" aria-label=platform.name()>
            <h2>{platform.name()}</h2>
            <p>"Not set up. This command says the two minutes of clicking:"</p>
            <CodeBlock code=format!("micro bot setup {}", platform.word()) name=format!("{platform} setup command")/>
            <p>"Then start the server with:"</p>
            <CodeBlock code=variables.to_owned() name=format!("{platform} settings")/>
        </section>
    }
}
