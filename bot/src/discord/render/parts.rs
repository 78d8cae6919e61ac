//! Buttons, menus and small print.

use super::{FOOTER_MAX, cut, label, length};
use crate::actions::{Buttons, Carried};
use micro_domain::{
    command::chat::Invocation,
    view::{Action, Does, Picker, Row, plain},
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Rows of components, and buttons of a row.
const ROWS_MAX: usize = 5;
const BUTTONS_MAX: usize = 5;
/// Characters of a button.
const BUTTON_MAX: usize = 80;
/// Characters of a link's address.
const URL_MAX: usize = 512;
/// Options of a menu, and characters of one.
const OPTIONS_MAX: usize = 25;
const OPTION_MAX: usize = 100;

const ROW: u8 = 1;
const BUTTON: u8 = 2;
const MENU: u8 = 3;

const PRIMARY: u8 = 1;
const SECONDARY: u8 = 2;
const LINK: u8 = 5;

/// The rows below an embed.
#[derive(Default)]
pub(super) struct Components {
    pub(super) rows: Vec<Value>,
}

impl Components {
    /// A menu that opens a row of a table.
    pub(super) fn openers(&mut self, command: &Invocation, rows: &[Row], buttons: &Buttons<'_>) {
        let option = |row: &Row| {
            let name = row.cells.first().filter(|name| length(name) <= OPTION_MAX)?;
            let text = label(&format!("{} {name}", row.tone.glyph()), OPTION_MAX);
            Some(json!({"label": text, "value": name}))
        };
        let options: Vec<Value> = rows.iter().filter_map(option).take(OPTIONS_MAX).collect();
        let Carried::Id(id) = buttons.carry(&Does::Pick(command.clone())) else { return };
        self.menu(&id, "Open…", options);
    }

    /// A menu of names, as many as there is room for: Discord does not ask for them, but completes what is typed.
    pub(super) fn picker(&mut self, picker: &Picker, buttons: &Buttons<'_>) {
        let Carried::Id(id) = buttons.carry(&Does::Pick(picker.command.clone())) else { return };
        let names = picker.names.iter().filter(|name| length(name) <= OPTION_MAX);
        let option = |name: &String| json!({"label": label(name, OPTION_MAX), "value": name});
        let options: Vec<Value> = names.take(OPTIONS_MAX).map(option).collect();
        let (shown, all) = (options.len(), picker.names.len());
        let more = if shown < all { format!(" {shown} of {all} are here") } else { String::new() };
        self.menu(&id, &format!("{}{more}", picker.placeholder), options);
    }

    fn menu(&mut self, id: &str, placeholder: &str, options: Vec<Value>) {
        if !options.is_empty() {
            let menu = json!({"type": MENU, "custom_id": id, "placeholder": placeholder, "options": options});
            self.rows.push(json!({"type": ROW, "components": [menu]}));
        }
    }

    /// Buttons, as many as there is room for.
    pub(super) fn actions(&mut self, actions: &[Action], buttons: &Buttons<'_>) {
        let room = (ROWS_MAX - self.rows.len()) * BUTTONS_MAX;
        let mut known = HashSet::new();
        let buttons: Vec<Value> =
            actions.iter().filter_map(|action| button(action, buttons, &mut known)).take(room).collect();
        for row in buttons.chunks(BUTTONS_MAX) {
            self.rows.push(json!({"type": ROW, "components": row}));
        }
    }
}

fn button(action: &Action, buttons: &Buttons<'_>, known: &mut HashSet<String>) -> Option<Value> {
    let text = label(&action.label, BUTTON_MAX);
    match buttons.carry(&action.does) {
        Carried::Url(url) => {
            let good = (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= URL_MAX;
            good.then(|| json!({"type": BUTTON, "style": LINK, "label": text, "url": url}))
        }
        // Discord refuses a message with the same id twice.
        Carried::Id(id) if !known.insert(id.clone()) => None,
        Carried::Id(id) => {
            let style = if action.primary { PRIMARY } else { SECONDARY };
            Some(json!({"type": BUTTON, "style": style, "label": text, "custom_id": id}))
        }
    }
}

/// Adds the small print, if there is any.
pub(super) fn footer(embed: &mut Value, notes: &[String]) {
    let text = plain(&notes.join(" · "));
    let text = cut(text.trim(), FOOTER_MAX);
    if let (false, Some(embed)) = (text.is_empty(), embed.as_object_mut()) {
        embed.insert("footer".to_owned(), json!({"text": text}));
    }
}
