//! The library Micro uses, against the fake.

use super::app::Fake;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use slack_morphism::{errors::SlackClientError, prelude::*};
use std::{sync::Arc, time::Duration};

type Connector = SlackClientHyperConnector<HttpConnector>;
type Client = SlackClient<Connector>;
type Callback<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn client(fake: &Fake) -> Arc<Client> {
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    Arc::new(SlackClient::new(connector.with_slack_api_url(&format!("{}/api", fake.slack.url()))))
}

fn token(value: &str) -> SlackApiToken {
    SlackApiToken::new(value.into())
}

fn modal() -> SlackView {
    let input = json!({
        "type": "modal",
        "title": {"type": "plain_text", "text": "Call"},
        "submit": {"type": "plain_text", "text": "Run"},
        "blocks": [
            {"type": "input", "block_id": "name", "label": {"type": "plain_text", "text": "Name"},
             "element": {"type": "plain_text_input", "action_id": "value"}},
            {"type": "input", "block_id": "method", "label": {"type": "plain_text", "text": "Method"},
             "element": {"type": "external_select", "action_id": "method", "min_query_length": 0}},
        ],
    });
    serde_json::from_value(input).unwrap()
}

#[tokio::test]
async fn every_method_answers_what_the_library_reads() {
    let fake = Fake::start().await;
    let client = client(&fake);
    let token = token(&fake.slack.options.bot_token);
    let session = client.open_session(&token);
    assert_eq!(session.auth_test().await.unwrap().team_id, "T0123".into());
    session.bots_info(&SlackApiBotsInfoRequest::new()).await.unwrap();
    session.users_info(&SlackApiUsersInfoRequest::new("U1".into())).await.unwrap();
    let open = SlackApiConversationsOpenRequest::new().with_users(vec!["U1".into()]);
    let channel = session.conversations_open(&open).await.unwrap().channel.id;
    let content = || SlackMessageContent::new().with_text("hello".into());
    let post = SlackApiChatPostMessageRequest::new(channel.clone(), content());
    let posted = session.chat_post_message(&post).await.unwrap();
    session.chat_update(&SlackApiChatUpdateRequest::new(channel, content(), posted.ts)).await.unwrap();
    let ephemeral = SlackApiChatPostEphemeralRequest::new("C1".into(), "U1".into(), content());
    session.chat_post_ephemeral(&ephemeral).await.unwrap();
    let home = serde_json::from_value(json!({"type": "home", "blocks": []})).unwrap();
    session.views_publish(&SlackApiViewsPublishRequest::new("U1".into(), home)).await.unwrap();

    let trigger = fake.slack.trigger("U1", None);
    let opened = session.views_open(&SlackApiViewsOpenRequest::new(trigger.into(), modal())).await.unwrap();
    let id = opened.view.state_params.id;
    let update = SlackApiViewsUpdateRequest::new(modal()).with_view_id(id.clone());
    session.views_update(&update.with_hash(opened.view.state_params.hash)).await.unwrap();
    let trigger = fake.slack.trigger("U1", Some(&id.0));
    session.views_push(&SlackApiViewsPushRequest::new(trigger.into(), modal())).await.unwrap();

    let request = SlackApiFilesGetUploadUrlExternalRequest::new("a.txt".into(), 2);
    let upload = session.get_upload_url_external(&request).await.unwrap();
    let bytes = SlackApiFilesUploadViaUrlRequest::new(upload.upload_url, b"hi".to_vec(), "text/plain".into());
    session.files_upload_via_url(&bytes).await.unwrap();
    let files = vec![SlackApiFilesComplete::new(upload.file_id)];
    let complete = SlackApiFilesCompleteUploadExternalRequest::new(files).with_channel_id("C1".into());
    session.files_complete_upload_external(&complete).await.unwrap();
    assert_eq!(fake.state().await["rejected"], json!([]));
}

#[tokio::test]
async fn faults_are_those_of_slack() {
    let fake = Fake::start().await;
    let client = client(&fake);
    let bot = token(&fake.slack.options.bot_token);
    let post =
        SlackApiChatPostMessageRequest::new("C1".into(), SlackMessageContent::new().with_text("x".into()));
    fake.control("inject", json!({"method": "chat.postMessage", "status": 429, "retry_after": 7})).await;
    match client.open_session(&bot).chat_post_message(&post).await {
        Err(SlackClientError::RateLimitError(error)) => {
            assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
        }
        other => panic!("{other:?}"),
    }
    let error = |result: Result<_, SlackClientError>| match result {
        Err(SlackClientError::ApiError(error)) => error.code,
        other => panic!("{other:?}"),
    };
    fake.control("inject", json!({"method": "*", "error": "not_in_channel"})).await;
    assert_eq!(error(client.open_session(&bot).chat_post_message(&post).await), "not_in_channel");
    fake.control("scopes", json!({"scopes": ["commands"]})).await;
    assert_eq!(error(client.open_session(&bot).chat_post_message(&post).await), "missing_scope");
    assert_eq!(
        error(client.open_session(&token("xoxb-other")).chat_post_message(&post).await),
        "invalid_auth"
    );
}

