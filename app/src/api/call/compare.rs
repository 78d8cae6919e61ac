//! How the answers of two recorded calls differ, line by line.

use super::load::listed;
use super::{Comparison, Line};
use micro_client::Client;
use micro_domain::Error;
use micro_domain::call::Record;
use micro_domain::form::json::pretty;
use similar::{ChangeTag, TextDiff};

/// Lines shown around a difference.
const AROUND: usize = 3;
/// Lines of a comparison; the rest is counted.
const LINES_MAX: usize = 2_000;

/// How `shown` differs from the record with the id `other`.
pub(super) async fn compare(client: &Client, shown: &Record, other: &str) -> Result<Comparison, Error> {
    let other = client.gateway().record(other).await?;
    let lines = lines(&text(&other), &text(shown));
    Ok(Comparison { other: listed(&other), lines })
}

/// What is compared of an answer: how it ended, and its messages laid out alike.
fn text(record: &Record) -> String {
    let ended = &record.ended;
    let mut parts = vec![ended.code.name().to_owned()];
    if !ended.message.is_empty() {
        parts.push(ended.message.clone());
    }
    parts.extend(ended.details.iter().chain(&record.responses).map(|json| pretty(json)));
    parts.join("\n") + "\n"
}

fn lines(theirs: &str, ours: &str) -> Vec<Line> {
    let diff = TextDiff::from_lines(theirs, ours);
    let total = theirs.lines().count();
    let (mut lines, mut seen) = (Vec::new(), 0);
    for group in diff.grouped_ops(AROUND) {
        let start = group.first().map_or(seen, |op| op.old_range().start);
        if start > seen {
            lines.push(Line::Gap(start - seen));
        }
        seen = group.last().map_or(seen, |op| op.old_range().end);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches('\n').to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Delete => Line::Theirs(text),
                ChangeTag::Insert => Line::Ours(text),
            });
        }
    }
    if !lines.is_empty() && total > seen {
        lines.push(Line::Gap(total - seen));
    }
    if lines.len() > LINES_MAX {
        let left_out = lines.len() - LINES_MAX;
        lines.truncate(LINES_MAX);
        lines.push(Line::Gap(left_out));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_what_is_around_it() {
        let text = |changed: &str| {
            let mut lines: Vec<String> = (0..20).map(|number| number.to_string()).collect();
            lines.insert(10, changed.to_owned());
            lines.join("\n") + "\n"
        };
        let same = |number: u32| Line::Same(number.to_string());
        let mut expected = vec![Line::Gap(7)];
        expected.extend((7..10).map(same));
        expected.extend([Line::Theirs("old".to_owned()), Line::Ours("new".to_owned())]);
        expected.extend((10..13).map(same));
        expected.push(Line::Gap(7));
        assert_eq!(lines(&text("old"), &text("new")), expected);
        assert_eq!(lines(&text("old"), &text("old")), []);
    }
}
