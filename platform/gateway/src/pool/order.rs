//! Sorts files so that each comes after those it imports.

use super::{Known, is_built_in};
use std::collections::{BTreeSet, HashMap};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Its imports are being visited: meeting it again is a cycle.
    Open,
    Done,
}

/// The names in order, and the imports (of file, of what) that lead nowhere or back. A work list, not recursion: a
/// chain of ten thousand imports must not exhaust the stack.
pub(super) fn sort(known: &Known) -> (Vec<String>, BTreeSet<(String, String)>) {
    let mut marks: HashMap<&str, Mark> = HashMap::new();
    let mut sorted = Vec::with_capacity(known.len());
    let mut broken = BTreeSet::new();
    for start in known.keys() {
        let mut stack: Vec<(&str, usize)> = Vec::new();
        if !marks.contains_key(start.as_str()) {
            marks.insert(start, Mark::Open);
            stack.push((start, 0));
        }
        while let Some((name, next)) = stack.last_mut() {
            let imports = known.get(*name).map_or(&[][..], |(_, file)| &file.dependency);
            let Some(import) = imports.get(*next) else {
                marks.insert(name, Mark::Done);
                sorted.push((*name).to_owned());
                stack.pop();
                continue;
            };
            *next += 1;
            let name = *name;
            match marks.get(import.as_str()) {
                Some(Mark::Done) => {}
                Some(Mark::Open) => drop(broken.insert((name.to_owned(), import.clone()))),
                None if is_built_in(import) => {}
                None => match known.get_key_value(import) {
                    Some((import, _)) => {
                        marks.insert(import, Mark::Open);
                        stack.push((import, 0));
                    }
                    None => drop(broken.insert((name.to_owned(), import.clone()))),
                },
            }
        }
    }
    (sorted, broken)
}
