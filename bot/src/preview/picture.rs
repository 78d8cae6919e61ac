//! A page that shows about what Slack and Discord show. Everything of others is escaped; there is no script.

use super::Shown;
use micro_domain::view::{Action, Card, Does, Table, Text, Tone, View, form::Sheet};

const STYLE: &str = include_str!("picture.css");

/// The page.
pub(super) fn page(line: &str, shown: &Shown) -> String {
    let body = match shown {
        Shown::View(View::Card(card)) => self::card(card),
        Shown::View(View::Table(table)) => self::table(table),
        Shown::Sheet(sheet) => self::sheet(sheet),
    };
    let line = escape(line);
    let panel = |name: &str, class: &str| {
        format!(
            "<section class=\"{class}\"><h2>{name}</h2><p class=\"typed\"><b>you</b> /micro {line}</p>\
             <article><p class=\"from\"><b>Micro</b> <i>APP</i> <small>Only visible to you</small></p>{body}</article></section>"
        )
    };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>/micro {line}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><main>{}{}</main></html>\n",
        panel("Slack", "slack"),
        panel("Discord", "discord")
    )
}

fn card(card: &Card) -> String {
    let mut out = heading(card.tone, &card.title);
    for text in &card.text {
        out += &match text {
            Text::Plain(text) => format!("<p>{}</p>", escape(text)),
            Text::Command(line, about) => {
                format!("<p class=\"command\"><code>/micro {}</code> {}</p>", escape(line), escape(about))
            }
        };
    }
    if !card.fields.is_empty() {
        let field = |field: &micro_domain::view::Field| {
            format!("<div><dt>{}</dt><dd>{}</dd></div>", escape(&field.label), escape(&field.value))
        };
        out += &format!("<dl>{}</dl>", card.fields.iter().map(field).collect::<String>());
    }
    if let Some(code) = &card.code {
        out += &format!("<pre>{}</pre>", escape(&code.text));
    }
    if let Some(picker) = &card.picker {
        out += &format!("<p><button>{}</button></p>", escape(&picker.placeholder));
    }
    out + &notes(&card.notes) + &actions(&card.actions)
}

fn table(table: &Table) -> String {
    let mut out = heading(Tone::Neutral, &table.title);
    if table.rows.is_empty() {
        out += &format!("<p>{}</p>", escape(&table.empty));
    } else {
        let head: String =
            table.columns.iter().map(|column| format!("<th>{}</th>", escape(column))).collect();
        let cells = |cells: &[String]| -> String {
            cells.iter().map(|cell| format!("<td>{}</td>", escape(cell))).collect()
        };
        let rows: String = table.rows.iter().map(|row| format!("<tr>{}</tr>", cells(&row.cells))).collect();
        out += &format!(
            "<div class=\"wide\"><table><tr>{head}</tr>{rows}</table></div><p><button>Open…</button></p>"
        );
    }
    out + &notes(&table.notes) + &actions(&table.actions)
}

fn sheet(sheet: &Sheet) -> String {
    let mut out = heading(Tone::Neutral, &sheet.title);
    if !sheet.about.is_empty() {
        out += &format!("<p>{}</p>", escape(&sheet.about));
    }
    for input in &sheet.inputs {
        out += &format!(
            "<label>{}<span>{}</span><small>{}</small></label>",
            escape(&input.label),
            escape(&input.value),
            escape(&input.hint)
        );
    }
    out + "<p><button>Cancel</button> <button class=\"primary\">Call</button></p>"
}

fn heading(tone: Tone, title: &str) -> String {
    let class = match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Warning => "warning",
    };
    format!("<h3 class=\"{class}\">{} {}</h3>", tone.glyph(), escape(title))
}

fn notes(notes: &[String]) -> String {
    if notes.is_empty() {
        String::new()
    } else {
        format!("<p class=\"notes\">{}</p>", escape(&notes.join(" · ")))
    }
}

fn actions(actions: &[Action]) -> String {
    let button = |action: &Action| {
        let class = if action.primary { " class=\"primary\"" } else { "" };
        let away = if matches!(action.does, Does::Open(_)) { " ↗" } else { "" };
        format!("<button{class}>{}{away}</button> ", escape(&action.label))
    };
    if actions.is_empty() {
        String::new()
    } else {
        format!("<p>{}</p>", actions.iter().map(button).collect::<String>())
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