async fn on_command(
    event: SlackCommandEvent,
    _: Arc<Client>,
    _: SlackClientEventsUserState,
) -> Callback<SlackCommandEventResponse> {
    assert_eq!(event.user_id, "U1".into());
    Ok(SlackCommandEventResponse::new(SlackMessageContent::new()))
}

async fn on_interaction(
    event: SlackInteractionEvent,
    client: Arc<Client>,
    _: SlackClientEventsUserState,
) -> Callback<SlackInteractionResponse> {
    Ok(match event {
        SlackInteractionEvent::BlockActions(click) => {
            let content = SlackMessageContent::new().with_text("clicked".into());
            let post = SlackApiPostWebhookMessageRequest::new(content).with_replace_original(true);
            client.respond_to_event(&click.response_url.unwrap(), &post).await?;
            SlackInteractionResponse::Empty
        }
        SlackInteractionEvent::BlockSuggestion(_) => {
            let option = SlackBlockChoiceItem::new(SlackBlockPlainTextOnly::from("One"), "one".to_owned());
            SlackBlockSuggestionResponse::Options(SlackBlockSuggestionOptions::new(vec![option])).into()
        }
        SlackInteractionEvent::ViewSubmission(submitted) => {
            let values = submitted.view.state_params.state.unwrap().values;
            assert_eq!(values[&"name".into()][&"value".into()].value.as_deref(), Some("greeter"));
            let errors = [("name".to_owned(), "No such service.".to_owned())].into();
            SlackViewSubmissionResponse::Errors(SlackViewSubmissionErrorsResponse::new(errors)).into()
        }
        other => panic!("{other:?}"),
    })
}

/// The library's Socket Mode with this many sockets.
async fn listen(fake: &Fake, sockets: u32) -> SlackClientSocketModeListener<Connector> {
    let callbacks = SlackSocketModeListenerCallbacks::new()
        .with_command_events(on_command)
        .with_interaction_events(on_interaction);
    let environment = Arc::new(SlackClientEventsListenerEnvironment::new(client(fake)));
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(sockets)
        .with_initial_backoff_in_seconds(0)
        .with_reconnect_timeout_in_seconds(1);
    let listener = SlackClientSocketModeListener::new(&config, environment, callbacks);
    listener.listen_for(&token(&fake.slack.options.app_token)).await.unwrap();
    listener.start().await;
    until(fake, |state| state["connected"] == sockets).await;
    listener
}

/// Waits until the state is as wanted.
async fn until(fake: &Fake, wanted: impl Fn(&Value) -> bool) {
    while !wanted(&fake.state().await) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_act_through_a_socket() {
    let fake = Fake::start().await;
    let _listener = listen(&fake, 1).await;
    let sent = fake.control("command", json!({"user": "U1", "channel": "C1", "text": "services"})).await;
    assert_eq!(sent["acknowledged"], true, "{sent}");

    let actions = json!([{"type": "actions", "elements": [
        {"type": "button", "action_id": "a", "value": "v", "text": {"type": "plain_text", "text": "Go"}}]}]);
    let content = json!({"text": "x", "blocks": actions});
    let ts = fake.slack.state().post(crate::records::Via::PostMessage, "C1", None, &content);
    let sent = fake.control("click", json!({"user": "U1", "message": ts, "label": "Go"})).await;
    assert_eq!(sent["acknowledged"], true, "{sent}");

    let modal = serde_json::to_value(modal()).unwrap();
    let view = fake.slack.state().show("T0123", "U1", &modal, None).unwrap();
    let pointer = json!({"user": "U1", "view": view, "action_id": "method", "value": ""});
    let suggested = fake.control("suggest", pointer).await;
    assert_eq!(suggested["answer"]["options"][0]["value"], "one", "{suggested}");
    let values = json!({"name": "greeter", "method": {"method": "one"}});
    let sent = fake.control("submit", json!({"user": "U1", "view": view, "values": values})).await;
    assert_eq!(sent["view"]["errors"]["name"], "No such service.", "{sent}");

    let state = fake.state().await;
    assert_eq!(state["messages"][0]["text"], "clicked");
    assert_eq!(state["rejected"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_socket_does_not_acknowledge_goes_through_another() {
    let fake = Fake::start().await;
    let _listener = listen(&fake, 2).await;
    fake.control("socket", json!({"action": "silence", "socket": 1})).await;
    let command = json!({"user": "U1", "channel": "C1", "text": "services"});
    for _ in 0..2 {
        assert_eq!(fake.control("command", command.clone()).await["acknowledged"], true);
    }
    let state = fake.state().await;
    let attempts = |delivery: &Value| delivery["attempts"].as_array().unwrap().len();
    let deliveries = state["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.iter().map(attempts).sum::<usize>(), 3, "{deliveries:#?}");

    fake.control("socket", json!({"action": "disconnect", "reason": "refresh_requested"})).await;
    until(&fake, |state| state["sockets"].as_array().unwrap().iter().any(|socket| socket["id"] == 3)).await;
    assert_eq!(fake.control("command", command).await["acknowledged"], true);
}
