//! A table as aligned code.

use super::{
    DESCRIPTION_MAX, EMBED_MAX, FOOTER_MAX, TITLE_MAX, colour, cut, escape, footer, length, text::start,
    title,
};
use micro_domain::view::{Row, Table, Tone, plain};
use serde_json::{Value, json};

/// Columns shown: more do not fit beside each other.
const COLUMNS_MAX: usize = 4;
/// Characters of a cell, so that a line fits on a desktop's embed.
const CELL_MAX: usize = 24;
/// Between two cells.
const GAP: &str = "  ";

/// The embed of a table, and the rows it shows.
pub(super) fn embed(table: &Table) -> (Value, &[Row]) {
    let mut notes = table.notes.clone();
    let most = DESCRIPTION_MAX.min(EMBED_MAX - TITLE_MAX - FOOTER_MAX);
    let (description, shown) =
        if table.rows.is_empty() { (escape(&table.empty, most), 0) } else { block(table, most) };
    if shown < table.rows.len() {
        notes.push(format!("{} more rows are not shown", table.rows.len() - shown));
    }
    let mut embed = json!({
        "title": title(Tone::Neutral, &table.title),
        "description": description,
        "color": colour(Tone::Neutral),
    });
    footer(&mut embed, &notes);
    (embed, table.rows.get(..shown).unwrap_or_default())
}

/// A block of code with as many rows as fit, and how many those are.
fn block(table: &Table, most: usize) -> (String, usize) {
    let cells = |row: &Row| {
        let mut cells: Vec<String> = row.cells.iter().take(COLUMNS_MAX).map(|text| cell(text)).collect();
        // A sign for those who see no colour, as in a terminal.
        cells.insert(0, row.tone.glyph().to_owned());
        cells
    };
    let mut lines = vec![
        std::iter::once(String::new())
            .chain(table.columns.iter().take(COLUMNS_MAX).map(|name| cell(name)))
            .collect::<Vec<String>>(),
    ];
    lines.extend(table.rows.iter().map(cells));
    let columns = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut out = "```\n".to_owned();
    let mut shown = 0;
    for line in &lines {
        let line = aligned(line, &widths);
        // Room for the fence at the end.
        if length(&out) + length(&line) + "\n```".len() > most {
            break;
        }
        out.push_str(&line);
        out.push('\n');
        shown += 1;
    }
    out.push_str("```");
    // The first line is the head.
    (out, usize::saturating_sub(shown, 1))
}

/// One line of one cell, which cannot end a block of code.
fn cell(text: &str) -> String {
    let text = plain(start(text.trim(), CELL_MAX)).replace(['\n', '\t'], " ").replace('`', "'");
    cut(&text, CELL_MAX)
}

fn aligned(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(widths)
        .filter(|(_, width)| **width > 0)
        .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count()))))
        .collect();
    padded.join(GAP).trim_end().to_owned()
}
