//! The ids Slack gives to blocks and elements that come without one.

use crate::state::State;
use serde_json::{Value, json};

impl State {
    /// The same content, with an id for each block and element that has none.
    pub(crate) fn with_ids(&mut self, content: &Value) -> Value {
        let mut content = content.clone();
        for block in content["blocks"].as_array_mut().into_iter().flatten() {
            if block["block_id"].is_null() {
                block["block_id"] = json!(self.id("b"));
            }
            if block["type"] == "actions" {
                for element in block["elements"].as_array_mut().into_iter().flatten() {
                    self.name_element(element);
                }
            }
            for place in ["accessory", "element"] {
                if let Some(element) = block.get_mut(place) {
                    self.name_element(element);
                }
            }
        }
        content
    }

    fn name_element(&mut self, element: &mut Value) {
        if element["type"] != "image" && element["action_id"].is_null() {
            element["action_id"] = json!(self.id("a"));
        }
    }
}
