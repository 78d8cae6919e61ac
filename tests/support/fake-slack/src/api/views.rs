//! Modals and home tabs.

use crate::{
    api::arguments::required,
    check::{self, limits::VIEW_STACK_MAX},
    clock,
    records::View,
    refusal::{Refusal, Reply, refuse},
    state::{APP, BOT, Slack, State},
};
use serde_json::{Map, Value, json};

/// `views.open`.
pub(super) fn open(slack: &Slack, arguments: &Value) -> Reply {
    check::view(&arguments["view"], "modal")?;
    let trigger = required(arguments, "trigger_id")?;
    let mut state = slack.state();
    let trigger = state.spend_trigger(trigger, slack.clock.now_ms())?;
    let id = state.show(&slack.options.team, &trigger.user, &arguments["view"], None)?;
    Ok(json!({"view": state.view(&id)?.view}))
}

/// `views.push`, from inside a modal.
pub(super) fn push(slack: &Slack, arguments: &Value) -> Reply {
    check::view(&arguments["view"], "modal")?;
    let trigger = required(arguments, "trigger_id")?;
    let mut state = slack.state();
    let trigger = state.spend_trigger(trigger, slack.clock.now_ms())?;
    let Some(below) = trigger.view else { return refuse("invalid_trigger_id") };
    let id = state.show(&slack.options.team, &trigger.user, &arguments["view"], Some(&below))?;
    Ok(json!({"view": state.view(&id)?.view}))
}

/// `views.update`, by id or external id.
pub(super) fn update(slack: &Slack, arguments: &Value) -> Reply {
    let mut state = slack.state();
    let found = state.views.iter().rev().find(|view| match arguments["view_id"].as_str() {
        Some(id) => view.id == id,
        None => !view.view["external_id"].is_null() && view.view["external_id"] == arguments["external_id"],
    });
    let Some(view) = found.filter(|view| view.open) else { return refuse("not_found") };
    check::view(&arguments["view"], view.view["type"].as_str().unwrap_or_default())?;
    let hash = &arguments["hash"];
    if !hash.is_null() && *hash != view.view["hash"] {
        return refuse("hash_conflict");
    }
    let id = view.id.clone();
    state.change(&id, &arguments["view"]);
    Ok(json!({"view": state.view(&id)?.view}))
}

/// `views.publish`: somebody's home tab.
pub(super) fn publish(slack: &Slack, arguments: &Value) -> Reply {
    let user = required(arguments, "user_id")?;
    check::view(&arguments["view"], "home")?;
    let mut state = slack.state();
    let home = state.views.iter().find(|view| view.user == user && view.view["type"] == "home");
    let hash = &arguments["hash"];
    if !hash.is_null() && home.is_none_or(|home| home.view["hash"] != *hash) {
        return refuse("hash_conflict");
    }
    let id = match home.map(|home| home.id.clone()) {
        Some(id) => {
            state.change(&id, &arguments["view"]);
            id
        }
        None => state.show(&slack.options.team, user, &arguments["view"], None)?,
    };
    Ok(json!({"view": state.view(&id)?.view}))
}

impl State {
    /// The view of this id.
    pub(crate) fn view(&self, id: &str) -> Result<&View, Refusal> {
        self.views.iter().find(|view| view.id == id).ok_or_else(|| Refusal::new("not_found"))
    }

    /// Shows a new view, on top of the one `below`.
    pub(crate) fn show(
        &mut self,
        team: &str,
        user: &str,
        content: &Value,
        below: Option<&str>,
    ) -> Result<String, Refusal> {
        let id = self.id("V");
        let mut root = id.clone();
        if let Some(below) = below {
            let below = self.view(below)?;
            if !below.open {
                return refuse("not_found");
            }
            root = below.view["root_view_id"].as_str().unwrap_or_default().to_owned();
            let stack =
                self.views.iter().filter(|view| view.open && view.view["root_view_id"] == root.as_str());
            if stack.count() >= VIEW_STACK_MAX {
                return refuse("push_limit_reached");
            }
        }
        let view = json!({
            "id": id, "team_id": team, "app_id": APP, "bot_id": BOT,
            "root_view_id": root, "previous_view_id": below,
        });
        self.views.push(View {
            id: id.clone(),
            user: user.to_owned(),
            open: true,
            view,
            errors: json!({}),
            changed_ms: Vec::new(),
        });
        self.change(&id, content);
        Ok(id)
    }

    /// Puts other content into a view; what was typed into it is forgotten.
    pub(crate) fn change(&mut self, id: &str, content: &Value) {
        let content = self.with_ids(content);
        let hash = self.id("h");
        let Some(view) = self.views.iter_mut().find(|view| view.id == id) else { return };
        let kept = ["id", "team_id", "app_id", "bot_id", "root_view_id", "previous_view_id"];
        let mut whole: Map<String, Value> =
            kept.iter().map(|key| ((*key).to_owned(), view.view[*key].clone())).collect();
        for (key, absent) in
            [("private_metadata", json!("")), ("callback_id", json!("")), ("external_id", json!(""))]
        {
            whole.insert(key.to_owned(), absent);
        }
        if content["type"] == "modal" {
            for (key, absent) in
                [("clear_on_close", json!(false)), ("notify_on_close", json!(false)), ("close", Value::Null)]
            {
                whole.insert(key.to_owned(), absent);
            }
        }
        whole.extend(content.as_object().cloned().unwrap_or_default());
        whole.insert("hash".to_owned(), json!(hash));
        whole.insert("state".to_owned(), json!({"values": {}}));
        view.view = Value::Object(whole);
        view.errors = json!({});
        view.changed_ms.push(clock::real_ms());
    }

    /// Closes a view, and with `all` every view around it.
    pub(crate) fn close(&mut self, id: &str, all: bool) {
        let Ok(root) = self.view(id).map(|view| view.view["root_view_id"].clone()) else { return };
        for view in &mut self.views {
            if view.id == id || (all && view.view["root_view_id"] == root) {
                view.open = false;
            }
        }
    }
}
