//! `zinoargus replay`: runs a recording through the machine again, and shows it (behaviour B79).

mod reading;
mod show;

use super::Failure;
use crate::exit::Status;
use crate::record::form::Masks;
use crate::record::{Header, Made};
use glue_proto::{Daemon, Now, OwnedInput, Settings};
use reading::{Line, Lines, Wrong};
use serde_json::{Value, json};
use show::Show;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, stdout};
use std::path::Path;

/// Shows a recording, and says whether the machine does the same again.
pub(super) fn replay(path: &Path, case: Option<u64>, as_json: bool) -> Result<Status, Failure> {
    let unread = |error: &dyn ToString| {
        Failure::new(Status::Data, &format!("{}: {}", path.display(), error.to_string()))
    };
    let file = File::open(path).map_err(|error| unread(&error))?;
    let mut show = Show::new(stdout().lock(), case, as_json);
    let outcome = follow(Lines::new(BufReader::new(file)), &mut show);
    show.end(&outcome);
    match outcome {
        Ok(Outcome::Same | Outcome::NotRun) => Ok(Status::Done),
        Ok(Outcome::Differs(_)) => Ok(Status::Differs),
        Err(wrong) => Err(unread(&wrong)),
    }
}

/// What came of a replay.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The machine did the same, byte for byte.
    Same,
    /// It did not: where this became plain, and how.
    Differs(Difference),
    /// The recording begins in the middle.
    NotRun,
}

/// The first difference.
#[derive(Debug, PartialEq)]
struct Difference {
    line: usize,
    recorded: Option<Value>,
    replayed: Option<Value>,
}

/// Runs a machine and shows what is recorded.
fn follow<R: std::io::BufRead>(
    mut lines: Lines<R>,
    show: &mut Show<impl std::io::Write>,
) -> Result<Outcome, Wrong> {
    let Header { version, made, met, .. } = lines.header()?;
    let at = made.as_ref().map(|made| made.at).or_else(|| met.as_ref().map(|met| met.at));
    show.begin(&version, made.is_some(), at);
    let mut again = made.map(|made| Again::new(made).map_err(|what| lines.wrong(what))).transpose()?;
    while let Some(line) = lines.next()? {
        match line {
            Line::Input { at, written, input } => {
                show.input(at, &written);
                if let Some(again) = &mut again {
                    again.hear(at, &input, lines.number());
                }
            }
            Line::Action(action) => {
                show.action(&action);
                if let Some(again) = &mut again {
                    again.compare(action, lines.number());
                }
            }
            Line::End(why) => {
                show.note(&format!("the recording ends here: {why}"));
                break;
            }
        }
    }
    Ok(again.map_or(Outcome::NotRun, |again| again.difference.map_or(Outcome::Same, Outcome::Differs)))
}

/// The machine that is run again.
struct Again {
    daemon: Daemon,
    masks: Masks,
    /// What it wants and the recording has not shown yet.
    wanted: VecDeque<Value>,
    difference: Option<Difference>,
}

impl Again {
    fn new(made: Made) -> Result<Self, String> {
        let settings: Settings = serde_json::from_value(made.settings).map_err(|error| error.to_string())?;
        let daemon = Daemon::new(settings, made.at, made.seed);
        let mut again = Self { daemon, masks: Masks::default(), wanted: VecDeque::new(), difference: None };
        again.drain();
        Ok(again)
    }

    fn drain(&mut self) {
        while let Some(action) = self.daemon.poll_action() {
            self.wanted.push_back(self.masks.action(&action));
        }
    }

    fn hear(&mut self, at: Now, input: &OwnedInput, line: usize) {
        if let Some(more) = self.wanted.pop_front() {
            self.differs(Difference { line, recorded: None, replayed: Some(more) });
        }
        self.daemon.handle(at, input.as_input());
        self.wanted.clear();
        self.drain();
    }

    fn compare(&mut self, recorded: Value, line: usize) {
        let replayed = self.wanted.pop_front();
        if replayed.as_ref() != Some(&recorded) {
            self.differs(Difference { line, recorded: Some(recorded), replayed });
        }
    }

    fn differs(&mut self, difference: Difference) {
        self.difference.get_or_insert(difference);
    }
}

impl Difference {
    fn as_data(&self) -> Value {
        let Self { line, recorded, replayed } = self;
        json!({ "line": line, "recorded": recorded, "replayed": replayed })
    }
}

#[cfg(test)]
mod tests;
