//! Lists and maps: rows that are added and removed.

use super::{Asked, Drawing, help, id, problem_id, remove_row_button, type_label};
use crate::ui::icon::Icon;
use leptos::prelude::*;
use micro_domain::form::{Edit, Node, path};
use micro_domain::schema::Kind;

/// Rows drawn of one list or map; the rest is edited as JSON.
const DRAWN_MAX: usize = 200;

impl Drawing<'_> {
    pub(super) fn list(self, asked: Asked<'_>, rows: &[Node]) -> AnyView {
        let drawn = rows.iter().take(DRAWN_MAX).enumerate().map(|(index, node)| {
            let at = path::row(asked.at, index);
            let label = format!("{}[{index}]", asked.label);
            let row = Asked { at: &at, label: &label, row: true, ..asked };
            let set = view! { <input type="hidden" name=path::mark(&at, path::SET) value="1"/> };
            view! {
                <li class="rows__row">
                    {set}
                    <div class="rows__value">{self.single(row, node)}</div>
                    {remove_row_button(&at, &label)}
                </li>
            }
        });
        let drawn: Vec<_> = drawn.collect();
        self.rows(asked, rows.len(), drawn.into_any())
    }

    pub(super) fn map(self, asked: Asked<'_>, key: &Kind, rows: &[(String, Node)]) -> AnyView {
        let drawn = rows.iter().take(DRAWN_MAX).enumerate().map(|(index, (name, node))| {
            let at = path::entry(asked.at, index);
            let of = format!(" of row {}", index + 1);
            let row = Asked { at: &at, label: "value", of: Some(&of), row: true, ..asked };
            view! {
                <li class="rows__row">
                    {self.key(&at, key, name, index)}
                    <div class="rows__value">{self.single(row, node)}</div>
                    {remove_row_button(&at, &format!("row {} of {}", index + 1, asked.label))}
                </li>
            }
        });
        let drawn: Vec<_> = drawn.collect();
        self.rows(asked, rows.len(), drawn.into_any())
    }

    fn key(self, at: &str, kind: &Kind, text: &str, index: usize) -> AnyView {
        let name = path::mark(at, path::KEY);
        let text = text.to_owned();
        view! {
            <div class="entry rows__key">
                <div class="entry__head">
                    <label class="entry__label" for=id(&name)>"key"<span class="hidden">{format!(" of row {}", index + 1)}</span></label>
                    <span class="entry__type">{kind.label().to_owned()}</span>
                </div>
                <input type="text" id=id(&name) name=name.clone() value=text.clone() prop:value=text autocomplete="off"
                    spellcheck="false" aria-invalid=self.wrong(&name) aria-describedby=problem_id(&name)/>
                {self.problem(&name)}
            </div>
        }
        .into_any()
    }

    fn rows(self, asked: Asked<'_>, count: usize, drawn: AnyView) -> AnyView {
        let more = count.checked_sub(DRAWN_MAX).filter(|more| *more > 0);
        let class = if count > 0 { "rows" } else { "rows rows--empty" };
        let add = Edit::Add(asked.at.to_owned()).name();
        view! {
            <fieldset class=class id=id(asked.at) tabindex="-1">
                <legend>
                    <span class="entry__label">{asked.label.to_owned()}</span>
                    <span class="entry__type">{type_label(asked)}</span>
                    <span class="count">{(count > 0).then_some(count)}</span>
                </legend>
                {help(asked)}
                <ol class="rows__list">{drawn}</ol>
                {more.map(|more| view! { <p class="entry__help">{format!("{more} more rows are only in the JSON.")}</p> })}
                <button class="button button--small" type="submit" name=add formnovalidate=true>
                    <Icon name="add"/>"Add"<span class="hidden">{format!(" to {}", asked.label)}</span>
                </button>
                {self.problem(asked.at)}
            </fieldset>
        }
        .into_any()
    }
}
