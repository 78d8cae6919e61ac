//! serenity, as Micro uses it, against the fake.

use super::{control, start};
use crate::state::Fake;
use serde_json::{Value, json};
use serenity::{
    all::{
        ActionRowComponent, ClientBuilder, CommandInteraction, ComponentInteraction, Context,
        CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateAutocompleteResponse, CreateButton,
        CreateCommand, CreateEmbed, CreateInputText, CreateInteractionResponse,
        CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateModal,
        EditInteractionResponse, EventHandler, GatewayIntents, Http, HttpBuilder, InputTextStyle,
        Interaction, ModalInteraction, Ready, UserId,
    },
    async_trait,
};
use std::{sync::Arc, time::Duration};

const USER: &str = "80351110224678912";
const SOON: Duration = Duration::from_secs(20);

/// What a bot does with each kind of interaction.
struct Bot;

#[async_trait]
impl EventHandler for Bot {
    async fn ready(&self, _: Context, ready: Ready) {
        assert_eq!(ready.guilds.len(), 1);
    }

    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => run(&context, &command).await,
            Interaction::Component(click) => click_on(&context, &click).await,
            Interaction::Modal(modal) => take(&context, &modal).await,
            Interaction::Autocomplete(typing) => {
                let focused = typing.data.autocomplete().unwrap();
                let completion = CreateAutocompleteResponse::new().add_string_choice(focused.value, "v");
                let response = CreateInteractionResponse::Autocomplete(completion);
                typing.create_response(&context, response).await.unwrap();
            }
            _ => {}
        }
    }
}

fn nobody() -> CreateAllowedMentions {
    CreateAllowedMentions::new()
}

/// Defers, edits with a file, follows up.
async fn run(context: &Context, command: &CommandInteraction) {
    command.defer_ephemeral(&context).await.unwrap();
    let button = CreateButton::new("open").label("Open");
    let edit = EditInteractionResponse::new()
        .content("done")
        .allowed_mentions(nobody())
        .embed(CreateEmbed::new().title("t").description("d").field("n", "v", true))
        .components(vec![CreateActionRow::Buttons(vec![button])])
        .new_attachment(CreateAttachment::bytes(*b"{\"a\":1}", "a.json"));
    let message = command.edit_response(&context, edit).await.unwrap();
    assert_eq!((message.attachments.len(), message.embeds.len()), (1, 1));
    let more = CreateInteractionResponseFollowup::new().content("more").allowed_mentions(nobody());
    command.create_followup(&context, more).await.unwrap();
}

async fn click_on(context: &Context, click: &ComponentInteraction) {
    let input = CreateInputText::new(InputTextStyle::Short, "Body", "body");
    let modal = CreateModal::new("form", "Form").components(vec![CreateActionRow::InputText(input)]);
    click.create_response(&context, CreateInteractionResponse::Modal(modal)).await.unwrap();
}

async fn take(context: &Context, modal: &ModalInteraction) {
    let ActionRowComponent::InputText(input) = &modal.data.components[0].components[0] else { panic!() };
    let typed = input.value.clone().unwrap();
    let message = CreateInteractionResponseMessage::new().content(typed).allowed_mentions(nobody());
    modal.create_response(&context, CreateInteractionResponse::UpdateMessage(message)).await.unwrap();
}

fn http(fake: &Fake) -> Http {
    let url = format!("http://{}", fake.settings.address);
    HttpBuilder::new(&fake.settings.bot_token).proxy(url).ratelimiter_disabled(true).build()
}

async fn connect(fake: &Arc<Fake>) {
    let client = ClientBuilder::new_with_http(http(fake), GatewayIntents::empty()).event_handler(Bot);
    let mut client = client.await.unwrap();
    tokio::spawn(async move { client.start().await });
    until(fake, "a session", |state| state["gateway"]["connected"] == 1).await;
}

