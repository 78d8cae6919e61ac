//! Where answers go: the first response of the interaction is changed, as often as there is something new. Where that is not
//! there any more, the person is told in a direct message.

use super::{
    form,
    render::{self, Rendered},
    rest::{Call, Refusal, Rest},
};
use crate::{
    actions::Buttons,
    job::{Lost, Outlet},
};
use async_trait::async_trait;
use micro_domain::view::{
    View,
    form::{Room, Sheet},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

/// How long the first response may take to be sent.
const ARRIVAL_WITHIN: Duration = Duration::from_secs(10);
/// Pauses while Discord may not have read the first response yet.
const EARLY_PAUSES: [Duration; 3] =
    [Duration::from_millis(150), Duration::from_millis(500), Duration::from_millis(1_500)];

/// What became of the first response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    Pending,
    Sent,
    Failed,
}

/// Tells an outlet what became of the first response.
#[derive(Debug)]
pub(super) struct Acknowledged(watch::Sender<Arrival>);

impl Acknowledged {
    /// It was sent, or it was not.
    pub(super) fn tell(self, sent: bool) {
        // The job may be over already.
        let _ = self.0.send(if sent { Arrival::Sent } else { Arrival::Failed });
    }
}

/// Whose interaction is answered, and how.
pub(super) struct Address {
    /// The application's id.
    pub(super) application: String,
    /// The interaction's token.
    pub(super) token: String,
    /// The user's id.
    pub(super) user: String,
    /// Whether a message with components is changed, rather than one that says that Micro thinks.
    pub(super) replaces: bool,
}

/// Answers to one interaction.
pub(super) struct Replies {
    rest: Arc<Rest>,
    address: Address,
    arrival: watch::Receiver<Arrival>,
    /// What is changed is not there any more; asking again would only count against the bot.
    gone: AtomicBool,
}

impl Replies {
    /// An outlet, and what tells it that the first response was sent.
    pub(super) fn new(rest: Arc<Rest>, address: Address) -> (Self, Acknowledged) {
        let (sender, arrival) = watch::channel(Arrival::Pending);
        (Self { rest, address, arrival, gone: AtomicBool::new(false) }, Acknowledged(sender))
    }

    /// Changes the first response, once it is there.
    async fn edit(&self, rendered: &Rendered, once: bool) -> Result<(), Refusal> {
        let mut arrival = self.arrival.clone();
        let known =
            tokio::time::timeout(ARRIVAL_WITHIN, arrival.wait_for(|known| *known != Arrival::Pending));
        match known.await.map(|known| known.map(|known| *known)) {
            Ok(Ok(Arrival::Sent)) if !self.gone.load(Ordering::Relaxed) => {}
            _ => return Err(Refusal::Unacknowledged),
        }
        let Address { application, token, .. } = &self.address;
        let path = format!("webhooks/{application}/{token}/messages/@original");
        let call = Call::new("PATCH", &path).body(&rendered.body).file(rendered.file.as_ref());
        let call = if once { call.once() } else { call };
        let mut pauses = EARLY_PAUSES.iter();
        loop {
            // What rides in an HTTP response is read by Discord a moment after it left.
            match (self.rest.call(call).await, pauses.next()) {
                (Err(refusal), Some(pause)) if refusal.is_early() => tokio::time::sleep(*pause).await,
                (done, _) => {
                    if done.as_ref().is_err_and(Refusal::is_gone) {
                        self.gone.store(true, Ordering::Relaxed);
                    }
                    return done.map(drop);
                }
            }
        }
    }

    /// A direct message.
    async fn tell(&self, rendered: &Rendered) -> Result<(), Refusal> {
        let recipient = json!({"recipient_id": self.address.user});
        let channel = self.rest.call(Call::new("POST", "users/@me/channels").body(&recipient)).await?;
        let channel = channel["id"].as_str().filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(channel) = channel else { return Err(Refusal::Unreachable) };
        let path = format!("channels/{channel}/messages");
        let call = Call::new("POST", &path).body(&rendered.body).file(rendered.file.as_ref());
        self.rest.call(call).await.map(drop)
    }
}

fn lost(refusal: Refusal) -> Lost {
    Lost(refusal.to_string())
}

#[async_trait]
impl Outlet for Replies {
    async fn show(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost> {
        let rendered = render::message(view, buttons);
        match self.edit(&rendered, false).await {
            Err(refusal) if refusal.is_gone() => self.tell(&rendered).await.map_err(lost),
            done => done.map_err(lost),
        }
    }

    async fn progress(&self, view: &View, buttons: &Buttons<'_>) -> Result<(), Lost> {
        self.edit(&render::message(view, buttons), true).await.map_err(lost)
    }

    async fn working(&self) -> Result<(), Lost> {
        // Discord itself says that Micro is thinking, but not in a message that is changed.
        if !self.address.replaces {
            return Ok(());
        }
        self.edit(&Rendered { body: render::sentence("Working…"), file: None }, true).await.map_err(lost)
    }

    async fn form(&self, _sheet: &Sheet, _id: &str) -> Result<(), Lost> {
        Err(Lost("Discord opens a form as the first response alone".to_owned()))
    }

    fn room(&self) -> Room {
        form::ROOM
    }
}

/// Tells Discord the first response by a call, as the gateway wants it.
pub(super) async fn respond(rest: &Rest, id: &str, token: &str, response: &Value) -> Result<(), Refusal> {
    /// Sent already: an earlier try arrived, and its answer did not.
    const ALREADY: i64 = 40060;
    let path = format!("interactions/{id}/{token}/callback");
    match rest.call(Call::new("POST", &path).body(response)).await {
        Ok(_) | Err(Refusal::Answer(_, ALREADY)) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}
