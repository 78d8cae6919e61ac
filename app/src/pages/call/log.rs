//! The messages of a stream: kept up to a limit, shown a window at a time.

use leptos::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

/// Messages kept; the oldest go first.
pub(super) const KEPT_MAX: usize = 2_000;
/// Height of a row, in CSS pixels; the style sheet's `--log-row`.
pub(super) const ROW_PX: u32 = 32;
/// Rows drawn above and below what is visible.
const MARGIN_ROWS: usize = 8;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Sent,
    Received,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its place in the stream, from 1.
    pub(super) number: u64,
    pub(super) direction: Direction,
    /// Milliseconds since the call began.
    pub(super) after_ms: u64,
    pub(super) json: Arc<str>,
}

/// The messages kept, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Kept {
    messages: VecDeque<Message>,
    waiting: VecDeque<Message>,
    sent: u64,
    received: u64,
    paused: bool,
    /// Messages are counted, not kept: for streams faster than a browser can draw.
    counting: bool,
}

/// What a window of the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Rows above it.
    pub(super) above: usize,
    /// Rows below it.
    pub(super) below: usize,
    pub(super) messages: Vec<Message>,
}

impl Kept {
    /// Adds a message; while paused it waits.
    pub(super) fn push(&mut self, direction: Direction, after_ms: u64, json: &str) {
        match direction {
            Direction::Sent => self.sent += 1,
            Direction::Received => self.received += 1,
        }
        if self.counting {
            return;
        }
        let number = self.sent + self.received;
        let message = Message { number, direction, after_ms, json: json.into() };
        let list = if self.paused { &mut self.waiting } else { &mut self.messages };
        list.push_back(message);
        if list.len() > KEPT_MAX {
            list.pop_front();
        }
    }

    /// Stops or resumes showing new messages; nothing is lost but what is past the limit.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
        if !paused {
            self.messages.append(&mut self.waiting);
            let surplus = self.messages.len().saturating_sub(KEPT_MAX);
            self.messages.drain(..surplus);
        }
    }

    /// Counts the messages that come, without keeping them; or keeps them again.
    pub(super) fn count_only(&mut self, counting: bool) {
        self.counting = counting;
    }

    /// Forgets the messages, not their count.
    pub(super) fn clear(&mut self) {
        self.messages.clear();
        self.waiting.clear();
    }

    /// What is visible of the list when scrolled `top_px` down in a box `height_px` high.
    pub(super) fn window(&self, top_px: u32, height_px: u32) -> Window {
        let rows = |px: u32| usize::try_from(px / ROW_PX).unwrap_or(usize::MAX);
        let count = self.messages.len();
        let visible = rows(height_px) + 2 * MARGIN_ROWS + 1;
        let first = rows(top_px).saturating_sub(MARGIN_ROWS).min(count.saturating_sub(visible));
        let messages: Vec<Message> = self.messages.iter().skip(first).take(visible).cloned().collect();
        Window { above: first, below: count.saturating_sub(first + messages.len()), messages }
    }

    pub(super) fn find(&self, number: u64) -> Option<Message> {
        self.messages.iter().find(|message| message.number == number).cloned()
    }

    /// In one line.
    pub(super) fn summary(&self) -> String {
        let kept = u64::try_from(self.messages.len() + self.waiting.len()).unwrap_or(u64::MAX);
        let gone = (self.sent + self.received).saturating_sub(kept);
        let mut text = format!("{} sent, {} received", self.sent, self.received);
        if gone > 0 {
            text.push_str(&format!(", {gone} not kept"));
        }
        if !self.waiting.is_empty() {
            text.push_str(&format!(", {} waiting", self.waiting.len()));
        }
        text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent + self.received == 0
    }
}

/// The log as the page holds it; drawn at most once a frame.
#[derive(Clone, Copy)]
pub(super) struct Log {
    kept: StoredValue<Kept>,
    /// Counts changes.
    pub(super) changed: RwSignal<u32>,
    drawing: StoredValue<bool>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            kept: StoredValue::new(Kept::default()),
            changed: RwSignal::new(0),
            drawing: StoredValue::new(false),
        }
    }

    /// Reads it; tracked.
    pub(super) fn read<T>(self, read: impl FnOnce(&Kept) -> T) -> T {
        self.changed.track();
        self.kept.with_value(read)
    }

    /// Changes it; drawn with the next frame, so that a fast stream does not draw every message.
    pub(super) fn write(self, change: impl FnOnce(&mut Kept)) {
        self.kept.update_value(change);
        if !self.drawing.get_value() {
            self.drawing.set_value(true);
            request_animation_frame(move || {
                // The page may be gone by then.
                if self.drawing.try_get_value().is_some() {
                    self.drawing.set_value(false);
                    self.changed.update(|changed| *changed = changed.wrapping_add(1));
                }
            });
        }
    }

    pub(super) fn reset(self) {
        self.write(|kept| *kept = Kept { paused: kept.paused, counting: kept.counting, ..Kept::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: u64) -> Kept {
        let mut kept = Kept::default();
        (0..count).for_each(|index| kept.push(Direction::Received, index, "{}"));
        kept
    }

    #[test]
    fn only_a_window_is_shown() {
        let kept = filled(1_000);
        let window = kept.window(100 * ROW_PX, 10 * ROW_PX);
        assert_eq!((window.above, window.messages.len(), window.below), (92, 27, 881));
        assert_eq!(window.messages.first().map(|message| message.number), Some(93));
        let end = kept.window(u32::MAX, 10 * ROW_PX);
        assert_eq!((end.above + end.messages.len(), end.below), (1_000, 0));
        assert_eq!(filled(0).window(0, 320), Window::default());
    }

    #[test]
    fn the_oldest_go_first_and_are_counted() {
        let kept = filled(2_500);
        assert_eq!(kept.window(0, 0).messages.first().map(|message| message.number), Some(501));
        assert_eq!(kept.summary(), "0 sent, 2500 received, 500 not kept");
    }

    #[test]
    fn messages_are_counted_without_being_kept() {
        let mut kept = filled(2);
        kept.count_only(true);
        kept.push(Direction::Received, 9, "{}");
        assert_eq!(kept.window(0, 320).messages.len(), 2);
        assert_eq!(kept.summary(), "0 sent, 3 received, 1 not kept");
        kept.count_only(false);
        kept.push(Direction::Received, 9, "{}");
        assert_eq!(kept.find(4).map(|message| message.number), Some(4));
    }

    #[test]
    fn a_paused_list_does_not_move() {
        let mut kept = filled(3);
        kept.pause(true);
        kept.push(Direction::Sent, 9, "{}");
        assert_eq!(kept.window(0, 320).messages.len(), 3);
        assert_eq!(kept.summary(), "1 sent, 3 received, 1 waiting");
        kept.pause(false);
        assert_eq!(kept.window(0, 320).messages.len(), 4);
        kept.clear();
        assert_eq!(kept.summary(), "1 sent, 3 received, 4 not kept");
    }
}
