//! The last notices, for the page (behaviour B70).

use crate::driver::Effects;
use crate::event::Event;
use crate::log::{mask, one_line};
use glue_proto::{Action, Exit, Level, Notice, Now, Wall};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept.
const MOST_NOTICES: usize = 100;
/// The most characters of one: what a server says may be long.
const MOST_CHARACTERS: usize = 300;

/// The last notices of a level that `-v` shows, whatever the log shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(Arc<Mutex<VecDeque<Told>>>);

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    /// When.
    pub(super) at: Wall,
    /// How much it matters, in the word of the log.
    pub(super) level: &'static str,
    /// What, in one line without secrets, as in the log.
    pub(super) text: String,
}

impl Recent {
    /// Returns them, the newest first.
    pub(super) fn notices(&self) -> Vec<Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }

    fn tell(&self, at: Wall, notice: &Notice) {
        let level = match notice.level() {
            Level::Trace | Level::Debug => return,
            Level::Info => "INFO",
            Level::Warn => "WARN",
            Level::Error => "ERROR",
        };
        let text = notice.to_string();
        // A secret that was cut through could not be told any more.
        let text = String::from_utf8_lossy(&mask(one_line(&text).as_bytes())).into_owned();
        let short: String = text.chars().take(MOST_CHARACTERS).collect();
        let text = if short.len() < text.len() { short + "…" } else { text };
        let mut notices = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if notices.len() >= MOST_NOTICES {
            notices.pop_front();
        }
        notices.push_back(Told { at, level, text });
    }
}

/// Remembers the notices, and leaves the rest to the effects in it.
#[derive(Debug)]
pub(crate) struct Remembering<H> {
    effects: H,
    recent: Recent,
    now: Wall,
}

impl<H> Remembering<H> {
    /// What is told before anything was heard is told at the `begin`.
    pub(crate) const fn new(effects: H, recent: Recent, begin: Now) -> Self {
        Self { effects, recent, now: begin.wall }
    }

    /// Returns the effects in it.
    pub(crate) fn into_inner(self) -> H {
        self.effects
    }
}

impl<H: Effects> Effects for Remembering<H> {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        if let Action::Notice(notice) = &action {
            self.recent.tell(self.now, notice);
        }
        self.effects.perform(action)
    }

    fn observe(&mut self, now: Now, event: &Event) {
        self.now = now.wall;
        self.effects.observe(now, event);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.effects.poll_event()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::hide;
    use glue_proto::{Mono, Secret};

    struct Nothing;

    impl Effects for Nothing {
        fn perform(&mut self, action: Action) -> Option<Exit> {
            if let Action::Exit(exit) = action { Some(exit) } else { None }
        }

        fn observe(&mut self, _now: Now, _event: &Event) {}
    }

    fn now(wall: i64) -> Now {
        Now { mono: Mono(0), wall: Wall(wall) }
    }

    #[test]
    fn b70_the_last_hundred_notices_are_remembered_with_their_times() {
        let recent = Recent::default();
        let mut effects = Remembering::new(Nothing, recent.clone(), now(50));
        effects.perform(Action::Notice(Notice::Stopping));
        for wall in 100..250 {
            effects.observe(now(wall), &Event::Wake);
            effects.perform(Action::Notice(Notice::ArgusBack));
            effects.perform(Action::Notice(Notice::PrimaryAnswered { uptime: 7 }));
            if wall == 110 {
                let oldest = recent.notices().pop().unwrap();
                assert_eq!((oldest.at, oldest.level, &*oldest.text), (Wall(50), "INFO", "shutting down"));
            }
        }
        let notices = recent.notices();
        assert_eq!((notices.len(), notices[0].at, notices[99].at), (100, Wall(249), Wall(150)));
        assert_eq!(effects.perform(Action::Exit(Exit::Done)), Some(Exit::Done));
    }

    #[test]
    fn b4_a_notice_is_short_in_one_line_and_shows_no_secret() {
        hide(&[&Secret::new("open sesame".into())]);
        let recent = Recent::default();
        let long = "x".repeat(MOST_CHARACTERS - 50);
        let cause = format!("no\n{long} open sesame {long}");
        recent.tell(Wall(0), &Notice::ArgusUnreachable { cause });
        let told = recent.notices().remove(0);
        assert!(told.text.contains(r"no\n") && told.text.ends_with('…'), "{}", told.text);
        assert!(told.text.chars().count() == MOST_CHARACTERS + 1 && !told.text.contains("sesame"));
    }
}
