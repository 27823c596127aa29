//! Writes down every input of the machine, and what it did about it (behaviour B79).
//!
//! A recording is a file of JSON lines: the [`Header`], then for each input a line with its time, followed by a line for
//! each action. Secrets are replaced before anything is written; see [`form`]. [`Switch`] begins and ends one.

pub(crate) mod form;
mod switch;
mod writer;

use crate::driver::Effects;
use crate::event::Event;
use glue_proto::{Action, Exit, Now};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
pub(crate) use switch::{Begin, Command, Recorded, Switch};
pub(crate) use writer::Writer;

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
    /// Whether other names stand in it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub(crate) anonymised: bool,
    /// What the machine was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made: Option<Made>,
    /// What the machine was doing when it began, where that was in the middle and by command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) met: Option<Met>,
}

impl Header {
    /// Returns when the recording begins, and with which settings; nothing for one that goes on in another file.
    pub(crate) fn begin(&self) -> Option<(Now, &Value)> {
        let made = self.made.as_ref().map(|made| (made.at, &made.settings));
        made.or_else(|| self.met.as_ref().map(|met| (met.at, &met.settings)))
    }
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

/// What a machine was doing when a recording of it began.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Met {
    /// When.
    pub(crate) at: Now,
    /// Its settings, each secret replaced.
    pub(crate) settings: Value,
    /// What it said of itself, as in `/status.json`.
    pub(crate) status: Value,
}

/// Returns the first line of a recording; of one that goes on in another file if nothing is said of the machine.
fn header(made: Option<Made>, met: Option<Met>) -> Vec<u8> {
    let header = Header {
        zinoargus_recording: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        complete: made.is_some(),
        anonymised: false,
        made,
        met,
    };
    line(&json!(header))
}

/// Returns how many bytes a limit in MiB is. A file is never less than one.
pub(crate) const fn bytes(mebibytes: u64) -> u64 {
    if mebibytes == 0 { 1024 * 1024 } else { mebibytes.saturating_mul(1024 * 1024) }
}

/// Writes a line of a recording.
pub(crate) fn line(value: &Value) -> Vec<u8> {
    let mut line = value.to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Has what goes in and comes out written down while that is switched on, and leaves the rest to the effects in it.
#[derive(Debug)]
pub(crate) struct Recording<H> {
    /// What carries out.
    pub(crate) effects: H,
    /// Whether and where it is written down.
    pub(crate) switch: Switch,
}

impl<H: Effects> Effects for Recording<H> {
    fn perform(&mut self, action: Action) -> Option<Exit> {
        self.switch.action(&action);
        self.effects.perform(action)
    }

    fn observe(&mut self, now: Now, event: &Event) {
        self.switch.input(now, event);
        self.effects.observe(now, event);
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.effects.poll_event()
    }
}
