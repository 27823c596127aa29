//! Writes down every input of the machine, and what it did about it (behaviour B79).
//!
//! A recording is a file of JSON lines: the [`Header`], then for each input a line with its time, followed by a line for
//! each action. Secrets are replaced before anything is written; see [`form`].

pub(crate) mod form;
mod writer;

use crate::driver::Effects;
use crate::event::Event;
use form::Masks;
use glue_proto::{Action, Exit, Now, Settings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;
use std::path::Path;
use writer::Writer;

/// The version of the form of recordings.
pub(crate) const FORMAT: u32 = 1;

/// The first line of a recording.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub(crate) zinoargus_recording: u32,
    /// The version of the program.
    pub(crate) version: String,
    /// Whether the recording begins where its machine began, so that it can be run again.
    pub(crate) complete: bool,
    /// What the machine was made with.
    #[serde(default)]
    pub(crate) made: Option<Made>,
}

/// What a machine is made with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    /// When.
    pub(crate) at: Now,
    /// What draws its jitter.
    pub(crate) seed: u64,
    /// Its settings, each secret replaced.
    pub(crate) settings: Value,
}

/// Returns the first line of a recording.
fn header(made: Option<Made>) -> Vec<u8> {
    let header = Header {
        zinoargus_recording: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        complete: made.is_some(),
        made,
    };
    line(&json!(header))
}

fn line(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// A recording that is being written.
#[derive(Debug)]
pub(crate) struct Recorder {
    masks: Masks,
    writer: Writer,
}

impl Recorder {
    /// Begins a recording of at most twice `limit` bytes. A file that is there already is kept under its name with `.1`.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(crate) fn start(path: &Path, limit: u64) -> io::Result<Self> {
        Ok(Self { masks: Masks::default(), writer: Writer::start(path, limit, header(None))? })
    }

    /// Writes down how the machine is made. To be called once, before anything else.
    pub(crate) fn begin(&mut self, settings: &Settings, at: Now, seed: u64) {
        let settings = self.masks.settings(settings);
        self.writer.push(&header(Some(Made { at, seed, settings })));
    }

    fn input(&mut self, at: Now, event: &Event) {
        let input = self.masks.input(event);
        self.writer.push(&line(&json!({ "at": at, "input": input })));
    }

    fn action(&mut self, action: &Action) {
        self.writer.push(&line(&json!({ "action": self.masks.action(action) })));
    }

    /// Waits until everything is on its way to the disk, for a second at most.
    pub(crate) fn end(self) {
        self.writer.end();
    }
}

/// Writes down what goes in and comes out, and leaves the rest to the effects in it.
#[derive(Debug)]
pub(crate) struct Recording<H> {
    /// What carries out.
    pub(crate) effects: H,
    /// Where it is written down, if it is.
    pub(crate) recorder: Option<Recorder>,
}

impl<H: Effects> Effects for Recording<H> {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        if let Some(recorder) = &mut self.recorder {
            recorder.action(&action);
        }
        self.effects.perform(action)
    }

    fn observe(&mut self, now: Now, event: &Event) {
        if let Some(recorder) = &mut self.recorder {
            recorder.input(now, event);
        }
        self.effects.observe(now, event);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.effects.poll_event()
    }
}
