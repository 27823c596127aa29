//! `zinoargus replay`: runs a recording through the machine again, and shows it (behaviour B79).

mod anonymise;
mod html;
mod reading;
mod show;

use super::Failure;
use crate::anonymise::Names;
use crate::exit::Status;
use crate::record::Made;
use crate::record::form::Masks;
use anonymise::Stopped;
use glue_proto::{Daemon, Now, OwnedInput, Settings};
use html::{Cases, Page};
use reading::{Line, Lines, Wrong};
use serde_json::{Value, json};
use show::{Show, View};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write as _, sink, stdout};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// What is wanted of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Only what is about this case.
    pub(super) case: Option<u64>,
    /// Data.
    pub(super) json: bool,
    /// Nothing shown, but another file with other names.
    pub(super) anonymise: Option<PathBuf>,
    /// Nothing shown, but a page.
    pub(super) html: Option<PathBuf>,
}

/// Shows a recording, and says whether the machine does the same again.
pub(super) fn replay(path: &Path, wanted: &Wanted) -> Result<Status, Failure> {
    let mut file = open(path)?;
    if let Some(other) = &wanted.anonymise {
        write_anonymised(&mut file, path, other)?;
        return match &wanted.html {
            Some(page) => write_page(open(other)?, other, page, wanted),
            None => judge(other, wanted.json),
        };
    }
    if let Some(page) = &wanted.html {
        return write_page(file, path, page, wanted);
    }
    let mut show = Show::new(stdout().lock(), wanted.case, wanted.json);
    let outcome = follow(Lines::new(file), &mut show);
    show.end(&outcome);
    status(outcome, path)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    File::open(path).map(BufReader::new).map_err(|error| unread(path, &error))
}

fn failure(status: Status, path: &Path, error: &dyn ToString) -> Failure {
    Failure::new(status, &format!("{}: {}", path.display(), error.to_string()))
}

/// Returns what the process ends with. `path` is what was read.
fn status(outcome: Result<Outcome, Wrong>, path: &Path) -> Result<Status, Failure> {
    match outcome {
        Ok(Outcome::Same | Outcome::NotRun) => Ok(Status::Done),
        Ok(Outcome::Differs(_)) => Ok(Status::Differs),
        Err(wrong) => Err(unread(path, &wrong)),
    }
}

fn unread(path: &Path, error: &dyn ToString) -> Failure {
    failure(Status::Data, path, error)
}

/// Makes a file that nobody else can read; one that is there is left as it is.
fn make(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map(BufWriter::new).map_err(|error| failure(Status::System, path, &error))
}

fn write_anonymised(file: &mut BufReader<File>, path: &Path, other: &Path) -> Result<(), Failure> {
    let mut out = make(other)?;
    let written = anonymise::anonymise(file, &Names::new(), &mut out);
    let flushed = out.flush().map_err(Stopped::Write);
    written.and(flushed).map_err(|stopped| match stopped {
        Stopped::Read(wrong) => unread(path, &wrong),
        Stopped::Write(error) => failure(Status::System, other, &error),
    })
}

fn write_page(
    mut file: BufReader<File>,
    path: &Path,
    page: &Path,
    wanted: &Wanted,
) -> Result<Status, Failure> {
    let cases = Cases::of(&mut file).map_err(|error| unread(path, &error))?;
    let mut view = Page::new(make(page)?, cases, wanted.case);
    let outcome = follow(Lines::new(file), &mut view);
    view.end(&outcome).map_err(|error| failure(Status::System, page, &error))?;
    Show::new(stdout().lock(), None, wanted.json).end(&outcome);
    status(outcome, path)
}

/// Says only whether the machine does the same again.
fn judge(path: &Path, as_json: bool) -> Result<Status, Failure> {
    let outcome = follow(Lines::new(open(path)?), &mut Show::new(sink(), None, as_json));
    Show::new(stdout().lock(), None, as_json).end(&outcome);
    status(outcome, path)
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
fn follow<R: std::io::BufRead>(mut lines: Lines<R>, show: &mut impl View) -> Result<Outcome, Wrong> {
    let header = lines.header()?;
    show.begin(&header);
    let mut again = header.made.map(|made| Again::new(made).map_err(|what| lines.wrong(what))).transpose()?;
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
