//! Where answers go: the response address of the event first, a direct message where that does not take them any more.

use super::{
    api::{Api, Refusal},
    blocks::Message,
    modal::{self, Meta},
    render,
};
use crate::{
    actions::Buttons,
    job::{Lost, Outlet},
};
use async_trait::async_trait;
use micro_domain::view::{
    Speaker, View,
    form::{Room, Sheet},
};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::Mutex;

/// Posts that a response address takes.
const POSTS_MAX: u32 = 5;

/// How an event came.
pub(super) enum Way {
    /// Typed.
    Command {
        /// Where answers go.
        response_url: String,
    },
    /// Clicked.
    Click {
        /// Where answers go, in place of the message that was clicked.
        response_url: String,
    },
    /// Filled in.
    Form {
        /// Where the answers of the command that opened it go.
        response_url: String,
    },
}

impl Way {
    fn response_url(&self) -> &str {
        match self {
            Self::Command { response_url } | Self::Click { response_url } | Self::Form { response_url } => {
                response_url
            }
        }
    }
}

/// Answers to one event.
pub(super) struct Replies {
    api: Arc<Api>,
    user: String,
    way: Way,
    trigger_id: Option<String>,
    posts: AtomicU32,
    /// The direct message that shows how far a stream is: its channel and time.
    followed: Mutex<Option<(String, String)>>,
}

impl Replies {
    pub(super) fn new(api: Arc<Api>, speaker: &Speaker, way: Way, trigger_id: Option<String>) -> Self {
        Self {
            api,
            user: speaker.person.user().to_owned(),
            way,
            trigger_id,
            posts: AtomicU32::new(0),
            followed: Mutex::new(None),
        }
    }

    /// Sends to the response address; to the person directly where that does not work any more.
    async fn send(&self, message: Message) -> Result<(), Lost> {
        let left = self.posts.fetch_add(1, Ordering::Relaxed) < POSTS_MAX;
        let url = self.way.response_url();
        let mut message = message;
        if left && !url.is_empty() {
            let replaces = matches!(self.way, Way::Click { .. });
            message = Message { replace_original: Some(replaces), ..message.private() };
            match self.api.respond(url, &message).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Address) => return Err(Lost(Refusal::Address.to_string())),
                // Used up or too old: the direct message is the way that still works.
                Err(_) => message = Message { response_type: None, replace_original: None, ..message },
            }
        }
        self.post(message).await.map(drop).map_err(|refusal| Lost(refusal.to_string()))
    }

    /// A direct message; where it is: its channel and time.
    async fn post(&self, message: Message) -> Result<(String, String), Refusal> {
        let message = Message { channel: Some(self.user.clone()), unfurl_links: Some(false), ..message };
        let answer = self.api.call("chat.postMessage", &message).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok((text("channel"), text("ts")))
    }

    /// Changes the direct message that follows a stream.
    async fn update(&self, (channel, ts): &(String, String), message: Message) -> Result<(), Refusal> {
        let message = Message { channel: Some(channel.clone()), ts: Some(ts.clone()), ..message };
        self.api.call("chat.update", &message).await.map(drop)
    }
}

#[async_trait]
impl Outlet for Replies {
    async fn show(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost> {
        if let Some(at) = self.followed.lock().await.as_ref() {
            let message = render::message(view, buttons);
            if self.update(at, message).await.is_ok() {
                return Ok(());
            }
        }
        self.send(render::message(view, buttons)).await
    }

    async fn progress(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost> {
        let lost = |refusal: Refusal| Lost(refusal.to_string());
        let message = render::message(view, buttons);
        let mut followed = self.followed.lock().await;
        if let Some(at) = followed.as_ref() {
            return self.update(at, message).await.map_err(lost);
        }
        *followed = Some(self.post(message).await.map_err(lost)?);
        drop(followed);
        self.send(render::sentence("The stream is shown in your direct messages with Micro.")).await
    }

    async fn working(&self) -> Result<(), Lost> {
        if self.followed.lock().await.is_some() {
            return Ok(());
        }
        self.send(render::sentence("Working…")).await
    }

    async fn form(&self, sheet: &Sheet, id: &str) -> Result<(), Lost> {
        let Some(trigger_id) = &self.trigger_id else {
            return Err(Lost("nothing opens a form here".to_owned()));
        };
        let meta = Meta { id: id.to_owned(), response_url: self.way.response_url().to_owned() };
        let body = json!({"trigger_id": trigger_id, "view": modal::modal(sheet, &meta)});
        self.api.call("views.open", &body).await.map(drop).map_err(|refusal| {
            tracing::info!(%refusal, "a form did not open");
            Lost(refusal.to_string())
        })
    }

    fn room(&self) -> Room {
        Room { inputs: modal::INPUTS_MAX, json: true }
    }
}
