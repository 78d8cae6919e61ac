//! What Slack sends, as far as it is read. Names and fields that are not needed are ignored, so that new ones do no harm.

use crate::job::Asked;
use micro_domain::{
    Error,
    chat::{Names, Person},
    view::Speaker,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A slash command, as a form or as JSON.
#[derive(Deserialize)]
pub(super) struct Command {
    pub(super) team_id: String,
    #[serde(default)]
    pub(super) team_domain: String,
    pub(super) user_id: String,
    #[serde(default)]
    pub(super) user_name: String,
    #[serde(default)]
    pub(super) text: String,
    pub(super) response_url: String,
    pub(super) trigger_id: String,
}

impl Command {
    /// Who typed it.
    pub(super) fn speaker(&self, workspace: String) -> Result<Speaker, Error> {
        let person = Person::slack(&self.team_id, &self.user_id)?;
        let workspace = if workspace.is_empty() { self.team_domain.clone() } else { workspace };
        Ok(Speaker { person, names: Names { workspace, user: self.user_name.clone() } })
    }
}

/// A click, a filled modal, or a wish for options.
#[derive(Deserialize)]
pub(super) struct Interaction {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) team: Option<Team>,
    pub(super) user: User,
    #[serde(default)]
    pub(super) trigger_id: String,
    #[serde(default)]
    pub(super) response_url: String,
    #[serde(default)]
    pub(super) actions: Vec<Action>,
    #[serde(default)]
    pub(super) view: Option<View>,
    /// Of a wish for options: the block of the menu, and what was typed there.
    #[serde(default)]
    pub(super) block_id: String,
    #[serde(default)]
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct Team {
    pub(super) id: String,
    #[serde(default)]
    pub(super) domain: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    /// Clicks have it, filled modals as well.
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) team_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Action {
    #[serde(default)]
    block_id: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    selected_option: Option<Choice>,
    #[serde(default)]
    pub(super) action_ts: String,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    pub(super) value: String,
}

impl Action {
    /// What is asked for by the clicked button, or the chosen option; none where it carries nothing.
    pub(super) fn asked(&self) -> Option<Asked> {
        // A menu's block has the id of what a choice does.
        match &self.selected_option {
            Some(choice) => Some(Asked::Chosen(self.block_id.clone(), choice.value.clone())),
            None => self.value.clone().map(Asked::Clicked),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) hash: String,
    #[serde(default)]
    pub(super) private_metadata: String,
    #[serde(default)]
    state: Option<ViewState>,
    /// The inputs, in their order.
    #[serde(default)]
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    #[serde(default)]
    block_id: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct ViewState {
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, Held>>,
}

#[derive(Deserialize)]
struct Held {
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    selected_option: Option<Choice>,
}

impl View {
    /// What the inputs hold, by their names; an input that holds nothing has an empty text.
    pub(super) fn values(&self) -> Vec<(String, String)> {
        let values = self.state.iter().flat_map(|state| &state.values);
        let text = |held: &BTreeMap<String, Held>| {
            let held = held.values().next()?;
            let typed = held.value.as_ref().and_then(Value::as_str).map(str::to_owned);
            typed.or_else(|| held.selected_option.as_ref().map(|choice| choice.value.clone()))
        };
        values.map(|(name, held)| (name.clone(), text(held).unwrap_or_default())).collect()
    }

    /// Whether there is an input of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.inputs().any(|known| known == name)
    }

    /// The first input's name.
    pub(super) fn first(&self) -> Option<&str> {
        self.inputs().next()
    }

    fn inputs(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter(|block| block.kind == "input").map(|block| block.block_id.as_str())
    }
}

impl Interaction {
    /// Whose workspace the user is of: a guest's own differs from the channel's.
    pub(super) fn team(&self) -> Option<&str> {
        let own = self.user.team_id.as_deref().filter(|team| !team.is_empty());
        own.or_else(|| self.team.as_ref().map(|team| team.id.as_str()))
    }

    /// Who clicked.
    pub(super) fn speaker(&self, workspace: String) -> Result<Speaker, Error> {
        let team = self.team().ok_or_else(|| Error::invalid("the interaction names no workspace"))?;
        let person = Person::slack(team, &self.user.id)?;
        let domain = || self.team.as_ref().map(|team| team.domain.clone()).unwrap_or_default();
        let workspace = if workspace.is_empty() { domain() } else { workspace };
        Ok(Speaker { person, names: Names { workspace, user: self.user.name.clone() } })
    }

    /// What makes this event the one it is.
    pub(super) fn receipt(&self) -> String {
        match &self.view {
            Some(view) if self.kind == "view_submission" => format!("slack/{}/{}", view.id, view.hash),
            _ if !self.trigger_id.is_empty() => format!("slack/{}", self.trigger_id),
            _ => {
                let at = self.actions.first().map(|action| action.action_ts.as_str()).unwrap_or_default();
                format!("slack/{}/{at}", self.user.id)
            }
        }
    }
}

/// An event of the Events API.
#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) challenge: String,
    #[serde(default)]
    pub(super) event_id: String,
}

/// Text as Slack sends it: `<https://x|x>` as its address, and `&amp; &lt; &gt;` as what they stand for.
pub(super) fn unwrap(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        match after.split_once('>') {
            Some((inside, after)) if is_link(inside) => {
                let address = inside.split('|').next().unwrap_or_default();
                out.push_str(address.strip_prefix("mailto:").unwrap_or(address));
                rest = after;
            }
            _ => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn is_link(inside: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| inside.starts_with(scheme))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn links_and_entities_are_read_as_typed() {
        assert_eq!(unwrap("url:<https://x.org/a?b=1&amp;c=2|x.org>"), "url:https://x.org/a?b=1&c=2");
        assert_eq!(unwrap("to:<mailto:ann@x.org|ann@x.org>"), "to:ann@x.org");
        assert_eq!(unwrap("a &lt;b&gt; &amp;lt; 1 < 2"), "a <b> &lt; 1 < 2");
    }

    #[test]
    fn an_action_is_a_click_or_a_choice() {
        let asked = |action: serde_json::Value| serde_json::from_value::<Action>(action).unwrap().asked();
        let option = serde_json::json!({"value": "v", "text": {"type": "plain_text", "text": "V"}});
        let clicked = Some(Asked::Clicked("v".to_owned()));
        assert_eq!(asked(serde_json::json!({"type": "button", "block_id": "b", "value": "v"})), clicked);
        assert_eq!(asked(serde_json::json!({"type": "button", "url": "https://micro.example"})), None);
        for kind in ["static_select", "external_select"] {
            let choice = serde_json::json!({"type": kind, "block_id": "b", "selected_option": option});
            assert_eq!(asked(choice), Some(Asked::Chosen("b".to_owned(), "v".to_owned())));
        }
    }

    #[test]
    fn a_view_tells_its_inputs_and_what_they_hold() {
        let view: View = serde_json::from_value(serde_json::json!({
            "id": "V1", "hash": "h",
            "blocks": [{"type": "section", "block_id": "s"}, {"type": "input", "block_id": "name"}],
            "state": {"values": {
                "name": {"v": {"type": "plain_text_input", "value": "Ann"}},
                "mood": {"v": {"type": "static_select", "selected_option": {"value": "WILD", "text": {}}}},
                "none": {"v": {"type": "plain_text_input", "value": null}},
            }},
        }))
        .unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(view.values(), [pair("mood", "WILD"), pair("name", "Ann"), pair("none", "")]);
        assert!(view.has("name") && !view.has("s"));
        assert_eq!(view.first(), Some("name"));
    }
}
