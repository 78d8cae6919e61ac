//! What the stories in Slack and Discord share: a server that is told of a platform, and the way to be linked.

use crate::world;
use micro_support::Micro;
use serde_json::json;

/// A server with these settings of a platform.
pub(crate) fn start(environment: Vec<(String, String)>) -> Micro {
    Micro::start_with(world::program(), |command| {
        command.envs(environment);
    })
}

/// The code that the page at `/link/{id}` shows to the owner.
pub(crate) async fn code(micro: &Micro, page: &str) -> String {
    let id = page.rsplit('/').next().unwrap();
    let shown = micro.http().json("/micro.v1.ChatService/ShowLinkCode", &json!({"id": id})).await.expect(200);
    shown.json()["code"].as_str().unwrap().to_owned()
}
