//! The one registry of keys: it feeds the binding, the tooltips and the list that `?` shows.

use micro_domain::command::{Surface, on};

/// What a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Opens the palette.
    Palette,
    /// Opens the list of shortcuts.
    Sheet,
    /// Puts the cursor into the search field.
    Search,
    /// Focuses the next row.
    NextRow,
    /// Focuses the row before.
    PreviousRow,
    /// Opens a page.
    Go(&'static str),
}

/// A shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shortcut {
    /// The keys, pressed one after the other.
    pub keys: &'static [&'static str],
    /// With Ctrl, or ⌘ on a Mac.
    pub control: bool,
    /// What it does, in words.
    pub title: &'static str,
    /// What it does.
    pub action: Action,
}

const fn key(keys: &'static [&'static str], title: &'static str, action: Action) -> Shortcut {
    Shortcut { keys, control: false, title, action }
}

/// Those that belong to the dashboard itself.
const OWN: [Shortcut; 6] = [
    Shortcut { control: true, ..key(&["k"], "Open the command palette", Action::Palette) },
    key(&["/"], "Search services", Action::Search),
    key(&["?"], "Show keyboard shortcuts", Action::Sheet),
    key(&["j"], "Next row", Action::NextRow),
    key(&["k"], "Previous row", Action::PreviousRow),
    key(&["g", "h"], "Go home", Action::Go(crate::routes::HOME)),
];

/// Every shortcut: the dashboard's own, then those of commands that have a page.
pub(crate) fn all() -> impl Iterator<Item = Shortcut> {
    let commands = on(Surface::Terminal).filter(|command| !command.keys.is_empty());
    let commands =
        commands.filter_map(|command| Some(key(command.keys, command.title, Action::Go(command.url?))));
    OWN.into_iter().chain(commands)
}

/// As shown: `Ctrl K`, `g s`.
pub(crate) fn label(shortcut: &Shortcut) -> String {
    let keys = shortcut.keys.join(" ");
    if shortcut.control { format!("Ctrl {}", keys.to_uppercase()) } else { keys }
}

/// The keys of `action`, as shown in tooltips.
pub(crate) fn label_of(action: Action) -> String {
    all().find(|shortcut| shortcut.action == action).map(|shortcut| label(&shortcut)).unwrap_or_default()
}

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Press<'a> {
    /// Its name, as the browser gives it.
    pub key: &'a str,
    /// Ctrl or ⌘ was held.
    pub control: bool,
    /// The reader is typing into a field.
    pub typing: bool,
    /// Shortcuts without Ctrl are on.
    pub singles: bool,
}

/// What pressing a key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing.
    Nothing,
    /// A shortcut may have begun: remember the key.
    Begun,
    /// This.
    Do(Action),
}

/// What a key leads to, after the key `before` it, if one was pressed just now.
pub(crate) fn press(before: Option<&str>, press: Press<'_>) -> Outcome {
    let usable =
        |shortcut: &Shortcut| shortcut.control == press.control && (shortcut.control || press.singles);
    if press.typing && !press.control {
        return Outcome::Nothing;
    }
    let usable: Vec<Shortcut> = all().filter(usable).collect();
    let pair = usable.iter().find(|shortcut| {
        matches!((shortcut.keys, before), ([first, second], Some(before)) if *first == before && *second == press.key)
    });
    let single = usable.iter().find(|shortcut| shortcut.keys == [press.key]);
    if let Some(shortcut) = pair.or(single) {
        return Outcome::Do(shortcut.action);
    }
    let begins =
        usable.iter().any(|shortcut| shortcut.keys.len() > 1 && shortcut.keys.first() == Some(&press.key));
    if begins { Outcome::Begun } else { Outcome::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Press<'static> = Press { key: "", control: false, typing: false, singles: true };

    #[test]
    fn sequences_and_single_keys_are_told_apart() {
        assert_eq!(press(None, Press { key: "g", ..FREE }), Outcome::Begun);
        assert_eq!(press(Some("g"), Press { key: "s", ..FREE }), Outcome::Do(Action::Go("/services")));
        assert_eq!(press(None, Press { key: "s", ..FREE }), Outcome::Nothing);
        assert_eq!(press(None, Press { key: "k", ..FREE }), Outcome::Do(Action::PreviousRow));
        assert_eq!(press(None, Press { key: "k", control: true, ..FREE }), Outcome::Do(Action::Palette));
    }

    #[test]
    fn typing_or_switching_them_off_leaves_only_ctrl() {
        for press_of in [
            |key, control| Press { key, control, typing: true, ..FREE },
            |key, control| Press { key, control, singles: false, ..FREE },
        ] {
            assert_eq!(press(None, press_of("/", false)), Outcome::Nothing);
            assert_eq!(press(None, press_of("k", true)), Outcome::Do(Action::Palette));
        }
    }

    #[test]
    fn labels_come_from_the_registry() {
        assert_eq!(label_of(Action::Palette), "Ctrl K");
        assert_eq!(label_of(Action::Go("/services")), "g s");
    }
}