async fn until(fake: &Arc<Fake>, what: &str, look: impl Fn(&Value) -> bool) -> Value {
    let found = tokio::time::timeout(SOON, async {
        loop {
            let state = fake.state().show();
            if look(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("no {what}: {:#}", fake.state().show()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_runs_on_the_gateway() {
    let fake = start().await;
    connect(&fake).await;
    let ran = control(&fake, "command", json!({"user": USER, "user_name": "ann", "name": "micro"})).await;
    assert_eq!(ran["acknowledged"], true, "{ran:#}");
    let state = until(&fake, "follow-up", |state| state["messages"].as_array().unwrap().len() == 2).await;
    let message = &state["messages"][0];
    assert_eq!((&message["content"], &message["ephemeral"]), (&json!("done"), &json!(true)), "{message:#}");
    assert_eq!(message["attachments"][0]["text"], "{\"a\":1}");
    let click = json!({"user": USER, "message": message["id"], "custom_id": "open"});
    let clicked = control(&fake, "click", click).await;
    let submit = json!({"user": USER, "modal": clicked["modal"], "values": {"body": "typed"}});
    let submitted = control(&fake, "submit", submit).await;
    assert_eq!(submitted["acknowledged"], true, "{clicked:#} {submitted:#}");
    let typing = json!({"type": 3, "name": "service", "value": "gre", "focused": true});
    let completed =
        control(&fake, "autocomplete", json!({"user": USER, "name": "micro", "options": [typing]})).await;
    assert_eq!(completed["body"]["data"]["choices"][0]["name"], "gre", "{completed:#}");
    let state = fake.state().show();
    assert_eq!(state["messages"][0]["content"], "typed");
    assert_eq!((&state["rejected"], &state["violations"]), (&json!([]), &json!([])), "{state:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_resumed_with_what_it_missed() {
    let fake = start().await;
    connect(&fake).await;
    for (number, action) in ["reconnect", "drop", "close"].into_iter().enumerate() {
        control(&fake, "gateway", json!({"action": action})).await;
        // While it is away: the session keeps what happens.
        let command = json!({"user": USER, "name": "micro", "wait": false});
        control(&fake, "command", command).await;
        let number = number + 1;
        let resumed = |state: &Value| state["gateway"]["resumes"] == number;
        until(&fake, action, resumed).await;
        let answered = |state: &Value| state["messages"].as_array().unwrap().len() == 2 * number;
        until(&fake, "answer", answered).await;
    }
    let state = fake.state().show();
    assert_eq!(state["gateway"]["identifies"], 1, "{state:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_acknowledgements_is_given_up() {
    let fake = start().await;
    control(&fake, "gateway", json!({"action": "heartbeat", "interval_ms": 600})).await;
    connect(&fake).await;
    until(&fake, "heartbeat", |state| state["gateway"]["heartbeats"].as_u64() > Some(0)).await;
    control(&fake, "gateway", json!({"action": "stop_acks"})).await;
    // serenity starts anew rather than resume.
    until(&fake, "session after missing acknowledgements", |state| state["gateway"]["identifies"] == 2).await;
    control(&fake, "gateway", json!({"action": "silence"})).await;
    until(&fake, "session after silence", |state| state["gateway"]["identifies"] == 3).await;
    control(&fake, "gateway", json!({"action": "invalid_session"})).await;
    let state = until(&fake, "new session", |state| state["gateway"]["identifies"] == 4).await;
    assert_eq!(state["violations"], json!([]), "{state:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_speaks_serenity() {
    let fake = start().await;
    let http = http(&fake);
    let bot = http.get_bot_gateway().await.unwrap();
    assert_eq!((bot.session_start_limit.remaining, bot.session_start_limit.total), (1_000, 1_000));
    let me = http.get_current_user().await.unwrap();
    http.set_application_id(me.id.get().into());
    assert_eq!(http.get_current_application_info().await.unwrap().id.get(), me.id.get());
    let commands = vec![CreateCommand::new("micro").description("d")];
    let registered = http.create_global_commands(&commands).await.unwrap();
    assert_eq!(registered.len(), 1);
    let dm = UserId::new(1).create_dm_channel(&http).await.unwrap();
    let message = json!({"content": "c", "allowed_mentions": {"parse": []}});
    assert_eq!(http.send_message(dm.id, vec![], &message).await.unwrap().content, "c");
    let refused = http.create_global_commands(&vec![CreateCommand::new("Micro").description("d")]).await;
    assert!(format!("{refused:?}").contains("APPLICATION_COMMAND_INVALID_NAME"), "{refused:?}");
    let state = fake.state().show();
    assert_eq!((state["rejected"].as_array().unwrap().len(), &state["violations"]), (1, &json!([])));
}
