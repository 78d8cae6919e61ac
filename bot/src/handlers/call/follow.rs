//! A call under way: its messages as they come, and how it ended.

use crate::{
    actions::Buttons,
    handlers::{Answer, Asking},
};
use futures::StreamExt as _;
use micro_domain::{
    Error,
    call::{Ended, Frame, Opened, Reply, Target},
    schema::{Description, Method},
    view::{self, Calling},
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// How long a stream is followed, in milliseconds.
const STREAM_MS: u64 = 50_000;
/// Between two looks at a stream.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// Messages of a stream that are kept to be shown at its end.
const KEPT_MAX: usize = 100;
/// Bytes of messages that are kept.
const KEPT_MAX_BYTES: usize = 1024 * 1024;

/// What came so far.
#[derive(Default)]
struct Heard {
    opened: Option<Opened>,
    count: usize,
    kept: VecDeque<String>,
    bytes: usize,
}

impl Heard {
    fn keep(&mut self, message: String) {
        self.count += 1;
        self.bytes += message.len();
        self.kept.push_back(message);
        while self.kept.len() > KEPT_MAX || (self.bytes > KEPT_MAX_BYTES && self.kept.len() > 1) {
            self.bytes -= self.kept.pop_front().map_or(0, |oldest| oldest.len());
        }
    }

    fn messages(&mut self) -> &[String] {
        self.kept.make_contiguous()
    }
}

/// Makes the call and shows its answer.
pub(super) async fn call(
    asking: &Asking<'_>,
    description: &Description,
    method: &Method,
    request: String,
) -> Result<Answer, Error> {
    let client = asking.client();
    let target = Target {
        service: description.service.clone(),
        method: method.full_name(),
        timeout_ms: method.server_streaming.then_some(STREAM_MS),
        ..Target::default()
    };
    let calling = Calling { service: &description.service, method, schema: &description.schema };
    let frames = futures::stream::iter([Frame::Message(request), Frame::HalfClose]);
    let mut replies = client.gateway().call(target, frames).await?;
    let (mut heard, mut told, mut followed) = (Heard::default(), Instant::now(), false);
    while let Some(reply) = replies.next().await {
        match reply? {
            Reply::Opened(opened) => heard.opened = Some(opened),
            Reply::Message(message) => heard.keep(message),
            Reply::Ended(ended) => {
                if followed {
                    // The end, too, comes no sooner after the last look.
                    tokio::time::sleep(PROGRESS_EVERY.saturating_sub(told.elapsed())).await;
                }
                let page = page(calling, &ended);
                let (count, opened) = (heard.count, heard.opened.take());
                let view = view::answer(calling, opened.as_ref(), count, heard.messages(), &ended, page);
                return Ok(Answer::View(view));
            }
        }
        if method.server_streaming && told.elapsed() >= PROGRESS_EVERY {
            progress(asking, calling, &mut heard).await;
            (told, followed) = (Instant::now(), true);
        }
    }
    Err(Error::internal("the call ended without a status"))
}

async fn progress(asking: &Asking<'_>, calling: Calling<'_>, heard: &mut Heard) {
    let count = heard.count;
    let view = view::progress(calling, count, heard.messages());
    let buttons = Buttons::new(asking.core, &asking.speaker.person);
    // What is not seen on the way is seen at the end.
    let _ = asking.outlet.progress(&view, &buttons).await;
}

/// Where the dashboard shows this very call.
fn page(calling: Calling<'_>, ended: &Ended) -> String {
    format!("/services/{}/{}?history={}", calling.service, calling.method.full_name(), ended.id)
}
